// How a supervisor is reached: what its control socket is, and how one waits for its end. One implementation per platform.

import type { Socket, SocketHandler } from "bun";
import type { Home } from "../home.ts";
import type { TaskId } from "../task.ts";
import { posixTransport } from "./transport.posix.ts";
import { windowsTransport } from "./transport.windows.ts";

/** What the two ends keep of a connection. */
export interface Peer {
  pending: string;
  /** It has proved that it may ask. */
  trusted: boolean;
  after?: number;
  accompanies?: true;
  cancels?: true;
}

export interface Listener {
  /** Whether the first line of a connection proves that whoever is there may ask; `undefined` where the system sees to that. */
  admits?: (line: string) => boolean;
  /** No new connection is taken; those that are there are ended with `all`. */
  stop(all: boolean): void;
}

export interface Transport {
  /** Listens at a path. Throws where that can't be. */
  listen(path: string, handler: SocketHandler<Peer>): Listener;
  /** Throws when nobody listens: with the code ECONNREFUSED when that is certain, ENOENT when there is nothing at the path. */
  connect(path: string, handler: SocketHandler<undefined>): Promise<{ socket: Socket; greeting: string }>;
  /**
   * Resolves when the task's supervisor lets go of it or is gone, or the signal is aborted; at once with false when there is nothing to
   * wait for, before it was made and after the end. `undefined`: a connection says so.
   */
  released?: ((home: Home, task: TaskId, signal: AbortSignal) => Promise<boolean>) | undefined;
  /** True when it is seen without a look at the process table that the task's supervisor lives and has not let go of it. */
  holds?: ((home: Home, task: TaskId) => boolean) | undefined;
  /** Makes what `released` waits for. To be called with the function that it gives when the task is let go of. */
  makeHold?: ((home: Home, task: TaskId) => () => void) | undefined;
}

export const transport: Transport = process.platform === "win32" ? windowsTransport : posixTransport;
