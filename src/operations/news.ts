// Which of some tasks have ended.

import { getEndedOf } from "../store/read.ts";
import type { Task, TaskId } from "../task.ts";
import type { App } from "./app.ts";

/** In the order they ended. One look at the rows: whether a supervisor died is for others to find out. */
export function endedOf(app: App, ids: TaskId[]): Task[] {
  return ids.length === 0 ? [] : getEndedOf(app.store, ids);
}
