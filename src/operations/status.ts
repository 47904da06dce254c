// One task as it is now.

import type { Task } from "../task.ts";
import type { App } from "./app.ts";
import { type Find, findTask, refreshed } from "./find.ts";
import { withOutput } from "./figures.ts";
import { withWaiting } from "./waiting.ts";

/** Throws `not_found`. */
export async function status(app: App, given: string, find: Find = findTask): Promise<Task> {
  return withWaiting(app, withOutput(app, await refreshed(app, find(app, given))));
}
