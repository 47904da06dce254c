// The files that a task's output lies in: `output.log` from its beginning, and once the cap is reached parts that hold the newest,
// named by where they begin: `output.log.000000067108864`. Each has an index. `cat output.log*` is all that is kept, in order.

import { readdirSync } from "node:fs";
import { type Home, indexPath, logPath, taskDir } from "../home.ts";
import type { TaskId } from "../task.ts";

const DIGITS = 15;
const PART = /^output\.log\.(\d{15})$/;

/** The paths of the part that begins at `startBytes`; at 0 it is the log itself. */
export function partPaths(home: Home, id: TaskId, startBytes: number): { log: string; index: string } {
  const suffix = startBytes === 0 ? "" : `.${String(startBytes).padStart(DIGITS, "0")}`;
  return { log: logPath(home, id) + suffix, index: indexPath(home, id) + suffix };
}

/** Where the parts after the log begin, in order. None while the cap was not reached. */
export function laterParts(home: Home, id: TaskId): number[] {
  return readdirSync(taskDir(home, id))
    .map((name) => PART.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .toSorted((a, b) => a - b);
}
