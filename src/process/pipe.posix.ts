// Reading a command's pipe to its end. What a quiet command prints is read by the runtime's stream; that wakes nobody while nothing comes,
// but copies and allocates. Much output is read here, all into the same memory.

import { closeSync, readSync } from "node:fs";
import { nap } from "../nap.ts";
import { bytesInPipe, growPipe } from "./libc.ts";
import { takesLinuxWays } from "./system.ts";

/**
 * A stream is bounded to so many bytes. As it reads ahead, its end alone is a moment at which we may read instead of it: what lies in the
 * pipe then, it has not touched (Bun 1.4.5 asks read(2) for no more than is left; seen on Linux alone).
 */
const STREAM_BYTES = takesLinuxWays ? 64 * 1024 : Infinity;
/** What a pipe holds (pipe(7)). A command that is found to have filled it gets a larger one, so that it goes on printing while we nap or write. */
export const PIPE_BYTES = 64 * 1024;
const MUCH_BYTES = 1024 * 1024;
/** Who prints less than that in a few naps does not print much. */
const LITTLE_BYTES = 16 * 1024;
const NAPS = 3;
/** So that a reader that is faster than the command is not woken for each of its writes. */
const NAP_MS = 0.1;
/** Then timers, sockets and signals have their turn. */
const TURN_MS = 5;
/** More than the runtime has read by now and not handed on. */
const READ_AHEAD_BYTES = 256 * 1024;
/** How long it is waited for a free descriptor: a stream reads a duplicate. */
const NO_DESCRIPTOR_MS = 20;

/** What becomes of a command's output. `block`: see SpawnRequest. */
export interface Sink {
  block: () => Uint8Array;
  onChunk: (chunk: Uint8Array) => void;
}

/** Reads one pipe to its end and closes it. */
export class PipeReader {
  readonly closed: Promise<void>;
  #open = true;
  #listens = false;
  #takes = false;
  #grown = false;
  #handedBytes = 0;
  #sink: Sink;
  readonly #readFd: number;
  readonly #all: readonly PipeReader[];

  /** `all`: those of the same command, this one too, which take turns. */
  constructor(readFd: number, sink: Sink, all: readonly PipeReader[]) {
    this.#readFd = readFd;
    this.#sink = sink;
    this.#all = all;
    this.closed = this.#read().finally(() => {
      this.#open = false;
      closeSync(readFd);
    });
  }

  /** What comes from now on is another command's. Only while it is idle. */
  serve(sink: Sink): void {
    this.#sink = sink;
  }

  /** It has handed on all that it has taken, and listens for more; nobody has printed much into its pipe. */
  get idle(): boolean {
    return this.#listens && !this.#grown;
  }

  /** Returns when all that lies in the pipe now has been handed on, or the pipe is at its end. */
  async drain(): Promise<void> {
    // The runtime reads in its event loop, on this thread: an empty pipe and one more turn mean that all was handed on.
    const enough = this.#handedBytes + READ_AHEAD_BYTES + bytesInPipe(this.#readFd); // somebody may print without end
    while (this.#open && this.#handedBytes < enough && bytesInPipe(this.#readFd) > 0) await nextTurn();
    if (this.#open) await nextTurn();
  }

  async #read(): Promise<void> {
    while (await this.#readStream()) {
      this.#takes = true;
      while (this.#takeMuch()) await nextTurn();
      this.#takes = false;
    }
  }

  /** Reads as much as a stream may; false when the pipe is at its end. A chunk's memory is let go at once and serves the next. */
  async #readStream(): Promise<boolean> {
    const reader = await this.#openStream();
    for (let left = STREAM_BYTES; left > 0;) {
      this.#listens = true;
      const { done, value } = await reader.read();
      this.#listens = false;
      if (done) return false;
      for (const other of this.#all) other.#catchUp();
      this.#handOn(value);
      left -= value.length;
      if (value.buffer.byteLength === value.length) value.buffer.transfer(0); // it is the chunk's alone
    }
    return true;
  }

  async #openStream() {
    const file = Bun.file(this.#readFd);
    for (;;) {
      try {
        return (takesLinuxWays ? file.slice(0, STREAM_BYTES) : file).stream().getReader();
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== "EMFILE" && code !== "ENFILE") throw error;
        await Bun.sleep(NO_DESCRIPTOR_MS);
        while (this.#takeMuch()) await nextTurn();
      }
    }
  }

  /** Reads for a while; false when not much comes any more. */
  #takeMuch(): boolean {
    const until = performance.now() + TURN_MS;
    do {
      const waiting = this.#napForMuch();
      if (waiting >= PIPE_BYTES) this.#grow();
      if (waiting > 0) this.#take(waiting);
      if (waiting < LITTLE_BYTES) return false;
    } while (performance.now() < until && !this.#all.some((other) => other !== this && other.#waits()));
    return true;
  }

  /** Of a command that prints much into one stream and then a line into the other, what lies here by then came first. */
  #catchUp(): void {
    if (!this.#takes) return;
    for (let left = bytesInPipe(this.#readFd), count = left; left > 0 && count > 0; left -= count)
      count = this.#take(left);
  }

  /** Hands on so many bytes that are there, or a block full of them; returns how many. */
  #take(waiting: number): number {
    const block = this.#sink.block();
    const count = readWaiting(this.#readFd, block.subarray(0, waiting));
    if (count > 0) this.#handOn(block.subarray(0, count));
    return count;
  }

  #handOn(chunk: Uint8Array): void {
    this.#handedBytes += chunk.length;
    this.#sink.onChunk(chunk);
  }

  /** Gives the command a moment to print more when there is little. Returns what waits then. */
  #napForMuch(): number {
    let waiting = bytesInPipe(this.#readFd);
    for (let naps = 0; waiting < LITTLE_BYTES && naps < NAPS; naps += 1) {
      nap(NAP_MS);
      waiting = bytesInPipe(this.#readFd);
    }
    return waiting;
  }

  #grow(): void {
    if (!this.#grown) growPipe(this.#readFd, MUCH_BYTES);
    this.#grown = true;
  }

  #waits(): boolean {
    return this.#open && bytesInPipe(this.#readFd) > 0;
  }
}

/** Returns how many bytes were there: none where somebody else was faster, as a command can open its own stdout for reading. */
export function readWaiting(readFd: number, into: Uint8Array): number {
  try {
    return readSync(readFd, into, 0, into.length, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
    throw error;
  }
}

/** One more turn of the event loop, in which the runtime reads what is there. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
