// A Unix socket in the task's directory, which only its user can open. Who waits reads a FIFO beside it, as an open socket wakes a
// Bun process every 4 s, and waiting is to cost nothing: it is at its end when the task has ended, or its supervisor (fifo(7)).

import { closeSync, constants, readSync, renameSync, rmSync } from "node:fs";
import { openFifo } from "../files.ts";
import { holdPath } from "../home.ts";
import { makeFifo } from "../process/libc.ts";
import { bindAt, reachable } from "./address.ts";
import type { Peer, Transport } from "./transport.ts";

export const posixTransport: Transport = {
  listen(path, socket) {
    return bindAt(path, (unix) => {
      const umask = process.umask(0o177); // bind(2) gives it its mode
      try {
        const listener = Bun.listen<Peer>({ unix, socket });
        return { stop: (all) => listener.stop(all) };
      } finally {
        process.umask(umask);
      }
    });
  },

  async connect(path, socket) {
    return { socket: await Bun.connect({ unix: reachable(path), socket }), greeting: "" };
  },

  async released(home, task, signal) {
    let fifo: number;
    try {
      fifo = openFifo(holdPath(home, task), constants.O_RDONLY);
    } catch {
      return false;
    }
    if (!hasWriter(fifo)) return (closeSync(fifo), true); // its supervisor is gone
    const reader = Bun.file(fifo).stream().getReader();
    const release = () => void reader.cancel();
    signal.addEventListener("abort", release, { once: true });
    try {
      while (!(await reader.read()).done);
    } finally {
      signal.removeEventListener("abort", release);
      closeSync(fifo);
    }
    return true;
  },

  /** Held open for both directions, and in its place only then: readers find a writer from the first moment and lose it with this process. */
  makeHold(home, task) {
    const path = holdPath(home, task);
    const made = `${path}-`;
    rmSync(made, { force: true });
    makeFifo(made, 0o600);
    const fifo = openFifo(made, constants.O_RDWR);
    renameSync(made, path);
    return () => {
      closeSync(fifo); // who opens it from here on finds no writer
      rmSync(path, { force: true });
    };
  },
};

/** A FIFO that nobody writes to any more is at its end, but poll(2) does not tell who opened it after that (fifo(7)): a read does. */
function hasWriter(fifo: number): boolean {
  try {
    return readSync(fifo, new Uint8Array(1)) > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EAGAIN";
  }
}
