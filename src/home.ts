// Where things lie below BACKBURNER_HOME. Builds paths from checked ids only; touches no file.

import { isTaskId, type TaskId } from "./task.ts";

/** Absolute path of the directory that holds everything of ours. */
export type Home = string;

const SEPARATOR = process.platform === "win32" ? "\\" : "/";

/** By hand, as `node:path` would take memory of every running task; `path` has no separator at its end. */
export const below = (path: string, name: string) => path + SEPARATOR + name;
/** The directory that a path of ours lies in. */
export const above = (path: string) => path.slice(0, path.lastIndexOf(SEPARATOR));

export const storePath = (home: Home) => below(home, "backburner.db");
/** Held while a broken store is put aside. */
export const repairPath = (home: Home) => below(home, "repair.lock");
export const tracePath = (home: Home) => below(home, "trace.log");
/** What the policy refused. */
export const auditPath = (home: Home) => below(home, "audit.log");
export const configPath = (home: Home) => below(home, "config.toml");
export const tasksDir = (home: Home) => below(home, "tasks");

export function taskDir(home: Home, id: TaskId): string {
  if (!isTaskId(id)) throw new Error(`not a task id: ${JSON.stringify(id)}`);
  return below(tasksDir(home), id);
}

/** The merged raw output, as it was read. */
export const logPath = (home: Home, id: TaskId) => below(taskDir(home, id), "output.log");
/** Stream, time and line count of each chunk of the log. */
export const indexPath = (home: Home, id: TaskId) => below(taskDir(home, id), "output.index");
/** The submitter's environment; exists only while the task is queued. */
export const environmentPath = (home: Home, id: TaskId) => below(taskDir(home, id), "environment");
/** A copy of the task's row, for the day the store is lost. */
export const cardPath = (home: Home, id: TaskId) => below(taskDir(home, id), "task.json");
/** The control socket; exists only while a supervisor runs the task, and for moments at the end of a queue. Short: socket paths are limited (unix(7)). */
export const controlPath = (home: Home, id: TaskId) => below(taskDir(home, id), "ctl");
/** The FIFO that waiters read: at its end when the task has ended, or its supervisor (fifo(7)). Made when somebody waits. */
export const holdPath = (home: Home, id: TaskId) => below(taskDir(home, id), "hold");
/** Touched when the task ends without ever having run. */
export const endedPath = (home: Home, id: TaskId) => below(taskDir(home, id), "ended");
/** Its time is that of the last automatic clean-up. */
export const tidiedPath = (home: Home) => below(home, "tidied");
