// The control socket of a running task, the side of whoever asks its supervisor.

import { closeSync, constants, openSync } from "node:fs";
import { controlPath, type Home, holdPath } from "../home.ts";
import type { TaskId } from "../task.ts";
import type { CancelReply, ControlRequest, OutputReply } from "./control.ts";

/** Thrown when nobody listens: the task is not running, or its supervisor is gone or not there yet. */
export class NotListening extends Error {}

/** Resolves when the task has ended or its supervisor died, or the signal is aborted; the row has the answer. Throws NotListening. */
export async function hold(home: Home, task: TaskId, signal: AbortSignal): Promise<void> {
  const ready = await first<object>(await ask(home, { op: "hold", task }), signal);
  if (!ready || signal.aborted) return;
  let fifo: number;
  try {
    fifo = openSync(holdPath(home, task), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return; // it has just ended
  }
  const reader = Bun.file(fifo).stream().getReader();
  const release = () => void reader.cancel();
  signal.addEventListener("abort", release, { once: true });
  try {
    while (!(await reader.read()).done);
  } finally {
    signal.removeEventListener("abort", release);
    closeSync(fifo);
  }
}

/** Resolves when the task's supervisor takes no more tasks or died, or the signal is aborted. Throws NotListening. */
export async function accompany(home: Home, task: TaskId, signal: AbortSignal): Promise<void> {
  await first(await ask(home, { op: "accompany", task }), signal);
}

/** Cancels the task. `undefined` when the connection ended without an answer, or the signal ended it. Throws NotListening. */
export async function askCancel(
  home: Home,
  task: TaskId,
  graceMs: number,
  signal: AbortSignal,
): Promise<CancelReply | undefined> {
  return first<CancelReply>(await ask(home, { op: "cancel", task, grace_ms: graceMs }), signal);
}

/** Waits until there is more output than `after` bytes. `undefined` when the task ended instead. Throws NotListening. */
export async function awaitOutput(
  home: Home,
  task: TaskId,
  after: number,
  signal: AbortSignal,
): Promise<OutputReply | undefined> {
  return first<OutputReply>(await ask(home, { op: "output", task, after }), signal);
}

interface Asked {
  /** The first line of the answer; `undefined` when the connection ended without one. */
  line: Promise<string | undefined>;
  close: () => void;
}

async function first<T>({ line, close }: Asked, signal: AbortSignal): Promise<T | undefined> {
  signal.addEventListener("abort", close, { once: true });
  if (signal.aborted) close();
  try {
    const answer = await line;
    return answer === undefined ? undefined : (JSON.parse(answer) as T);
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

async function ask(home: Home, request: ControlRequest): Promise<Asked> {
  const { promise: line, resolve } = Promise.withResolvers<string | undefined>();
  let received = "";
  const end = () => resolve(undefined);
  try {
    const socket = await Bun.connect({
      unix: controlPath(home, request.task),
      socket: {
        data(_, bytes) {
          received += bytes.toString("utf8");
          const newline = received.indexOf("\n");
          if (newline >= 0) resolve(received.slice(0, newline));
        },
        close: end,
        end,
        error: end,
      },
    });
    socket.write(`${JSON.stringify(request)}\n`);
    return {
      line,
      close: () => {
        end();
        socket.end();
      },
    };
  } catch {
    throw new NotListening(request.task);
  }
}
