// Moments at which a build for tests can be made to die, so that what the next reader then sees is tested and not guessed.
// Every call stands behind `process.env.BACKBURNER_BUILD === "kill-points"`, which build.ts decides: a product has none of this.

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

export const KILL_POINTS = [
  "start: before insert",
  "start: after insert",
  "launch: the shell in between",
  "supervisor: before claim",
  "supervisor: after claim",
  "supervisor: before spawn",
  "supervisor: after spawn",
  "supervisor: before first byte",
  "supervisor: after first byte",
  "supervisor: before end",
  "supervisor: after end",
  "supervisor: before record",
  "supervisor: after record",
  "supervisor: before next claim",
  "supervisor: after next claim",
  "supervisor: before it gives its slot back",
  "reader: before interrupted",
  "reader: after interrupted",
  "cancel: before it ends a queued task",
  "cancel: after it ended a queued task",
] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

/** Sends this process (or `pid`) the signal that the home's file `die-at` has for the point. Once: the file is removed. */
export function dieAt(point: KillPoint, pid = process.pid): void {
  const path = join(process.env.BACKBURNER_HOME ?? "", "die-at");
  try {
    const [signal = "", where] = readFileSync(path, "utf8").split(" at ");
    if (where !== point) return;
    rmSync(path); // throws for the second of two who meet
    process.kill(pid, signal);
  } catch {}
}
