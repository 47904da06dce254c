// src/main.ts → one binary.

import { lazyCommander } from "./lazy-commander.ts";
import { lazySdk } from "./sdk/plugin.ts";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { signed } from "./codesign.ts";
import { TARGETS, type Target, thisMachine } from "./targets.ts";

/** The product, and the builds that only tests run. */
export type Build = "product" | "kill-points" | "mac-paths";

/**
 * Compiles for `target`, or for this machine. Leaves with 1 when the sources can't be built. The binary is put in its place when it is
 * whole: who starts it meanwhile gets the old one, not "text file is busy".
 */
export async function compile(outfile: string, target?: Target, build: Build = "product"): Promise<void> {
  const directory = join(dirname(outfile), `.${process.pid}`);
  const made = join(directory, basename(outfile));
  let isMade = false;
  mkdirSync(directory, { recursive: true });
  try {
    isMade = await compileTo(made, target, build);
    if (isMade) renameSync(made, outfile);
  } finally {
    rmSync(directory, { recursive: true });
  }
  if (!isMade) process.exit(1);
}

/** False when the sources can't be built. */
async function compileTo(outfile: string, target: Target | undefined, build: Build): Promise<boolean> {
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
  if (!result.success) return false;
  // For Intel Bun leaves its own signature in place, which the program it has added makes wrong (oven-sh/bun#39837).
  if ((target ?? thisMachine()) === "darwin-x64") writeFileSync(outfile, signed(new Uint8Array(readFileSync(outfile))));
  return true;
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
