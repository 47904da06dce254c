// A task, or a wait for tasks, each time that a poller would be told something else: at its end at once, before that at most once a
// second. Woken by the supervisors; what prints nothing costs nothing.

import { isTerminal, type Task } from "../task.ts";
import type { App } from "./app.ts";
import { untilMore, untilRuns } from "./follow.ts";
import { type Handle, isOver, readHandle, untilSettled } from "./handles.ts";
import { tasksOf } from "./waits.ts";

const BETWEEN_MS = 1_000;
/** Of a wait for many tasks only the first so many wake whoever follows it before its end. */
export const MOST_FOLLOWED = 5;

/** As it is now, and then whenever it may have changed; last when it is over. Throws `not_found`, also when it is pruned meanwhile. */
export async function* changesOf(app: App, id: string, signal: AbortSignal): AsyncGenerator<Handle, void> {
  let end = endOf(app, id, signal);
  for (;;) {
    const handle = await readHandle(app, id);
    yield handle;
    if (isOver(handle) || signal.aborted) return;
    if (end.came) {
      await Bun.sleep(BETWEEN_MS); // the waiting broke off: not again and again at once
      end = endOf(app, id, signal);
    }
    await untilChanged(app, handle, end.coming, signal);
  }
}

/** Resolves when it is over, or when waiting for that broke off. */
function endOf(app: App, id: string, signal: AbortSignal): { coming: Promise<void>; came: boolean } {
  const end = {
    came: false,
    coming: untilSettled(app, id, signal).then(() => {
      end.came = true;
    }),
  };
  end.coming.catch(() => {}); // thrown where it is waited for
  return end;
}

async function untilChanged(app: App, handle: Handle, end: Promise<void>, signal: AbortSignal): Promise<void> {
  const enough = new AbortController();
  const either = AbortSignal.any([enough.signal, signal]);
  const tasks = "task" in handle ? [handle.task] : tasksOf(app, handle.wait).slice(0, MOST_FOLLOWED);
  const running = tasks.filter(({ status }) => !isTerminal(status));
  try {
    await Promise.race([end, ...running.map((task) => untilTaskChanges(app, task, either))]);
    await Promise.race([end, Bun.sleep(BETWEEN_MS)]);
  } finally {
    enough.abort();
  }
}

function untilTaskChanges(app: App, task: Task, signal: AbortSignal): Promise<void> {
  return task.status === "queued" ? untilRuns(app, task, signal) : untilMore(app, task, task.outputBytes ?? 0, signal);
}
