// The clock of a command's first and last instruction (stamp.c), and ours beside it: CLOCK_MONOTONIC, which all processes share.

import { dlopen, ptr } from "bun:ffi";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { waitUntil } from "../helpers/home.ts";

const libc = dlopen("libc.so.6", { clock_gettime: { args: ["i32", "ptr"], returns: "i32" } });
const CLOCK_MONOTONIC = 1;
const now = new BigInt64Array(2);

/** CLOCK_MONOTONIC in milliseconds. */
export function clockMs(): number {
  libc.symbols.clock_gettime(CLOCK_MONOTONIC, ptr(now));
  return Number(now[0]) * 1000 + Number(now[1]) / 1e6;
}

/** Compiles the program that writes down when it runs. */
export function compileStamp(directory: string): Promise<string> {
  return compileProgram("stamp.c", directory);
}

/** Compiles one of the C programs beside this file, statically, once for each directory. */
export async function compileProgram(source: string, directory: string): Promise<string> {
  const program = join(directory, source.replace(/\.c$/, ""));
  if (existsSync(program)) return program;
  const gcc = Bun.spawn(["gcc", "-O2", "-static", "-o", program, resolve(import.meta.dir, source)]);
  if ((await gcc.exited) !== 0) throw new Error(`gcc could not compile tests/bench/${source}`);
  return program;
}

/** What the program wrote, in milliseconds, once it has. */
export async function stampedMs(path: string, deadlineMs = 15_000): Promise<number> {
  const written = () => {
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    return text.endsWith("\n") && text;
  };
  const text = await waitUntil(`${path} is written`, written, deadlineMs);
  return Number(text) * 1000;
}
