// Where things lie below BACKBURNER_HOME. Builds paths from checked ids only; touches no file.

import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { badSetting } from "./wording.ts";
import { isTaskId, type TaskId } from "./task.ts";

/** Absolute path of the directory that holds everything of ours. */
export type Home = string;

const isWindows = process.platform === "win32";

/** The home directory, absolute. A leading "~/" stands for the user's own, as hosts hand variables on unexpanded. */
export function homeOf(env: Record<string, string | undefined>): Home {
  const given = env.BACKBURNER_HOME;
  if (given === undefined || given === "") return resolve(homedir(), ".backburner");
  if (given.includes("\0")) throw badSetting("BACKBURNER_HOME", given, "a path without NUL");
  return given.startsWith("~/") || (isWindows && given.startsWith("~\\"))
    ? resolve(homedir(), given.slice(2))
    : resolve(given);
}

export const storePath = (home: Home) => join(home, "backburner.db");
/** Held while a broken store is put aside. */
export const repairPath = (home: Home) => join(home, "repair.lock");
export const tracePath = (home: Home) => join(home, "trace.log");
/** What the policy refused. */
export const auditPath = (home: Home) => join(home, "audit.log");
export const configPath = (home: Home) => join(home, "config.toml");
export const tasksDir = (home: Home) => join(home, "tasks");

export function taskDir(home: Home, id: TaskId): string {
  if (!isTaskId(id)) throw new Error(`not a task id: ${JSON.stringify(id)}`);
  return join(home, "tasks", id);
}

/** The merged raw output, as it was read. */
export const logPath = (home: Home, id: TaskId) => join(taskDir(home, id), "output.log");
/** Stream, time and line count of each chunk of the log. */
export const indexPath = (home: Home, id: TaskId) => join(taskDir(home, id), "output.index");
/** The submitter's environment; exists only while the task is queued. */
export const environmentPath = (home: Home, id: TaskId) => join(taskDir(home, id), "environment");
/** A copy of the task's row, for the day the store is lost. */
export const cardPath = (home: Home, id: TaskId) => join(taskDir(home, id), "task.json");
/** The control socket; exists only while a supervisor runs the task. Short: socket paths are limited (unix(7)). */
export const controlPath = (home: Home, id: TaskId) => join(taskDir(home, id), "ctl");
/** The FIFO that waiters read: at its end when the task has ended, or its supervisor (fifo(7)). Made when somebody waits. */
export const holdPath = (home: Home, id: TaskId) => join(taskDir(home, id), "hold");
/** Touched when the task ends without ever having run. */
export const endedPath = (home: Home, id: TaskId) => join(taskDir(home, id), "ended");
/** Its time is that of the last automatic clean-up. */
export const tidiedPath = (home: Home) => join(home, "tidied");
