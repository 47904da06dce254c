// Tasks, newest first.

import { countTasks, countTasksByStatus, listTasks, listTasksByStatus } from "../store/read.ts";
import { recoverDead } from "../supervisor/recover.ts";
import type { Task, TaskStatus } from "../task.ts";
import type { App } from "./app.ts";
import { withOutput } from "./figures.ts";

export interface ListRequest {
  limit: number;
  offset: number;
  status?: TaskStatus | undefined;
}

/** `total` counts all tasks that match, beyond `limit` too. */
export async function list(
  app: App,
  { limit, offset, status }: ListRequest,
): Promise<{ tasks: Task[]; total: number }> {
  const { config, store } = app;
  await recoverDead(config.home, store);
  const tasks = status ? listTasksByStatus(store, status, limit, offset) : listTasks(store, limit, offset);
  const total = status ? countTasksByStatus(store, status) : countTasks(store);
  return { tasks: tasks.map((task) => withOutput(app, task)), total };
}
