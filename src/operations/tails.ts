// Several tasks, each with the end of its output: what a wait is answered with. The more tasks, the less of each.

import type { Task } from "../task.ts";
import type { App } from "./app.ts";
import { type Excerpt, tailOf } from "./result.ts";

export const WAIT_TAIL_LINES = 20;
/** For the output of all tasks together, and within that for one. */
const TOTAL_CHARS = 30_000;
const LEAST_CHARS = 400;
const MOST_CHARS = 4_000;

export interface Tailed {
  task: Task;
  output: Excerpt;
}

export function withTail(app: App, task: Task, ofTasks: number): Tailed {
  const chars = Math.min(MOST_CHARS, Math.max(LEAST_CHARS, Math.floor(TOTAL_CHARS / ofTasks)));
  return { task, output: tailOf(app, task, WAIT_TAIL_LINES, chars) };
}
