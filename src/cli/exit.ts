// What a process of ours leaves with. Codes of timeout(1) and the shell, so that scripts know them.

import { constants } from "node:os";
import { BackburnerError } from "../errors.ts";
import { LARGEST_CODE } from "../operations/leave.ts";
import type { Outcome, Task } from "../task.ts";

export const USAGE = 2;
/** Our own `--timeout` ran out and a task goes on: EX_TEMPFAIL of sysexits.h. */
export const STILL_RUNNING = 75;
/** A task ended and `--until` never matched, as with grep(1). */
const NEVER_MATCHED = 1;
const TIMED_OUT = 124;
/** Interrupted, or a failure of our own. */
export const FAILED = 125;
export const CANCELLED = 130;

/** Takes the code that the process leaves with; without a call it is 0. */
export type Leave = (code: number) => void;

/** The command's own code for a task that ended by itself. */
export function codeOfTask(task: Task): number {
  const code =
    task.status === "completed" || task.status === "failed" ? codeOfOutcome(task.outcome) : CODES[task.status];
  return code >= 0 && code <= LARGEST_CODE ? code : FAILED;
}

const CODES = {
  queued: STILL_RUNNING,
  working: STILL_RUNNING,
  timed_out: TIMED_OUT,
  cancelled: CANCELLED,
  interrupted: FAILED,
} as const;

/** Without an outcome the command could not be started. */
function codeOfOutcome(outcome: Outcome | undefined): number {
  if (!outcome) return FAILED;
  return "exitCode" in outcome ? outcome.exitCode : 128 + signalNumber(outcome.signal);
}

/** Of several: the first that is not zero. */
export function codeOfTasks(tasks: Task[]): number {
  return tasks.map(codeOfTask).find((code) => code !== 0) ?? 0;
}

/** Of a wait for words. */
export function codeOfMatch(reason: "matched" | "ended" | "timeout"): number {
  return { matched: 0, ended: NEVER_MATCHED, timeout: STILL_RUNNING }[reason];
}

/** What the caller asked for wrongly, or may not have, is usage; the rest is ours. */
export function codeOfError(error: unknown): number {
  if (!(error instanceof BackburnerError)) return FAILED;
  return error.code === "bad_config" || error.code === "unavailable" ? FAILED : USAGE;
}

/** Realtime signals have no name: "SIG34". */
function signalNumber(signal: string): number {
  const numbers: Record<string, number | undefined> = constants.signals;
  return numbers[signal] ?? (Number(signal.slice("SIG".length)) || 0);
}
