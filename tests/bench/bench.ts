// What all experiments share: which binaries, how long, where homes lie; and what has to be removed at the end.

import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

export interface Bench {
  quick: boolean;
  /** Rounds that were asked for, in place of an experiment's own. */
  rounds?: number;
  binary: string;
  /** Another build of ours, measured in turns with it. */
  against?: string;
  peers: boolean;
  /** Directory of all homes and logs. */
  scratch: string;
  /** The program that writes down when it runs (stamp.c). */
  stamp: string;
}

export function directory(bench: Bench, what: string): string {
  return mkdtempSync(join(bench.scratch, `${what}-`));
}

/** Everything at the very end: for minutes ext4 searches past every inode that was deleted recently, which slows down what follows. */
export function removeAll(bench: Bench): void {
  rmSync(bench.scratch, { recursive: true, force: true });
}
