// Whether a process is blocked reading its input, as far as it can be seen from outside: on Linux, from proc(5).
// "Seems to" is the word: who sleeps until one of many things happens may wait for any of them.

import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { takesLinuxWays } from "./system.ts";

/** What is read, by the names that its descriptors have in /proc. */
export interface Source {
  links: string[];
}

/** System calls by number; the same names on each architecture (Linux: arch/x86/entry/syscalls, asm-generic/unistd.h). */
const CALLS: Record<string, Record<number, Call>> = {
  x64: {
    0: "read",
    19: "read",
    23: "select",
    270: "select",
    7: "poll",
    271: "poll",
    232: "epoll",
    281: "epoll",
    441: "epoll",
  },
  arm64: { 63: "read", 65: "read", 72: "select", 73: "poll", 22: "epoll", 441: "epoll" },
};
type Call = "read" | "select" | "poll" | "epoll";

/** Where a task's supervisor may not see the system call: what a blocked read looks like in the kernel. */
const READ_IN_KERNEL = /^(?:anon_)?pipe_read$|^n_tty_read$/;

/** More descriptors than a program watches while it waits for a key. */
const MOST_POLLED = 64;

/**
 * True when the process sleeps in a read of the source, or in a wait for it. One that waits for many things at once (an event
 * loop) counts only when it is `atPrompt`: a server that also listens for keys does not wait for input.
 */
export function isReadBy(pid: number, source: Source, atPrompt = false): boolean {
  if (!takesLinuxWays) return false;
  const isSource = (fd: number) => source.links.includes(linkOf(`/proc/${pid}/fd/${fd}`));
  const line = read(`/proc/${pid}/syscall`);
  if (line === undefined || line === "") return READ_IN_KERNEL.test(read(`/proc/${pid}/wchan`) ?? "") && isSource(0);
  const [number = NaN, ...args] = line.split(" ").map(Number); // "running" gives NaN
  const [first = 0, second = 0] = args;
  switch (CALLS[process.arch]?.[number]) {
    case "read":
      return isSource(first);
    case "select":
      return selected(pid, first, second).some(isSource);
    case "poll":
      return second <= MOST_POLLED && polled(pid, first, second).some(isSource);
    case "epoll":
      return atPrompt && watched(pid, first).some(isSource);
    default:
      return false;
  }
}

/** The path of the process's controlling terminal. `undefined` when it has none, or none that can be seen. */
export function terminalOf(pid: number): string | undefined {
  const stat = takesLinuxWays ? read(`/proc/${pid}/stat`) : undefined;
  if (stat === undefined) return undefined;
  const device = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[4]);
  const [major, minor] = [(device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00)];
  const FIRST_PTS = 136; // Documentation/admin-guide/devices.txt
  return major >= FIRST_PTS && major < FIRST_PTS + 8 ? `/dev/pts/${minor + (major - FIRST_PTS) * 256}` : undefined;
}

/** This process's own end of the terminal with that path (its master, pts(4)). `undefined` when it can't be found. */
export function masterOf(path: string): number | undefined {
  try {
    const fds = readdirSync("/proc/self/fd").map(Number);
    const index = new RegExp(`^tty-index:\\s+${path.slice("/dev/pts/".length)}$`, "m");
    return fds.find(
      (fd) => linkOf(`/proc/self/fd/${fd}`).endsWith("ptmx") && index.test(read(`/proc/self/fdinfo/${fd}`) ?? ""),
    );
  } catch {
    return undefined;
  }
}

/** Descriptors below `count` whose bit is set. */
function selected(pid: number, count: number, address: number): number[] {
  const bits = address === 0 ? undefined : memory(pid, address, Math.ceil(Math.min(count, 1024) / 8));
  if (!bits) return [];
  return Array.from({ length: bits.length * 8 }, (_, fd) => fd).filter(
    (fd) => fd < count && ((bits[fd >> 3] ?? 0) & (1 << (fd & 7))) !== 0,
  );
}

function polled(pid: number, address: number, count: number): number[] {
  const POLLIN = 1;
  const bytes = memory(pid, address, count * 8);
  if (!bytes) return [];
  return Array.from({ length: count }, (_, at) => at * 8)
    .filter((at) => (bytes.readInt16LE(at + 4) & POLLIN) !== 0)
    .map((at) => bytes.readInt32LE(at));
}

function watched(pid: number, epoll: number): number[] {
  const info = read(`/proc/${pid}/fdinfo/${epoll}`) ?? "";
  return [...info.matchAll(/^tfd:\s+(\d+)/gm)].map(([, fd]) => Number(fd));
}

function memory(pid: number, address: number, length: number): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/mem`, "r");
  } catch {
    return undefined;
  }
  try {
    const bytes = Buffer.alloc(length);
    return readSync(fd, bytes, 0, length, address) === length ? bytes : undefined;
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1").trim();
  } catch {
    return undefined;
  }
}
