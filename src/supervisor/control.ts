// The control socket, the supervisor's side: one JSON object a line, both ways. It lies in the directory of the running task and
// moves on with the supervisor to the next one.

import { renameSync } from "node:fs";
import type { Socket } from "bun";
import { controlPath, type Home } from "../home.ts";
import type { Leftover, TaskId } from "../task.ts";
import { remove } from "./address.ts";
import { type Listener, type Peer as Connection, transport } from "./transport.ts";

/** What can be asked of a supervisor. Each names its task, as the socket may have moved on; then the connection just ends. */
export type ControlRequest =
  /** Answered with {} once there is something to wait for (`Transport.released`); without that the connection just ends with the task. */
  | { op: "hold"; task: TaskId }
  /** Never answered: the connection ends when the supervisor takes no more tasks. */
  | { op: "accompany"; task: TaskId }
  /** Answered with a CancelReply once the task's end is recorded. */
  | { op: "cancel"; task: TaskId; grace_ms: number }
  /** Answered with an OutputReply once there is more output than this. */
  | { op: "output"; task: TaskId; after: number }
  /** `data` in base64. Answered with an InputReply once the command's pipe or terminal has taken it. */
  | { op: "input"; task: TaskId; data: string; eof: boolean }
  /** Answered with {}. */
  | { op: "resize"; task: TaskId; cols: number; rows: number }
  /** Answered with a WaitsReply. */
  | { op: "waits"; task: TaskId };

export interface CancelReply {
  survivors: Leftover[];
}
export interface OutputReply {
  bytes: number;
}
export type InputReply =
  | { taken: true }
  /** The command has closed its stdin, or it was ended; or the command doesn't read and too much is queued already. */
  | { taken: false; because: "closed" | "full" };
export interface WaitsReply {
  waits_for_input: boolean;
}

/** What the running task has to say to requests. */
export interface ControlHandler {
  /** Who asked is answered when the task is left. */
  cancel(graceMs: number): void;
  outputBytes(): number;
  input(bytes: Uint8Array, eof: boolean): Promise<InputReply>;
  resize(cols: number, rows: number): void;
  waitsForInput(): Promise<boolean>;
}

type Peer = Socket<Connection>;

const LONGEST_REQUEST = 64 * 1024;
/** So that a request fits in base64. */
export const MOST_INPUT_BYTES = 32 * 1024;

export class ControlServer {
  readonly #home: Home;
  readonly #peers = new Set<Peer>();
  #listener: Listener | undefined;
  #path: string | undefined;
  #task: TaskId | undefined;
  #handler: ControlHandler | undefined;
  #letGo: (() => void) | undefined;

  constructor(home: Home) {
    this.#home = home;
  }

  /** Begins to answer for a task. */
  attend(task: TaskId, handler: ControlHandler): void {
    const path = controlPath(this.#home, task);
    this.#task = task;
    this.#handler = handler;
    if (this.#path === undefined || !tryRename(this.#path, path)) this.#listen(path);
    this.#path = path;
  }

  /** Makes what is waited for, so that whoever will wait for the task need not ask. */
  hold(): void {
    if (this.#task !== undefined) this.#letGo ??= transport.makeHold?.(this.#home, this.#task);
  }

  /** Tells who follows the output that there is more of it. */
  announceOutput(bytes: number): void {
    for (const peer of this.#peers) answerOutput(peer, bytes);
  }

  /** The end of the task is recorded: whoever waits for it learns it, and who asked for it is answered. */
  leave(cancelled?: CancelReply): void {
    this.#letGo?.();
    this.#letGo = undefined;
    this.#handler = undefined;
    for (const peer of this.#peers) {
      if (peer.data.cancels && cancelled) answer(peer, cancelled);
      if (!peer.data.accompanies) peer.end();
    }
  }

  /** No task will come any more: nobody is to rely on this supervisor any longer. */
  close(): void {
    this.leave();
    for (const peer of this.#peers) peer.end();
    this.#listener?.stop(true);
    this.#listener = undefined;
    if (this.#path !== undefined) remove(this.#path);
  }

  #listen(path: string): void {
    this.#listener?.stop(false);
    const listener = transport.listen(path, {
      open: (peer) => {
        peer.data = { pending: "", trusted: listener.admits === undefined };
        this.#peers.add(peer);
      },
      data: (peer, bytes) => this.#receive(peer, bytes, listener),
      close: (peer) => void this.#peers.delete(peer),
      error: (peer) => void peer.end(),
    });
    this.#listener = listener;
  }

  #receive(peer: Peer, bytes: Uint8Array, { admits }: Listener): void {
    const lines = (peer.data.pending + Buffer.from(bytes).toString("utf8")).split("\n");
    peer.data.pending = lines.pop() ?? "";
    if (peer.data.pending.length > LONGEST_REQUEST) return void peer.end();
    for (const line of lines) {
      if (!peer.data.trusted) {
        if (admits?.(line) !== true) return void peer.end();
        peer.data.trusted = true;
        continue;
      }
      const request = parseRequest(line);
      if (!request || request.task !== this.#task) return void peer.end();
      if (request.op === "accompany") peer.data.accompanies = true;
      else if (this.#handler) this.#serve(peer, request, this.#handler);
      else return void peer.end();
    }
  }

  #serve(peer: Peer, request: Exclude<ControlRequest, { op: "accompany" }>, handler: ControlHandler): void {
    switch (request.op) {
      case "hold":
        if (transport.makeHold === undefined) return;
        this.hold();
        return answer(peer, {});
      case "output":
        peer.data.after = request.after;
        return answerOutput(peer, handler.outputBytes());
      case "cancel":
        peer.data.cancels = true;
        return handler.cancel(request.grace_ms);
      case "input":
        void handler.input(Buffer.from(request.data, "base64"), request.eof).then((reply) => answer(peer, reply));
        return;
      case "resize":
        handler.resize(request.cols, request.rows);
        return answer(peer, {});
      case "waits":
        void handler.waitsForInput().then((waits) => answer(peer, { waits_for_input: waits } satisfies WaitsReply));
        return;
    }
  }
}

function answer(peer: Peer, reply: object): void {
  peer.write(`${JSON.stringify(reply)}\n`);
}

function answerOutput(peer: Peer, bytes: number): void {
  if (peer.data.after === undefined || bytes <= peer.data.after) return;
  delete peer.data.after;
  answer(peer, { bytes } satisfies OutputReply);
}

/** False when the old socket is not there any more. */
function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

/** `undefined` for anything that is no request: whoever sends it is cut off. */
function parseRequest(line: string): ControlRequest | undefined {
  try {
    const request = JSON.parse(line) as Record<string, unknown> | null;
    const { op, task, grace_ms, after, data, eof, cols, rows } = request ?? {};
    if (typeof task !== "string") return undefined;
    if (op === "hold" || op === "accompany" || op === "waits") return { op, task };
    if (op === "cancel" && isAmount(grace_ms)) return { op, task, grace_ms };
    if (op === "output" && isAmount(after)) return { op, task, after };
    if (op === "input" && typeof data === "string" && typeof eof === "boolean") return { op, task, data, eof };
    if (op === "resize" && isExtent(cols) && isExtent(rows)) return { op, task, cols, rows };
    return undefined;
  } catch {
    return undefined;
  }
}

/** struct winsize counts in 16 bits. */
function isExtent(value: unknown): value is number {
  return Number.isInteger(value) && isAmount(value) && value > 0 && value < 2 ** 16;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
