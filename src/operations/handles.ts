// What a client that knows native MCP tasks holds a handle of: a task, or a wait for tasks. By exact id only.

import { badCursor, noHandle } from "../wording.ts";
import { getTask, listTasksBefore } from "../store/read.ts";
import { listWaits } from "../store/waits.ts";
import { recoverDead } from "../supervisor/recover.ts";
import { isTaskId, isTerminal, isWaitId, type Task } from "../task.ts";
import type { App } from "./app.ts";
import { cancel, DEFAULT_GRACE_SECONDS } from "./cancel.ts";
import { withOutput } from "./figures.ts";
import { status } from "./status.ts";
import { wait as waitForEnd } from "./wait.ts";
import { cancelWait, readWait, untilOver, type Wait } from "./waits.ts";

export type Handle = { task: Task } | { wait: Wait };

/** As it stands now. Throws `not_found`. */
export async function readHandle(app: App, id: string): Promise<Handle> {
  if (isWaitId(id)) {
    const wait = await readWait(app, id);
    if (wait) return { wait };
  }
  return { task: await status(app, id, byId) };
}

/** Resolves with what it stands for once that is over, or as it is when the signal comes first. Throws `not_found`. */
export async function untilSettled(app: App, id: string, signal: AbortSignal): Promise<Handle> {
  const handle = await readHandle(app, id);
  if (isOver(handle)) return handle;
  if ("wait" in handle) await untilOver(app, handle.wait, signal);
  else await waitForEnd(app, { tasks: [id], until: "all", signal }, byId);
  return readHandle(app, id);
}

export function isOver(handle: Handle): boolean {
  return "wait" in handle ? handle.wait.status !== "waiting" : isTerminal(handle.task.status);
}

/** Ends a task with its whole tree, of a wait only the waiting. What is over stays as it is. Throws `not_found`. */
export async function cancelHandle(app: App, id: string): Promise<void> {
  const handle = await readHandle(app, id);
  if (isOver(handle)) return;
  if ("wait" in handle) cancelWait(app, handle.wait.id);
  else await cancel(app, id, DEFAULT_GRACE_SECONDS, byId);
}

/** A page of all handles, newest first, and where the next one begins if there is more. Throws `bad_request` for a cursor of others. */
export async function listHandles(
  app: App,
  cursor: string | undefined,
  limit: number,
): Promise<{ handles: Handle[]; next?: string }> {
  const from = cursor === undefined ? BEGINNING : placeOf(cursor);
  await recoverDead(app.config.home, app.store);
  const tasks = listTasksBefore(app.store, from.task, limit + 1).map((one) => ({ ...one, at: one.task.createdAtMs }));
  const waits = listWaits(app.store, from.wait, limit + 1).map((wait) => ({ wait, at: wait.createdAtMs }));
  const merged = [...tasks, ...waits].toSorted((one, other) => other.at - one.at); // stable: each kind keeps its order
  const page = merged.slice(0, limit);
  const handles = await Promise.all(
    page.map(async (one): Promise<Handle> => {
      if ("wait" in one) return { wait: (await readWait(app, one.wait.id)) ?? one.wait };
      return { task: withOutput(app, one.task) };
    }),
  );
  if (merged.length <= limit) return { handles };
  const reached = { ...from };
  for (const one of page) {
    if ("wait" in one) reached.wait = one.wait.seq;
    else reached.task = one.seq;
  }
  return { handles, next: Buffer.from(`${reached.task} ${reached.wait}`).toString("base64url") };
}

/** Before which task and which wait a page begins. */
const BEGINNING = { task: Number.MAX_SAFE_INTEGER, wait: Number.MAX_SAFE_INTEGER };

function placeOf(cursor: string): typeof BEGINNING {
  const [, task, wait] = /^(\d{1,16}) (\d{1,16})$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (task === undefined || wait === undefined) throw badCursor(cursor);
  return { task: Number(task), wait: Number(wait) };
}

function byId(app: App, id: string): Task {
  const task = isTaskId(id) ? getTask(app.store, id) : undefined;
  if (!task) throw noHandle(id);
  return task;
}
