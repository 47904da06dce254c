// Where a person's text goes: what stdout and stderr are, and writing to them. process.stdout is touched on a terminal only: it costs 8 ms.

import { fstatSync, readFileSync, type Stats, statSync, writeSync } from "node:fs";
import { messageOf } from "../errors.ts";
import { visible } from "../visible.ts";
import { stdoutUnwritable } from "../wording.ts";

export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;
type Fd = typeof STDOUT | typeof STDERR;

/** True when a person reads along. */
export function isTerminal(fd: Fd | typeof STDIN): boolean {
  try {
    const found = fstatSync(fd);
    if (!found.isCharacterDevice() || isNullDevice(found)) return false; // no need to load node:tty, which costs 4 ms
  } catch {
    return false; // closed
  }
  return fd === STDIN ? process.stdin.isTTY : (fd === STDOUT ? process.stdout : process.stderr).isTTY;
}

/** Scripts, and agents, have it at stdin most of the time. */
function isNullDevice({ rdev }: Stats): boolean {
  if (process.platform === "win32") return false;
  const nothing = statSync("/dev/null", { throwIfNoEntry: false });
  return nothing?.isCharacterDevice() === true && nothing.rdev === rdev;
}

/** Columns of the terminal at stdout. */
export function columns(): number {
  return process.stdout.columns || 80;
}

/** Columns and rows of the terminal at stdout. */
export function size(): [cols: number, rows: number] {
  return [columns(), process.stdout.rows || 24];
}

/**
 * Hands every key and every byte through the terminal at stdin as it is, until the returned function is called. With stty(1), as the
 * runtime's own raw mode goes on turning "\\n" into "\\r\\n", which breaks what a program draws on a whole screen (Bun 1.4.5).
 */
export function rawMode(): () => void {
  if (process.platform === "win32") {
    process.stdin.setRawMode(true);
    return () => void process.stdin.setRawMode(false);
  }
  return setTerminal("raw", "-echo");
}

/** A line that is typed is handed on at that character too, as at Enter, until the returned function is called. Only where there is a stty(1). */
export function lineEndsAlsoAt(character: string): () => void {
  return Bun.which("stty") === null ? () => {} : setTerminal("eol", character);
}

/** True for who may read the terminal at stdin and set its modes: others of its session are stopped. False also where that can't be seen. */
export function isInForeground(): boolean {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1"); // proc_pid_stat(5)
    const [, , groupId, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return groupId === foreground;
  } catch {
    return false;
  }
}

function setTerminal(...modes: string[]): () => void {
  const before = stty("-g").trim();
  const restore = () => void stty(before);
  process.once("exit", restore);
  stty(...modes);
  return () => {
    process.off("exit", restore);
    restore();
  };
}

/** False once the terminal at stdin was hung up. */
export function isThere(): boolean {
  return process.platform === "win32" || stty("-g") !== "";
}

function stty(...args: string[]): string {
  return Bun.spawnSync(["stty", ...args], { stdin: "inherit", stderr: "ignore" }).stdout.toString();
}

/** no-color.org: not empty means none, whatever else is set. force-color.org and bixense.com/clicolors: also into a pipe, or none. */
export function hasColour(fd: Fd): boolean {
  const { NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  if (CLICOLOR_FORCE) return CLICOLOR_FORCE !== "0";
  return CLICOLOR !== "0" && TERM !== "dumb" && isTerminal(fd);
}

/** Resolves once stdout has taken it all. Rejects with EPIPE when nobody reads any more, and with a sentence when it can't be written. */
export async function print(text: string | Uint8Array): Promise<void> {
  try {
    await write(STDOUT, text);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EPIPE" ? error : stdoutUnwritable(messageOf(error));
  }
}

/** One line of ours on stderr. A stderr that is gone is no reason to fail. */
export async function complain(message: string): Promise<void> {
  await write(STDERR, `backburner: ${visible(message)}\n`).catch(() => {});
}

/** Words for a person who reads along on stderr. */
export async function tell(text: string): Promise<void> {
  await write(STDERR, text).catch(() => {});
}

/** A hint for a person; nothing when stderr is not a terminal. */
export async function hint(text: string): Promise<void> {
  if (!isTerminal(STDERR)) return;
  await write(STDERR, hasColour(STDERR) ? `\u001b[2m${text}\u001b[22m\n` : `${text}\n`).catch(() => {});
}

async function write(fd: Fd, text: string | Uint8Array): Promise<void> {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  // Bun.write does not block the event loop, but spoils a regular file that was opened with ">>" (Bun 1.4.5): a large write
  // pads it with NULs, an empty one empties it.
  if (!isPlainFile(fd)) await Bun.write(fd === STDOUT ? Bun.stdout : Bun.stderr, bytes);
  else for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
}

function isPlainFile(fd: Fd): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false; // Bun can't look at a redirected one under Wine
  }
}
