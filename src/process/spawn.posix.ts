// Starts a task's command on pipes of ours: its own session and process group; stdin at the null device unless it is to be fed.

import { closeSync } from "node:fs";
import type { Outcome } from "../task.ts";
import { PipeInput } from "./input.posix.ts";
import { bytesInPipe, growPipe, openPipe } from "./libc.ts";
import { outcomeOf } from "./outcome.ts";
import type { Spawned, SpawnRequest } from "./spawn.ts";

/** Throws what Bun.spawn throws: ENOENT for a missing program or directory, EACCES, EAGAIN. */
export function spawnCommand(request: SpawnRequest): Spawned {
  // Pipes of our own: what Bun.spawn calls a pipe is a socket, which a command can't open by name ("echo x >/dev/stderr").
  const { stdout, stderr, stdin } = openPipes(request.openStdin);
  const { promise: exited, resolve } = Promise.withResolvers<Outcome>();
  let pid: number;
  try {
    ({ pid } = withUmask(request.umask, () =>
      Bun.spawn([...request.shell, request.command], {
        cwd: request.cwd,
        env: request.env,
        stdin: stdin?.readFd ?? "ignore",
        stdout: stdout.writeFd,
        stderr: stderr.writeFd,
        detached: true, // setsid(2)
        onExit: (_, exitCode, signal) => resolve(outcomeOf(exitCode, signal)),
      }),
    ));
  } catch (error) {
    closeSync(stdout.readFd);
    closeSync(stderr.readFd);
    if (stdin) closeSync(stdin.writeFd);
    throw error;
  } finally {
    closeSync(stdout.writeFd);
    closeSync(stderr.writeFd);
    if (stdin) closeSync(stdin.readFd);
  }
  const readers = [
    new PipeReader(stdout.readFd, (chunk) => request.onOutput("stdout", chunk)),
    new PipeReader(stderr.readFd, (chunk) => request.onOutput("stderr", chunk)),
  ];
  const drain = async () => {
    for (const reader of readers) await reader.drain();
  };
  return {
    pid,
    exited,
    closed: Promise.all(readers.map((reader) => reader.closed)).then(() => undefined),
    drain,
    catchUp: drain,
    ...(stdin && { input: new PipeInput(stdin.writeFd) }),
  };
}

/** All of them or none: a supervisor that is short of descriptors must not lose more with each task. */
function openPipes(withStdin: boolean) {
  const opened: ReturnType<typeof openPipe>[] = [];
  const open = (ours: "read" | "write") => {
    const pipe = openPipe(ours);
    opened.push(pipe);
    return pipe;
  };
  try {
    return { stdout: open("read"), stderr: open("read"), stdin: withStdin ? open("write") : undefined };
  } catch (error) {
    for (const { readFd, writeFd } of opened) {
      closeSync(readFd);
      closeSync(writeFd);
    }
    throw error;
  }
}

/** Bun.spawn knows no umask; nothing else runs between these lines. */
export function withUmask<T>(umask: number, body: () => T): T {
  const own = process.umask(umask);
  try {
    return body();
  } finally {
    process.umask(own);
  }
}

/** A command that prints so much gets a pipe of that size. */
const MUCH_BYTES = 1024 * 1024;

/** Reads one pipe to its end and closes it. */
class PipeReader {
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
