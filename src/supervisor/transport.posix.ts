// A Unix socket in the task's directory, which only its user can open. Who waits reads a FIFO beside it, as an open socket wakes a
// Bun process every 4 s, and waiting is to cost nothing: it is at its end when the task has ended, or its supervisor (fifo(7)).

import { closeSync, constants, renameSync, rmSync } from "node:fs";
import { openFifo, orClose } from "../files.ts";
import { holdPath } from "../home.ts";
import { makeFifo } from "../process/libc.ts";
import { bindAt, reachable } from "./address.ts";
import { isHeld, untilReleased } from "./holds.posix.ts";
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

  released: (home, task, signal) => untilReleased(holdPath(home, task), signal),

  holds: (home, task) => isHeld(holdPath(home, task)),

  /** Held open for both directions, and in its place only then: readers find a writer from the first moment and lose it with this process. */
  makeHold(home, task) {
    const path = holdPath(home, task);
    const made = `${path}-`;
    rmSync(made, { force: true });
    makeFifo(made, 0o600);
    const fifo = openFifo(made, constants.O_RDWR);
    orClose(fifo, () => renameSync(made, path));
    return () => {
      closeSync(fifo); // who opens it from here on finds no writer
      rmSync(path, { force: true });
    };
  },
};
