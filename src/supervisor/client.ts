// The control socket of a running task, the side of whoever asks its supervisor.

import { controlPath, type Home } from "../home.ts";
import type { TaskId } from "../task.ts";
import {
  type CancelReply,
  type ControlRequest,
  type InputReply,
  MOST_INPUT_BYTES,
  type OutputReply,
  type WaitsReply,
} from "./control.ts";
import { transport } from "./transport.ts";

/** Thrown when nobody listens: the task is not running, or its supervisor is gone or not there yet. */
export class NotListening extends Error {}

/**
 * Resolves when the task has ended or its supervisor died, or the signal is aborted; the row has the answer. Throws NotListening.
 * The supervisor is asked only in a task's first moments: to wait for a hundred tasks wakes nobody.
 */
export async function hold(home: Home, task: TaskId, signal: AbortSignal): Promise<void> {
  if (await transport.released?.(home, task, signal)) return;
  const ready = await first<object>(await ask(home, { op: "hold", task }), signal);
  if (ready && !signal.aborted) await transport.released?.(home, task, signal);
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

/** What became of input, and why the rest was not sent. "unread": the signal came while the command did not read. */
export interface Sent {
  /** What the command has, or will have as soon as it reads. */
  bytes: number;
  because?: "closed" | "full" | "unread" | "ended";
}

/** Feeds a task's stdin; `eof` ends it after that. `signal` ends the attempt. Throws NotListening. */
export async function sendInput(
  home: Home,
  task: TaskId,
  input: Uint8Array,
  eof: boolean,
  signal: AbortSignal,
): Promise<Sent> {
  const connection = await connect(home, task);
  try {
    return await feed(connection, task, input, eof, signal);
  } finally {
    connection.close();
  }
}

/** Tells the size of the terminal that now shows the task. Throws NotListening. */
export async function askResize(home: Home, task: TaskId, cols: number, rows: number): Promise<void> {
  await first(await ask(home, { op: "resize", task, cols, rows }), AbortSignal.timeout(PATIENCE_MS));
}

/** Whether a task with an open stdin seems to wait for input. `undefined` when its supervisor doesn't say. Throws NotListening. */
export async function askWaits(home: Home, task: TaskId): Promise<boolean | undefined> {
  const reply = await first<WaitsReply>(await ask(home, { op: "waits", task }), AbortSignal.timeout(PATIENCE_MS));
  return reply?.waits_for_input;
}

/** Whether anybody listens for the task. "no" is certain, "no socket" may be too soon or just over, "unknown" when it can't be asked. */
export async function listens(home: Home, task: TaskId): Promise<"yes" | "no" | "no socket" | "unknown"> {
  try {
    const { socket } = await transport.connect(controlPath(home, task), { data() {} });
    socket.end();
    return "yes";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ECONNREFUSED") return "no";
    return code === "ENOENT" ? "no socket" : "unknown";
  }
}

/** For what a supervisor answers at once, unless it is stopped. */
const PATIENCE_MS = 2_000;

/** In pieces, each sent when the one before was taken: a command that doesn't read holds up its sender, not its supervisor. */
async function feed(connection: Connection, task: TaskId, input: Uint8Array, eof: boolean, signal: AbortSignal) {
  const stop = () => connection.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    let bytes = 0;
    do {
      if (signal.aborted) return { bytes, because: "unread" as const };
      const piece = input.subarray(bytes, bytes + MOST_INPUT_BYTES);
      const last = bytes + piece.length === input.length;
      connection.send({ op: "input", task, data: Buffer.from(piece).toString("base64"), eof: eof && last });
      const line = await connection.line();
      if (line === undefined && !signal.aborted) return { bytes, because: "ended" as const };
      if (line === undefined) return { bytes: bytes + piece.length, because: "unread" as const }; // its supervisor has the piece
      const reply = JSON.parse(line) as InputReply;
      if (!reply.taken) return { bytes, because: reply.because };
      bytes += piece.length;
    } while (bytes < input.length);
    return { bytes };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function first<T>(connection: Connection, signal: AbortSignal): Promise<T | undefined> {
  signal.addEventListener("abort", connection.close, { once: true });
  if (signal.aborted) connection.close();
  try {
    const answer = await connection.line();
    return answer === undefined ? undefined : (JSON.parse(answer) as T);
  } finally {
    signal.removeEventListener("abort", connection.close);
    connection.close();
  }
}

async function ask(home: Home, request: ControlRequest): Promise<Connection> {
  const connection = await connect(home, request.task);
  connection.send(request);
  return connection;
}

interface Connection {
  send: (request: ControlRequest) => void;
  /** The next line of the answer; `undefined` when the connection ended without one. */
  line: () => Promise<string | undefined>;
  close: () => void;
}

async function connect(home: Home, task: TaskId): Promise<Connection> {
  let received = "";
  let ended = false;
  let unsent: Buffer | undefined;
  let wake = () => {};
  const end = () => {
    ended = true;
    wake();
  };
  const flush = (socket: Bun.Socket) => {
    if (unsent) unsent = unsent.subarray(socket.write(unsent));
    if (unsent?.length === 0) unsent = undefined;
  };
  try {
    const { socket, greeting } = await transport.connect(controlPath(home, task), {
      data(_, bytes) {
        received += bytes.toString("utf8");
        wake();
      },
      drain: flush,
      close: end,
      end,
      error: end,
    });
    if (greeting !== "") unsent = Buffer.from(greeting);
    return {
      send(request) {
        unsent = Buffer.concat([unsent ?? Buffer.of(), Buffer.from(`${JSON.stringify(request)}\n`)]);
        flush(socket);
      },
      async line() {
        for (;;) {
          const newline = received.indexOf("\n");
          if (newline >= 0) {
            const line = received.slice(0, newline);
            received = received.slice(newline + 1);
            return line;
          }
          if (ended) return undefined;
          await new Promise<void>((resolve) => (wake = resolve));
        }
      },
      close() {
        end();
        socket.end();
      },
    };
  } catch {
    throw new NotListening(task);
  }
}
