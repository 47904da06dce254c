// The control socket of a running task, the supervisor's side. One JSON object a line, both ways.

import { chmodSync, rmSync } from "node:fs";
import type { Socket, UnixSocketListener } from "bun";
import type { Leftover } from "../task.ts";

/** What can be asked of a supervisor. A held connection is answered by its end. */
export type ControlRequest =
  | { op: "hold"; until: "task" | "supervisor" } // closed when the task ends, or when the supervisor takes no more tasks
  | { op: "cancel"; grace_ms: number } // answered with survivors once the task's end is recorded
  | { op: "output"; after: number }; // answered with the size of the output once it is larger than this

export interface CancelReply {
  survivors: Leftover[];
}
export interface OutputReply {
  bytes: number;
}

interface Connection {
  pending: string;
  after?: number;
  untilSupervisor: boolean;
}
type Peer = Socket<Connection>;
/** Connections that outlive a task: they wait for the supervisor. */
export type Holders = Set<Peer>;

const LONGEST_REQUEST = 64 * 1024;

export interface ControlHandler {
  /** Resolves once the end is recorded. */
  cancel(graceMs: number): Promise<CancelReply>;
  outputBytes(): number;
}

export class ControlServer {
  readonly #listener: UnixSocketListener<Connection>;
  readonly #peers = new Set<Peer>();
  /** Shared by the servers of all tasks of the supervisor. */
  readonly #longHolders: Holders;

  constructor(path: string, handler: ControlHandler, longHolders: Holders) {
    this.#longHolders = longHolders;
    rmSync(path, { force: true }); // a stale one would give EADDRINUSE
    this.#listener = Bun.listen({
      unix: path,
      socket: {
        open: (peer) => {
          peer.data = { pending: "", untilSupervisor: false };
          this.#peers.add(peer);
        },
        data: (peer, bytes) => this.#receive(peer, bytes, handler),
        close: (peer) => {
          this.#peers.delete(peer);
          this.#longHolders.delete(peer);
        },
        error: (peer) => void peer.end(),
      },
    });
    chmodSync(path, 0o600);
  }

  /** Tells who follows the output that there is more of it. */
  announceOutput(bytes: number): void {
    for (const peer of this.#peers) answerOutput(peer, bytes);
  }

  /** The task has ended and its end is recorded: no new connection, and who waited for it learns it. */
  close(): void {
    this.#listener.stop(false); // unlinks the socket
    for (const peer of this.#peers) if (!peer.data.untilSupervisor) peer.end();
  }

  #receive(peer: Peer, bytes: Uint8Array, handler: ControlHandler): void {
    const lines = (peer.data.pending + Buffer.from(bytes).toString("utf8")).split("\n");
    peer.data.pending = lines.pop() ?? "";
    if (peer.data.pending.length > LONGEST_REQUEST) return void peer.end();
    for (const line of lines) {
      const request = parseRequest(line);
      if (!request) return void peer.end();
      this.#serve(peer, request, handler);
    }
  }

  #serve(peer: Peer, request: ControlRequest, handler: ControlHandler): void {
    switch (request.op) {
      case "hold":
        peer.data.untilSupervisor = request.until === "supervisor";
        if (peer.data.untilSupervisor) this.#longHolders.add(peer);
        return;
      case "output":
        peer.data.after = request.after;
        return answerOutput(peer, handler.outputBytes());
      case "cancel":
        void handler.cancel(request.grace_ms).then((reply) => {
          peer.end(`${JSON.stringify(reply)}\n`);
        });
    }
  }
}

function answerOutput(peer: Peer, bytes: number): void {
  if (peer.data.after === undefined || bytes <= peer.data.after) return;
  delete peer.data.after;
  peer.write(`${JSON.stringify({ bytes } satisfies OutputReply)}\n`);
}

/** `undefined` for anything that is no request: whoever sends it is cut off. */
function parseRequest(line: string): ControlRequest | undefined {
  try {
    const request = JSON.parse(line) as Partial<ControlRequest> | null;
    switch (request?.op) {
      case "hold":
        return { op: "hold", until: request.until === "supervisor" ? "supervisor" : "task" };
      case "cancel":
        return isAmount(request.grace_ms) ? { op: "cancel", grace_ms: request.grace_ms } : undefined;
      case "output":
        return isAmount(request.after) ? { op: "output", after: request.after } : undefined;
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
