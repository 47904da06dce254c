// Sends a task input and gives what it then prints: until it is silent for a moment, or ends, or the time is over.

import {
  inputNotRead,
  inputToEnded,
  inputToQueued,
  keyNeedsTerminal,
  noOpenStdin,
  stdinClosed,
  stdinNotClosed,
  supervisorSilent,
} from "../wording.ts";
import { judgeInput } from "../policy/judge.ts";
import type { Newest } from "../output/excerpt.ts";
import { outputState, readFrom } from "../output/reader.ts";
import { getTask } from "../store/read.ts";
import { awaitOutput, NotListening, type Sent, sendInput } from "../supervisor/client.ts";
import { hasOpenStdin, howEnded, isTerminal, type Task } from "../task.ts";
import type { App } from "./app.ts";
import { withOutput } from "./figures.ts";
import { type Find, findTask, refreshed } from "./find.ts";
import { bytesOfKey, entered, onlyKeys, typed } from "./keys.ts";
import { newestOf } from "./result.ts";
import { buryIfDead, keepVigil, untilLeavesQueue, untilListening } from "./wait.ts";
import { withWaiting } from "./waiting.ts";

export interface SendRequest {
  /** Text; on a terminal its newlines are the Enter key, and with `named` "<ctrl-c>" is the key. Bytes are sent as they are. */
  input: string | Uint8Array;
  named?: boolean;
  /** Keys by name, pressed after it; for a terminal only. */
  keys?: string[] | undefined;
  /** Ends its stdin after all that. */
  eof: boolean;
  /** How long to wait for output. */
  waitMs: number;
  signal?: AbortSignal | undefined;
}

export interface SendResult {
  task: Task;
  /** How much the task had printed before it was sent anything. */
  beforeBytes: number;
  /** What it has printed since, the newest, as bytes; and how many lie before them. */
  raw: { bytes: Uint8Array; omittedBytes: number };
  /** The same for reading. */
  shown: Newest;
}

const MOST_BYTES = 30_000;
const MOST_CHARS = 30_000;
/** Output that has paused this long is taken for the whole answer. */
const SETTLE_MS = 150;
/** A command that does not read its input is waited for this long at least, and as long as for its output. */
const LEAST_PATIENCE_MS = 2_000;

/** Throws `not_found`, or `bad_request` when the task can't be sent input. */
export async function send(app: App, given: string, request: SendRequest, find: Find = findTask): Promise<SendResult> {
  const { home } = app.config;
  const patience = () =>
    AbortSignal.any([
      AbortSignal.timeout(Math.max(request.waitMs, LEAST_PATIENCE_MS)),
      ...(request.signal ? [request.signal] : []),
    ]);
  const task = await started(app, await refreshed(app, find(app, given)), patience());
  const over = patience(); // for the command; its supervisor had its own
  const bytes = bytesOf(task, request);
  await judgeInput(bytes.toString(), app.config.policy); // a guard rail at best: input may come in pieces
  const before = outputState(home, task.id).bytes;
  const sent = await deliver(app, task, bytes, request.eof, over);
  checkSent(app, task, sent, { bytes: bytes.length, eof: request.eof });
  if (request.waitMs > 0) await untilSettled(app, task, before, task.pty ? echoOf(bytes) : 0, request);
  // The row first, the log after: an end is recorded when all that the command wrote is in the log.
  const now = withOutput(app, getTask(app.store, task.id) ?? task);
  const shown = newestOf(app, now, before, MOST_CHARS);
  return { task: await withWaiting(app, now), beforeBytes: before, raw: newestBytes(app, task, before), shown };
}

function newestBytes(app: App, { id }: Task, fromBytes: number): SendResult["raw"] {
  const { home } = app.config;
  const omittedBytes = Math.max(0, outputState(home, id).bytes - fromBytes - MOST_BYTES);
  return { bytes: readFrom(home, id, fromBytes + omittedBytes, MOST_BYTES).bytes, omittedBytes };
}

/** The task once it is working: it may just have been started. Throws as checkOpen. */
export async function started(app: App, task: Task, over: AbortSignal): Promise<Task> {
  if (task.status === "queued" && hasOpenStdin(task)) {
    const release = keepVigil(app, task);
    const isQueued = () => getTask(app.store, task.id)?.status === "queued";
    try {
      while (isQueued() && !over.aborted) await untilLeavesQueue(app, task.id, over);
    } finally {
      release?.();
    }
  }
  const now = getTask(app.store, task.id) ?? task;
  checkOpen(now);
  return now;
}

/** Throws `bad_request` with the reason when the task can't be sent input. */
function checkOpen(task: Task): void {
  if (isTerminal(task.status)) throw inputToEnded(task.id, howEnded(task));
  if (!hasOpenStdin(task)) throw noOpenStdin(task.id);
  if (task.status === "queued") throw inputToQueued(task.id);
}

function bytesOf(task: Task, { input, named, keys = [] }: SendRequest): Buffer {
  if (!task.pty) {
    const key = keys[0] ?? (named && typeof input === "string" ? onlyKeys(input) : undefined);
    if (key !== undefined) throw keyNeedsTerminal(task.id, key);
    return Buffer.from(input as string);
  }
  const text = typeof input !== "string" ? input : named ? typed(input) : entered(input);
  return Buffer.concat([Buffer.from(text as string), ...keys.map((key) => Buffer.from(bytesOfKey(key)))]);
}

/** Sends it all, or says why not. A supervisor that has just claimed its task listens in a moment. Throws as checkOpen. */
export async function deliver(app: App, task: Task, bytes: Uint8Array, eof: boolean, over: AbortSignal): Promise<Sent> {
  for (;;) {
    try {
      return await sendInput(app.config.home, task.id, bytes, eof, over);
    } catch (error) {
      if (!(error instanceof NotListening)) throw error;
      await untilListening(app, task, over);
      if (over.aborted) throw supervisorSilent(task.id);
      checkOpen(getTask(app.store, task.id) ?? task);
    }
  }
}

function checkSent(app: App, task: Task, { bytes, because }: Sent, wanted: { bytes: number; eof: boolean }): void {
  if (because === undefined) return;
  const now = getTask(app.store, task.id) ?? task;
  if (isTerminal(now.status) && bytes === 0) throw inputToEnded(task.id, howEnded(now));
  if (because === "ended") return; // the command has ended of it, or it is just ending
  if (because === "closed") throw stdinClosed(task.id);
  const onlyEof = wanted.eof && wanted.bytes === 0 && because === "unread";
  throw onlyEof ? stdinNotClosed(task.id) : inputNotRead(task.id, bytes, wanted.bytes);
}

/** Resolves when the task has printed more than the terminal's own echo of `echoBytes` and paused, or ended, or time is up. */
async function untilSettled(app: App, task: Task, before: number, echoBytes: number, request: SendRequest) {
  const over = new AbortController();
  const stop = () => over.abort();
  const timer = setTimeout(stop, Math.min(request.waitMs, 2 ** 31 - 1));
  request.signal?.addEventListener("abort", stop, { once: true });
  let pause: Timer | undefined;
  try {
    for (let at = before; !over.signal.aborted;) {
      const more = await awaitOutput(app.config.home, task.id, at, over.signal);
      if (!more) {
        if (!over.signal.aborted) await buryIfDead(app, task.id);
        return;
      }
      at = more.bytes;
      clearTimeout(pause);
      if (at - before > echoBytes) pause = setTimeout(stop, SETTLE_MS);
    }
  } catch (error) {
    if (!(error instanceof NotListening)) throw error; // it has just ended
  } finally {
    clearTimeout(timer);
    clearTimeout(pause);
    request.signal?.removeEventListener("abort", stop);
  }
}

/** How much a terminal echoes of it: Enter is one byte, and its echo two. */
function echoOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum + (byte === RETURN ? 2 : 1), 0);
}
const RETURN = 13;
