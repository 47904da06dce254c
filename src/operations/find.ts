// From what a caller calls a task to the task.

import { ambiguousPrefix, noTask, noTaskStartsWith } from "../errors.ts";
import { recoverDead } from "../supervisor/recover.ts";
import { getIdsByPrefix, getTask, getTaskByName } from "../store/read.ts";
import { isTaskId, type Task } from "../task.ts";
import type { App } from "./app.ts";

/** By exact id, else by exact name (a live task first, then the newest). Throws `not_found`. */
export function findTask(app: App, given: string): Task {
  const task = (isTaskId(given) ? getTask(app.store, given) : undefined) ?? getTaskByName(app.store, given);
  if (!task) throw noTask(given);
  return task;
}

const SHORTEST_PREFIX = 4;

/** As findTask, and then by a prefix of an id that means one task only: for people. Throws `not_found` or `ambiguous`. */
export function findTaskByPrefix(app: App, given: string): Task {
  const exact = (isTaskId(given) ? getTask(app.store, given) : undefined) ?? getTaskByName(app.store, given);
  if (exact) return exact;
  const ids = given.length >= SHORTEST_PREFIX && /^[a-z2-9]+$/.test(given) ? getIdsByPrefix(app.store, given, 5) : [];
  const [id, another] = ids;
  if (id === undefined) throw noTaskStartsWith(given);
  if (another !== undefined) throw ambiguousPrefix(given, ids);
  return findTask(app, id);
}

/** How a door finds the task that its caller means. */
export type Find = (app: App, given: string) => Task;

/** The task as it is now, after what dead supervisors left was looked after. */
export async function refreshed(app: App, task: Task): Promise<Task> {
  await recoverDead(app.config.home, app.store);
  return getTask(app.store, task.id) ?? task;
}
