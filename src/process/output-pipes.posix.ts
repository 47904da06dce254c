// The two pipes that a command prints into, and who reads them. Most commands leave nobody behind who could print any more: then their
// pipes serve the next one, which saves a third of the system calls between two short tasks and two wake-ups of the runtime's threads.

import { closeSync, constants, openSync } from "node:fs";
import { GIVEN } from "./given.ts";
import { bytesInPipe, closeOnExec, growPipe, isHungUp, openPipe } from "./libc.ts";
import { PIPE_BYTES, PipeReader, readWaiting, type Sink } from "./pipe.posix.ts";
import { takesLinuxWays } from "./system.ts";

type Pipe = ReturnType<typeof openPipe>;

export class OutputPipes {
  /** Unheld, empty, and listened at. */
  static #spare: OutputPipes | undefined;

  /** Resolves when nobody can print any more. */
  closed: Promise<void>;
  readonly #pipes: [Pipe, Pipe];
  #readers: PipeReader[] = [];
  #read: (Uint8Array | undefined)[];
  #resolveClosed = () => {};

  /** `read`: what was read from them by now. */
  private constructor(pipes: [Pipe, Pipe], read: (Uint8Array | undefined)[] = []) {
    this.#pipes = pipes;
    this.#read = read;
    this.closed = Promise.resolve();
  }

  /** Those of the command before, or new ones. */
  static take(): OutputPipes {
    const taken = OutputPipes.#spare;
    OutputPipes.#spare = undefined;
    return taken ?? new OutputPipes(openBoth());
  }

  /** Those of a command that was started together with this process: from here on it prints. */
  static given(fillerBytes: number): OutputPipes {
    const pipes: [Pipe, Pipe] = [GIVEN.stdout, GIVEN.stderr].map((pipe) => ({ ...pipe })) as [Pipe, Pipe];
    for (const fd of pipes.flatMap(({ readFd, writeFd }) => [readFd, writeFd])) closeOnExec(fd);
    const block = new Uint8Array(fillerBytes); // one for both: they are pages of every supervisor
    const read = pipes.map(({ readFd }) => readFiller(readFd, block));
    for (const { readFd } of pipes) growPipe(readFd, PIPE_BYTES);
    return new OutputPipes(pipes, read);
  }

  /** No command follows: those that were kept for one are closed. */
  static closeSpare(): void {
    OutputPipes.#spare?.close();
    OutputPipes.#spare = undefined;
  }

  /** What a command gets as its stdout and its stderr. */
  get writeFds(): [number, number] {
    return [this.#pipes[0].writeFd, this.#pipes[1].writeFd];
  }

  /** Once the command runs. */
  serve(sinks: [Sink, Sink]): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    if (this.#readers.length > 0) {
      for (const [at, sink] of sinks.entries()) this.#readers[at]?.serve(sink);
      return;
    }
    for (const [at, sink] of sinks.entries()) {
      const read = this.#read[at];
      if (read) sink.onChunk(read);
      this.#readers.push(new PipeReader(this.#pipes[at]?.readFd ?? -1, sink, this.#readers));
    }
    void Promise.all(this.#readers.map((reader) => reader.closed)).finally(() => this.#resolveClosed());
  }

  /** Returns when all that lies in the pipes now has been handed on. */
  async drain(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.drain()));
  }

  /** The command has ended: whoever else holds the pipes may go on. With nobody there they are kept for a command that follows. */
  leave(oneFollows: boolean): void {
    for (const { writeFd } of this.#pipes) closeSync(writeFd);
    if (!oneFollows || OutputPipes.#spare || !this.#isUnused() || !this.#reopen()) return;
    OutputPipes.#spare = this;
    this.#resolveClosed();
  }

  /** No command runs with them. */
  close(): void {
    for (const { writeFd } of this.#pipes) closeSync(writeFd);
    if (this.#readers.length === 0) for (const { readFd } of this.#pipes) closeSync(readFd);
  }

  #isUnused(): boolean {
    if (!takesLinuxWays || !this.#readers.every((reader) => reader.idle)) return false;
    return this.#pipes.every(({ readFd }) => isHungUp(readFd) && bytesInPipe(readFd) === 0);
  }

  /** Before the runtime has looked: it finds the pipes as it left them (proc_pid_fd(5); epoll(7) asks anew what it reports). */
  #reopen(): boolean {
    const opened: number[] = [];
    try {
      for (const { readFd } of this.#pipes) opened.push(openSync(`/proc/self/fd/${readFd}`, constants.O_WRONLY));
    } catch {
      for (const fd of opened) closeSync(fd);
      return false;
    }
    for (const [at, pipe] of this.#pipes.entries()) pipe.writeFd = opened[at] ?? -1;
    return true;
  }
}

/** What lies there in its stead where the command has read it, or a part of it, from its own stdout (/dev/stdout). */
function readFiller(readFd: number, block: Uint8Array): Uint8Array | undefined {
  const count = readWaiting(readFd, block);
  const printed = block.findIndex((byte, at) => byte !== 0 && at < count);
  return printed < 0 ? undefined : block.slice(printed, count);
}

/** Both or none: a supervisor that is short of descriptors must not lose more with each task. */
function openBoth(): [Pipe, Pipe] {
  const first = openPipe("read");
  try {
    return [first, openPipe("read")];
  } catch (error) {
    closeSync(first.readFd);
    closeSync(first.writeFd);
    throw error;
  }
}
