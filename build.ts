// Makes dist/backburner, the one binary for this machine. `--if-missing` builds only when a source is newer than it;
// `--kill-points` makes dist/kill-points/backburner instead, the one build that can be made to die (src/kill-points.ts).

import { Glob } from "bun";
import { existsSync, statSync } from "node:fs";

const KILL_POINTS = process.argv.includes("--kill-points");
const OUTFILE = `dist/${KILL_POINTS ? "kill-points/" : ""}backburner${process.platform === "win32" ? ".exe" : ""}`;

if (!process.argv.includes("--if-missing") || isStale()) await build();

async function build(): Promise<void> {
  const result = await Bun.build({
    entrypoints: ["src/main.ts"],
    compile: {
      outfile: OUTFILE,
      // Nothing of the directory that the binary is started in may be loaded or run.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
    minify: true,
    splitting: true, // a role loads only its own half: less memory for each supervisor, and a sooner start
    bytecode: true,
    format: "esm", // bytecode with top-level await needs it
    define: {
      "process.env.NODE_ENV": '"production"',
      "process.env.BACKBURNER_BUILD": KILL_POINTS ? '"kill-points"' : '"product"',
    },
  });
  for (const log of result.logs) console.error(log);
  if (!result.success) process.exit(1);
  console.log(`built ${OUTFILE} (${(statSync(OUTFILE).size / 2 ** 20).toFixed(0)} MiB)`);
}

function isStale(): boolean {
  if (!existsSync(OUTFILE)) return true;
  const builtAtMs = statSync(OUTFILE).mtimeMs;
  const sources = [...new Glob("src/**/*.ts").scanSync("."), "build.ts", "package.json", "bun.lock"];
  return sources.some((path) => statSync(path).mtimeMs > builtAtMs);
}
