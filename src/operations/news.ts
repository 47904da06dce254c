// How some tasks stand, without finding out more about them: one look at their rows.

import { getEndedOf, getTask } from "../store/read.ts";
import type { Task, TaskId } from "../task.ts";
import type { App } from "./app.ts";

/** Those that have ended, in the order they did. */
export function endedOf(app: App, ids: TaskId[]): Task[] {
  return ids.length === 0 ? [] : getEndedOf(app.store, ids);
}

/** Those that are still kept. */
export function keptOf(app: App, ids: TaskId[]): Task[] {
  return ids.flatMap((id) => getTask(app.store, id) ?? []);
}
