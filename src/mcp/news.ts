// What every reply tells by the way: tasks of this connection that have ended since the last one. Costs one look at the rows of those
// that are still open, and nothing when there are none.

import * as z from "zod/mini";
import type { App } from "../operations/app.ts";
import { untilSettled } from "../operations/handles.ts";
import { endedOf } from "../operations/news.ts";
import { answerOf, type Wait } from "../operations/waits.ts";
import { isTerminal, TASK_STATUSES } from "../task.ts";
import { wireTask } from "../wire.ts";
import type { Connection } from "./connection.ts";

const ended = z.object({
  task_id: z.string(),
  name: z.optional(z.string()),
  status: z.enum(TASK_STATUSES),
  exit_code: z.optional(z.int()),
  signal: z.optional(z.string()),
  duration_seconds: z.optional(z.number()),
});

/** In the output of every tool. */
export const newsFields = { finished_since_last_call: z.optional(z.array(ended)) };

type Reply = Record<string, unknown>;

/** The reply, with the ends that this connection has not been told of. What the reply tells itself is not told twice. */
export function withNews(call: { app: App; connection: Connection; signal: AbortSignal }, reply: Reply): Reply {
  const { app, connection } = call;
  if (call.signal.aborted) return reply; // nobody gets it
  const shown = statesIn(reply);
  for (const [id, over] of shown) if (over) connection.open.delete(id);
  const untold = connection.untold().filter((id) => !shown.has(id));
  const news = endedOf(app, untold).map((task) => {
    connection.open.delete(task.id);
    const { task_id, name, status, exit_code, signal, duration_seconds } = wireTask(task);
    return withoutAbsent({ task_id, name, status, exit_code, signal, duration_seconds });
  });
  return news.length === 0 ? reply : { ...reply, finished_since_last_call: news };
}

/** The host tells what becomes of a wait: until it is over no reply tells these ends, and what it tells is told. */
export function leaveToHost({ app, connection }: { app: App; connection: Connection }, wait: Wait): void {
  const told = connection.awaiting(wait.tasks.map(({ id }) => id));
  untilSettled(app, wait.id, new AbortController().signal)
    .then((handle) => {
      if (!("wait" in handle) || handle.wait.status === "cancelled") return;
      const { tasks, matches } = answerOf(handle.wait);
      for (const { task } of tasks) if (isTerminal(task.status)) connection.open.delete(task.id);
      if (handle.wait.status === "matched") for (const { id, endBytes } of matches) connection.looked(id, endBytes);
    })
    .catch((error: unknown) => console.error(error))
    .finally(told);
}

/** Ids of the tasks that a reply is about, and whether it shows them ended: it is a task itself, or has a list of them. */
function statesIn(reply: Reply): Map<string, boolean> {
  const states = new Map<string, boolean>();
  const tasks: unknown[] = Array.isArray(reply.tasks) ? reply.tasks : [reply];
  for (const task of tasks) {
    const { task_id: id, status } = task as Reply;
    const known = TASK_STATUSES.find((one) => one === status);
    if (typeof id === "string" && known) states.set(id, isTerminal(known));
  }
  return states;
}

function withoutAbsent(fields: Reply): Reply {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
