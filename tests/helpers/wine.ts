// The archive for Windows, run by Wine: one prefix (a Windows of its own) for a test file, and programs that are built for it.

import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { FIXTURES } from "./home.ts";
import { ROOT, unpackedRelease } from "./release.ts";

export interface Wine {
  /** A script that runs the archive's binary; the program that WINE_STARTS names, if it does, is what starts it. */
  binary: string;
  /** The binary's path as Windows has it. */
  exe: string;
  /** Builds a fixture program; its path as Windows has it. */
  program(name: string): Promise<string>;
  /** Ends the prefix's Windows. */
  close(): Promise<void>;
}

const DIRECTORY = join(ROOT, "dist/targets/wine");
/** The prefix stays for the next run: it takes seconds to make. Neither .NET nor a browser is wanted, nor anything in menus. */
const ENVIRONMENT = {
  WINEPREFIX: join(DIRECTORY, "prefix"),
  WINEDEBUG: "-all",
  WINEDLLOVERRIDES: "mscoree=;mshtml=;winemenubuilder.exe=",
  DISPLAY: "",
};

/** Made once for a test file. */
export async function openWine(target: string): Promise<Wine> {
  const { binary: exe } = await unpackedRelease(target);
  mkdirSync(ENVIRONMENT.WINEPREFIX, { recursive: true });
  const dll = await compile("bcryptprimitives", "dll", ["-shared", "-nostdlib", "-Wl,--entry=0"], ["-ladvapi32"]);
  copyFileSync(dll, join(dirname(exe), basename(dll)));
  // Before any test, or everything that Windows itself runs would be taken for the first test's, and ended with it.
  await run(["wineserver", "--persistent"], [0, RUNS_ALREADY]);
  await run(["wineboot", "--init"]);
  const binary = join(DIRECTORY, "backburner");
  const variables = Object.entries(ENVIRONMENT).map(([name, value]) => `export ${name}='${value}'`);
  const bridge = await compile("bridge", "exe", [], []);
  // Wine lets whatever is started hold the stderr of whoever starts it, and our tests read that to its end: so a file is between.
  const start = `[ "$1" != mcp ] || exec wine '${bridge}' '${windowsPath(exe)}' "$@"
said=$(mktemp)
wine \${WINE_STARTS:+"$WINE_STARTS"} '${windowsPath(exe)}' "$@" 2>"$said"
code=$?
cat "$said" >&2
rm "$said"
exit $code`;
  writeFileSync(binary, `#!/bin/sh\n${variables.join("\n")}\n${start}\n`);
  chmodSync(binary, 0o755);
  return {
    binary,
    exe: windowsPath(exe),
    program: async (name) => windowsPath(await compile(name, "exe", name === "words" ? ["-municode"] : [], [])),
    close: () => run(["wineserver", "--kill"]),
  };
}

/** Wine has the root of our file system as its drive Z. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}

export function unixPath(path: string): string {
  return path.slice("Z:".length).replaceAll("\\", "/");
}

async function compile(name: string, kind: "dll" | "exe", before: string[], after: string[]): Promise<string> {
  const made = join(DIRECTORY, `${name}.${kind}`);
  const source = join(FIXTURES, "windows", `${name}.c`);
  await run(["x86_64-w64-mingw32-gcc", "-O1", ...before, "-o", made, source, ...after]);
  return made;
}

const RUNS_ALREADY = 2;

/** What it has to say is not waited for: the system that it starts holds its stderr. */
async function run(command: string[], codes = [0]): Promise<void> {
  const env = { ...process.env, ...ENVIRONMENT };
  const code = await Bun.spawn(command, { env, stdio: ["ignore", "ignore", "ignore"] }).exited;
  if (!codes.includes(code)) throw new Error(`${command.join(" ")} left with ${code}`);
}
