// Ctrl-C while we only look on: it ends our looking, never a task, and says how to come back.

import type { App } from "../operations/app.ts";
import { keptOf } from "../operations/news.ts";
import { isTerminal as hasEnded, type TaskId } from "../task.ts";
import { CANCELLED } from "./exit.ts";
import { complain, isTerminal, STDERR, tell } from "./terminal.ts";

/** What the body gives; `undefined` once a person has pressed Ctrl-C, at once also when the body does not listen, or can't. */
export async function unlessInterrupted<T>(
  body: (signal: AbortSignal) => Promise<T>,
): Promise<{ given: T } | undefined> {
  const left = new AbortController();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const leave = () => {
    left.abort();
    resolve(undefined);
  };
  process.once("SIGINT", leave); // the second one ends us
  try {
    return await Promise.race([body(left.signal).then((given) => ({ given })), promise]);
  } finally {
    process.off("SIGINT", leave);
  }
}

/** The verbs that a task can be come back to with. */
export function waysBack(id: TaskId): string {
  return `"backburner logs -f ${id}" follows its output, "backburner wait ${id}" waits for its end`;
}

/** Says of each of the tasks that goes on how to come back to it. Returns what to leave with. */
export async function leaveRunning(app: App, ids: TaskId[]): Promise<number> {
  const running = keptOf(app, [...new Set(ids)]).filter(({ status }) => !hasEnded(status));
  if (running.length > 0 && isTerminal(STDERR)) await tell("\n"); // behind the ^C that it has shown
  for (const { id } of running.slice(0, MOST_SAID)) await complain(`task ${id} goes on; ${waysBack(id)}`);
  const more = running.length - MOST_SAID;
  if (more > 0)
    await complain(`so ${more === 1 ? "does" : "do"} ${more} more; "backburner list --status working" shows them`);
  return CANCELLED;
}

const MOST_SAID = 3;
