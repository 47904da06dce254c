// What waits beside a task until it is claimed, and is never in the store: its environment, and what its stdin is to be fed.

import { closeSync, constants, ftruncateSync, lstatSync, readFileSync, renameSync } from "node:fs";
import { isDirectory, openPlain, withFile } from "../files.ts";
import { environmentPath, type Home, logPath, taskDir } from "../home.ts";
import type { TerminalSize } from "../process/spawn.ts";
import type { Columns } from "../store/card.ts";
import type { TaskId } from "../task.ts";

/** What a task's environment file holds. */
export interface Submission {
  env: Record<string, string>;
  umask: number;
  /** What else is known of the task, for the day the store is lost. */
  card?: Columns;
  /** Fed to its stdin at once, in base64. */
  stdin?: string;
  /** Of a terminal that somebody sits before. */
  size?: TerminalSize;
}

/** False once somebody has taken it: the command has begun, or is about to. */
export function isSubmitted(home: Home, id: TaskId): boolean {
  return (lstatSync(environmentPath(home, id), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** What waits beside a task that has not been claimed. `undefined` when there is none, or none that can be read. */
export function readSubmission(home: Home, id: TaskId): Submission | undefined {
  try {
    if (!isDirectory(taskDir(home, id))) return undefined;
    const written = withFile(environmentPath(home, id), constants.O_RDONLY, (fd) => readFileSync(fd, "utf8"));
    return JSON.parse(written) as Submission;
  } catch {
    return undefined;
  }
}

/**
 * Reads the submitter's environment and takes it off the disk: the emptied file goes on as the task's log, as making a file
 * costs ten times a rename. `undefined` when there is none, or none that can be read: what is wrong with it is never told, as that
 * could quote it.
 */
export function takeSubmission(home: Home, id: TaskId): Submission | undefined {
  const path = environmentPath(home, id);
  let fd: number;
  try {
    if (!isDirectory(taskDir(home, id))) return undefined;
    fd = openPlain(path, constants.O_RDWR);
  } catch {
    return undefined;
  }
  try {
    const written = readFileSync(fd, "utf8");
    ftruncateSync(fd);
    renameSync(path, logPath(home, id));
    return JSON.parse(written) as Submission;
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}
