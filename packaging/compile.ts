// src/main.ts → one binary.

import { lazyCommander } from "./lazy-commander.ts";
import { lazySdk } from "./sdk/plugin.ts";
import { readFileSync, writeFileSync } from "node:fs";
import { signed } from "./codesign.ts";
import { TARGETS, type Target, thisMachine } from "./targets.ts";

/** The product, and the builds that only tests run. */
export type Build = "product" | "kill-points" | "mac-paths";

/** Compiles for `target`, or for this machine. Leaves with 1 when the sources can't be built. */
export async function compile(outfile: string, target?: Target, build: Build = "product"): Promise<void> {
  const result = await Bun.build({
    entrypoints: ["src/main.ts"],
    compile: {
      outfile,
      ...(target && { target: TARGETS[target] }),
      // Nothing of the directory that the binary is started in may be loaded or run.
      autoloadDotenv: false,
      autoloadBunfig: false,
      // What only runs at the start is not worth compiling; who goes on for long ends this (Bun.unsafe.setJITPolicy).
      jitPolicy: 8,
    },
    minify: true,
    splitting: true, // a role loads only its own half: less memory for each supervisor, and a sooner start
    bytecode: true,
    format: "esm", // bytecode with top-level await needs it
    plugins: [lazySdk, lazyCommander],
    define: {
      "process.env.NODE_ENV": '"production"',
      "process.platform": JSON.stringify(platformOf(target)), // what is for another system is left out
      "process.env.BACKBURNER_BUILD": JSON.stringify(build),
      BUILD_COMMIT: JSON.stringify(commitOf()),
      BUILD_TARGET: JSON.stringify(target ?? thisMachine()),
    },
  });
  for (const log of result.logs) console.error(log);
  if (!result.success) process.exit(1);
  // For Intel Bun leaves its own signature in place, which the program it has added makes wrong (oven-sh/bun#39837).
  if ((target ?? thisMachine()) === "darwin-x64") writeFileSync(outfile, signed(new Uint8Array(readFileSync(outfile))));
}

function platformOf(target: Target | undefined): string {
  if (target === undefined) return process.platform;
  return target.startsWith("windows-") ? "win32" : target.startsWith("darwin-") ? "darwin" : "linux";
}

/** The commit that is built, marked when the tree differs from it. "unknown" outside a repository. */
function commitOf(): string {
  const git = Bun.which("git");
  if (git === null) return "unknown";
  const { stdout, success } = Bun.spawnSync([git, "describe", "--always", "--dirty", "--abbrev=8", "--exclude=*"]);
  return success ? stdout.toString().trim() : "unknown";
}
