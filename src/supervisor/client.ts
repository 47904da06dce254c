// The control socket of a running task, the side of whoever asks its supervisor.

import type { CancelReply, ControlRequest, OutputReply } from "./control.ts";

/** Thrown when nobody listens: the task is not running, or its supervisor is gone or not there yet. */
export class NotListening extends Error {}

/** A held connection. It ends when the supervisor closes it or dies; either way the row has the answer. */
export interface Hold {
  ended: Promise<void>;
  release(): void;
}

/** Holds a connection until the task ends, or until its supervisor takes no more tasks. Throws NotListening. */
export async function hold(path: string, until: "task" | "supervisor"): Promise<Hold> {
  const { lines, close } = await ask(path, { op: "hold", until });
  return { ended: drain(lines), release: close };
}

/** Cancels the task. `undefined` when the connection ended without an answer, or the signal ended it. Throws NotListening. */
export async function askCancel(path: string, graceMs: number, signal: AbortSignal): Promise<CancelReply | undefined> {
  return first<CancelReply>(await ask(path, { op: "cancel", grace_ms: graceMs }), signal);
}

/** Waits until there is more output than `after` bytes. `undefined` when the task ended instead. Throws NotListening. */
export async function awaitOutput(path: string, after: number, signal: AbortSignal): Promise<OutputReply | undefined> {
  return first<OutputReply>(await ask(path, { op: "output", after }), signal);
}

interface Asked {
  lines: AsyncIterable<string>;
  close(): void;
}

async function first<T>({ lines, close }: Asked, signal: AbortSignal): Promise<T | undefined> {
  signal.addEventListener("abort", close, { once: true });
  if (signal.aborted) close();
  try {
    for await (const line of lines) return JSON.parse(line) as T;
    return undefined;
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

async function drain(lines: AsyncIterable<string>): Promise<void> {
  for await (const _ of lines);
}

async function ask(path: string, request: ControlRequest): Promise<Asked> {
  let pending = "";
  let over = false;
  const ready: string[] = [];
  let wake = () => {};
  const end = () => {
    over = true;
    wake();
  };
  try {
    const socket = await Bun.connect({
      unix: path,
      socket: {
        data(_, bytes) {
          const parts = (pending + bytes.toString("utf8")).split("\n");
          pending = parts.pop() ?? "";
          ready.push(...parts);
          wake();
        },
        close: end,
        end,
        error: end,
      },
    });
    socket.write(`${JSON.stringify(request)}\n`);
    return { lines: lines(), close: () => void socket.end() };
  } catch {
    throw new NotListening(path);
  }

  async function* lines() {
    for (;;) {
      while (ready.length > 0) yield ready.shift() ?? "";
      if (over) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
}
