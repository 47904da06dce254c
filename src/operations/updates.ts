// That something has become of a task: its status, or how much it has printed. Woken by its supervisor; the only clock is the pause
// between two tellings.

import { getTask } from "../store/read.ts";
import { recoverDead } from "../supervisor/recover.ts";
import { isTerminal, type Task } from "../task.ts";
import type { App } from "./app.ts";
import { withOutput } from "./figures.ts";
import { findTask } from "./find.ts";
import { untilMore, untilRuns } from "./follow.ts";
import { wait } from "./wait.ts";

const BETWEEN_MS = 1_000;

/** The task as it is now: what `updates` begins with. Throws `not_found`. */
export function asSeen(app: App, given: string): Task {
  return withOutput(app, findTask(app, given));
}

/**
 * Yields the task whenever it is another than was seen last, at most once a second while it goes on, then once more when it has
 * ended, and is over. Of a task that has ended already it yields that. The signal ends the watching.
 */
export async function* updates(app: App, seen: Task, signal: AbortSignal): AsyncGenerator<Task, void> {
  const { id } = seen;
  await recoverDead(app.config.home, app.store);
  const over = new AbortController();
  const stop = () => over.abort();
  const ended = wait(app, { tasks: [id], until: "all", signal }).finally(stop);
  ended.catch(() => {}); // awaited below
  for (let last = seen; ;) {
    const row = getTask(app.store, id);
    if (signal.aborted || !row) return;
    const task = withOutput(app, row);
    if (isTerminal(task.status)) {
      yield task;
      return;
    }
    const changed = !isSame(task, last);
    last = task;
    if (changed) {
      yield task;
      await pause(BETWEEN_MS, over.signal);
    } else await (task.status === "queued" ? untilRuns(app, task, over.signal) : untilPrinted(app, task, over.signal));
    if (over.signal.aborted) await ended;
  }
}

function untilPrinted(app: App, task: Task, over: AbortSignal): Promise<void> {
  return untilMore(app, task, task.outputBytes ?? 0, over);
}

function isSame(one: Task, other: Task): boolean {
  return one.status === other.status && one.outputBytes === other.outputBytes;
}

/** Resolves after that time, or when the signal is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => resolve();
  const timer = setTimeout(done, ms);
  signal.addEventListener("abort", done, { once: true });
  if (signal.aborted) done();
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", done);
}
