// From what a caller calls a task to the task.

import { ambiguousPrefix, noTask, noTaskStartsWith, shortPrefix } from "../wording.ts";
import { nearest } from "../nearest.ts";
import { recoverDead } from "../supervisor/recover.ts";
import { getIdsByPrefix, getNewestIds, getNewestNames, getTask, getTaskByName, getTasks } from "../store/read.ts";
import { isTaskId, type Task } from "../task.ts";
import type { App } from "./app.ts";

/** By exact id, else by exact name (a live task first, then the newest). Throws `not_found`. */
export function findTask(app: App, given: string): Task {
  const task = (isTaskId(given) ? getTask(app.store, given) : undefined) ?? getTaskByName(app.store, given);
  if (!task) throw noTask(given, meant(app, given));
  return task;
}

const SHORTEST_PREFIX = 4;

/** As findTask, and then by a prefix of an id that means one task only: for people. Throws `not_found` or `ambiguous`. */
export function findTaskByPrefix(app: App, given: string): Task {
  const exact = (isTaskId(given) ? getTask(app.store, given) : undefined) ?? getTaskByName(app.store, given);
  if (exact) return exact;
  const ids = /^[a-z2-9]+$/.test(given) ? getIdsByPrefix(app.store, given, 5) : [];
  const [id, another] = ids;
  if (id === undefined) throw noTaskStartsWith(given, meant(app, given));
  if (given.length < SHORTEST_PREFIX) throw shortPrefix(given, SHORTEST_PREFIX, meant(app, given));
  if (another !== undefined) throw ambiguousPrefix(given, ids);
  return findTask(app, id);
}

/** Of so many newest. */
const MOST_GUESSED = 1_000;
/** Of a shorter beginning of an id too many are near. */
const SHORTEST_GUESSED = 6;

/** The name or id that somebody who mistyped may have meant. */
function meant(app: App, given: string): string | undefined {
  const name = nearest(given, getNewestNames(app.store, "", MOST_GUESSED));
  if (name !== undefined || given.length < SHORTEST_GUESSED) return name;
  const { ids } = getNewestIds(app.store, "", MOST_GUESSED);
  const beginnings = new Map(ids.map((id) => [id.slice(0, given.length), id]));
  return beginnings.get(nearest(given, beginnings.keys()) ?? "");
}

/** How a door finds the task that its caller means. */
export type Find = (app: App, given: string) => Task;

/** Many at once, in the order they were asked for. Throws as `find` does. */
export function findAll(app: App, given: string[], find: Find = findTask): Task[] {
  const known = getTasks(app.store, given.filter(isTaskId));
  return given.map((one) => known.get(one) ?? find(app, one));
}

/** The task as it is now, after what dead supervisors left was looked after. */
export async function refreshed(app: App, task: Task): Promise<Task> {
  await recoverDead(app.config.home, app.store);
  return getTask(app.store, task.id) ?? task;
}
