// Tasks, newest first.

import { countTasks, listTasks, listTasksBefore, type TaskFilter } from "../store/read.ts";
import { recoverDead } from "../supervisor/recover.ts";
import type { Task } from "../task.ts";
import type { App } from "./app.ts";
import { withOutput } from "./figures.ts";

export interface ListRequest extends TaskFilter {
  limit: number;
  offset: number;
}

/** `total` counts all tasks that match, beyond `limit` too. */
export async function list(
  app: App,
  { limit, offset, ...filter }: ListRequest,
): Promise<{ tasks: Task[]; total: number }> {
  const { config, store } = app;
  await recoverDead(config.home, store);
  const tasks = listTasks(store, filter, limit, offset);
  return { tasks: tasks.map((task) => withOutput(app, task)), total: countTasks(store, filter) };
}

/** Newest first, beginning behind that place in the order of insertion. */
export async function listBefore(app: App, beforeSeq: number, limit: number): Promise<{ seq: number; task: Task }[]> {
  const { config, store } = app;
  await recoverDead(config.home, store);
  return listTasksBefore(store, beforeSeq, limit).map(({ seq, task }) => ({ seq, task: withOutput(app, task) }));
}
