// Reading a command's pipe to its end.

import { closeSync } from "node:fs";
import { bytesInPipe, growPipe } from "./libc.ts";

/** A command that prints so much gets a pipe of that size. */
const MUCH_BYTES = 1024 * 1024;

/** Reads one pipe to its end and closes it. */
export class PipeReader {
  readonly closed: Promise<void>;
  #open = true;
  readonly #readFd: number;

  constructor(readFd: number, onChunk: (chunk: Uint8Array) => void) {
    this.#readFd = readFd;
    this.closed = this.#read(onChunk).finally(() => {
      this.#open = false;
      closeSync(readFd);
    });
  }

  /** Returns when all that lies in the pipe now has been handed on, or the pipe is at its end. */
  async drain(): Promise<void> {
    // The runtime reads in its event loop, on this thread: an empty pipe and one more turn mean that all was handed on.
    while (this.#open && bytesInPipe(this.#readFd) > 0) await nextTurn();
    if (this.#open) await nextTurn();
  }

  /** A chunk's memory is let go at once and serves the next: left to the collector, much output takes 25 MiB more and ever new pages. */
  async #read(onChunk: (chunk: Uint8Array) => void): Promise<void> {
    const reader = Bun.file(this.#readFd).stream().getReader();
    let untilGrown = MUCH_BYTES;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onChunk(value);
      if (value.buffer.byteLength === value.length) value.buffer.transfer(0); // it is the chunk's alone
      if (untilGrown > 0 && (untilGrown -= value.length) <= 0) growPipe(this.#readFd, MUCH_BYTES);
    }
  }
}

/** One more turn of the event loop, in which the runtime reads what is there. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
