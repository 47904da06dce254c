// A home of its own for each test, and the promise that no process of ours outlives it.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const BINARY = resolve(import.meta.dir, "../../dist/backburner");
export const FIXTURES = resolve(import.meta.dir, "../fixtures");

const homes: string[] = [];

/** A new, empty home. It is removed after the test, together with whatever still runs for it. */
export function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), "backburner-test-"));
  homes.push(home);
  return home;
}

/** Ends whatever still runs for the homes of a test, and removes them. Called after each test (tests/helpers/after.ts). */
export async function removeHomes(): Promise<void> {
  for (const home of homes.splice(0)) {
    await waitUntil(`nothing runs for ${home}`, () => {
      const left = processesWith(`BACKBURNER_HOME=${home}`);
      for (const pid of left) kill(pid, "SIGKILL");
      return left.length === 0;
    });
    rmSync(home, { recursive: true, force: true });
  }
}

/** Pids of those whose environment holds the entry, ourselves not among them; zombies do not count. */
export function processesWith(entry: string): number[] {
  const pids: number[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      if (`\0${readFileSync(`/proc/${pid}/environ`, "utf8")}`.includes(`\0${entry}\0`)) pids.push(pid);
    } catch {}
  }
  return pids;
}

/** State and parent's pid, from proc(5). */
function statOf(pid: number): [state: string, parentPid: number] {
  const stat = readText(`/proc/${pid}/stat`);
  const [state = "", parentPid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [state, Number(parentPid)];
}

/** True while the process runs; a zombie has ended. */
export function isRunning(pid: number): boolean {
  return !["", "Z", "X"].includes(statOf(pid)[0]);
}

export function parentOf(pid: number): number {
  return statOf(pid)[1];
}

/** Throws for what is no pid: a test that ends nobody must not wait for that end. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  if (!(pid > 1)) throw new Error(`${pid} is not the pid of anybody who is to be sent ${signal}`);
  try {
    process.kill(pid, signal);
  } catch {}
}

type Falsy = false | 0 | "" | null | undefined;

/** Looks in short steps until the condition holds, and returns what it gave. Fails with the message after the deadline. */
export async function waitUntil<T>(
  what: string,
  condition: () => T | Promise<T>,
  deadlineMs = 15_000,
): Promise<Exclude<T, Falsy>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<T, Falsy>;
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain until ${what}`);
    await Bun.sleep(5);
  }
}

export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
