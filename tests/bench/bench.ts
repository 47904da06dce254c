// What all experiments share: which binaries, how long, where homes lie; and what has to be removed at the end.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { kill, readText } from "../helpers/home.ts";
import type { Peers } from "./peers/install.ts";

export interface Bench {
  quick: boolean;
  /** Rounds that were asked for, in place of an experiment's own. */
  rounds?: number;
  binary: string;
  /** Another build of ours, measured in turns with it. */
  against?: string;
  peers: boolean;
  /** Which peers there are to be measured. */
  found: Peers;
  /** Directory of all homes and logs. */
  scratch: string;
  /** The program that writes down when it runs (stamp.c). */
  stamp: string;
}

export function directory(bench: Bench, what: string): string {
  return mkdtempSync(join(bench.scratch, `${what.replaceAll(/[^\w-]+/g, "-")}-`));
}

/** Who still runs with a home, a socket or a directory of ours in its environment: an experiment that failed has left it. */
function left(bench: Bench): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && readText(`/proc/${pid}/environ`).includes(bench.scratch));
}

/** Everything at the very end: for minutes ext4 searches past every inode that was deleted recently, which slows down what follows. */
export function removeAll(bench: Bench): void {
  for (const pid of left(bench)) kill(pid, "SIGKILL");
  rmSync(bench.scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
