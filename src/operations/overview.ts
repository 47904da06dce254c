// All that goes on, and what ended last: for a screen that shows it again and again.

import { type Task, type TaskStatus } from "../task.ts";
import type { App } from "./app.ts";
import { list } from "./list.ts";
import { tailOf } from "./result.ts";

export interface Overview {
  /** Those that run first, then those that wait, then the others; of each the newest first, but the queue in its order. */
  tasks: Task[];
  working: number;
  queued: number;
  total: number;
  /** How many may run at once. */
  slots: number;
}

/** At most `most` of those that run, as many of those that wait, and as many of the newest of all. */
export async function overview(app: App, most: number): Promise<Overview> {
  const of = (status?: TaskStatus) => list(app, { limit: most, offset: 0, status });
  const [working, queued, newest] = [await of("working"), await of("queued"), await of()];
  const others = newest.tasks.filter(({ status }) => status !== "working" && status !== "queued");
  return {
    tasks: [...working.tasks, ...queued.tasks.toReversed(), ...others],
    working: working.total,
    queued: queued.total,
    total: newest.total,
    slots: app.config.maxTasks,
  };
}

const LONGEST_LAST_LINE = 500;
/** Test runners like to end with an empty line or two. */
const TRIED_LINES = 4;

/** The last line with something on it that a task has printed, for reading; "" when there is none. */
export function lastLine(app: App, task: Task): string {
  if (!task.outputBytes) return "";
  return tailOf(app, task, TRIED_LINES, LONGEST_LAST_LINE).text.trimEnd().split("\n").at(-1) ?? "";
}
