// A task's output as it comes: read from the log, woken by the supervisor, never by a clock.

import type { View } from "../output/index.ts";
import { outputState, readFrom, tailStart } from "../output/reader.ts";
import { getTask } from "../store/read.ts";
import { awaitOutput, NotListening } from "../supervisor/client.ts";
import { recoverDead } from "../supervisor/recover.ts";
import { isTerminal, type Task, type TaskId } from "../task.ts";
import type { App } from "./app.ts";
import { unlessAborted } from "./unless-aborted.ts";
import { buryIfDead, keepVigil, untilLeavesQueue, untilListening } from "./wait.ts";

export interface FollowRequest {
  /** Begins with that many last lines of what is there; `undefined`: with the first. */
  tailLines?: number | undefined;
  /** Begins at this cursor. */
  since?: number | undefined;
  /** Default: both streams. */
  stream?: View | undefined;
  /** Told of output that was dropped before the next bytes. */
  onGap?: ((bytes: number) => void) | undefined;
  /** Goes on until the task has ended; otherwise what is there now is all. */
  live: boolean;
  /** Ends the following, never the task. */
  signal?: AbortSignal | undefined;
}

const CHUNK_BYTES = 256 * 1024;

/** The output's bytes, each once and in order. A queued task is waited for. */
export async function* follow(
  app: App,
  id: TaskId,
  { tailLines, since = 0, stream = "all", onGap, live, signal = new AbortController().signal }: FollowRequest,
): AsyncGenerator<Uint8Array, void> {
  const { home } = app.config;
  await unlessAborted(recoverDead(home, app.store), signal);
  let at = tailLines === undefined ? since : tailStart(home, id, tailLines, stream);
  for (;;) {
    // The row first, the log after: an end is recorded when all that the command wrote is in the log.
    const task = getTask(app.store, id);
    const goesOn = live && task !== undefined && !isTerminal(task.status);
    const lastBytes = goesOn ? Infinity : outputState(home, id).bytes;
    for (;;) {
      const { bytes, startBytes, nextBytes } = readFrom(home, id, at, CHUNK_BYTES, stream);
      if (startBytes > at) onGap?.(startBytes - at);
      if (nextBytes === at) break;
      at = nextBytes;
      if (bytes.length > 0) yield bytes;
      // Whoever prints without a pause is never caught up with.
      if (signal.aborted || at >= lastBytes) return;
    }
    if (!goesOn || signal.aborted) return;
    await untilOn(app, task, at, signal);
  }
}

/** Resolves when there may be more of the output than `after` bytes, or an end of the task. */
export async function untilOn(app: App, task: Task, after: number, signal: AbortSignal): Promise<void> {
  await (task.status === "queued" ? untilRuns(app, task, signal) : untilMore(app, task, after, signal));
}

/** Resolves when something has happened to a queued task; meanwhile we see to it that the queue goes on. */
export async function untilRuns(app: App, task: Task, signal: AbortSignal): Promise<void> {
  const release = keepVigil(app, task);
  try {
    await untilLeavesQueue(app, task.id, signal);
  } finally {
    release?.();
  }
}

/** Resolves when there are more than `after` bytes, or the task has ended, or its supervisor is gone. */
export async function untilMore(app: App, task: Task, after: number, signal: AbortSignal): Promise<void> {
  try {
    const more = await awaitOutput(app.config.home, task.id, after, signal);
    if (!more && !signal.aborted) await buryIfDead(app, task.id);
  } catch (error) {
    if (!(error instanceof NotListening)) throw error;
    await untilListening(app, task, signal);
  }
}
