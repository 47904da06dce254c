// The open stdin of a command: what is written queues up here in order, never blocks, and waits for the command to read.

import { closeSync, readlinkSync } from "node:fs";
import { bytesInPipe } from "./libc.ts";
import { isReadBy, type Source } from "./reading.ts";

export interface CommandInput {
  /** Bytes that the command's pipe or terminal had no room for yet. */
  readonly queuedBytes: number;
  /** Resolves true once the pipe or terminal has taken them, false when the command has closed its stdin, or it was ended here. */
  write(bytes: Uint8Array): Promise<boolean>;
  /** Says that nothing more will come, after all that was written. False as above. */
  end(): Promise<boolean>;
  /** The command has ended: lets go of everything. */
  close(): void;
  /** Whether one of the processes is blocked reading it, as far as can be seen. `atPrompt`: the last line printed is unfinished. */
  isAwaited(pids: number[], atPrompt: boolean): boolean;
  /** Only a terminal has a size. */
  resize?(cols: number, rows: number): void;
}

/** One write after another. */
export class InputQueue {
  queuedBytes = 0;
  #last: Promise<boolean> = Promise.resolve(true);

  /** `put` gives false once nothing can be written any more; then it is not called again. */
  add(bytes: number, put: () => Promise<boolean>): Promise<boolean> {
    this.queuedBytes += bytes;
    this.#last = this.#last
      .then((open) => open && put())
      .finally(() => {
        this.queuedBytes -= bytes;
      });
    return this.#last;
  }
}

export class PipeInput implements CommandInput {
  readonly #queue = new InputQueue();
  readonly #sink: Bun.FileSink;
  readonly #writeFd: number;
  readonly #source: Source | undefined;
  #ended = false;
  #closed = false;

  /** Takes the write end of a pipe, which must not block. */
  constructor(writeFd: number) {
    this.#writeFd = writeFd;
    this.#source = sourceOf(writeFd);
    this.#sink = Bun.file(writeFd).writer({ highWaterMark: 1 }); // of a duplicate of its own
  }

  get queuedBytes(): number {
    return this.#queue.queuedBytes;
  }

  write(bytes: Uint8Array): Promise<boolean> {
    return this.#queue.add(bytes.length, async () => {
      if (this.#ended) return false;
      try {
        await this.#sink.write(bytes);
        await this.#sink.flush();
        return true;
      } catch {
        this.close(); // EPIPE: nobody holds its other end any more
        return false;
      }
    });
  }

  end(): Promise<boolean> {
    return this.#queue.add(0, async () => {
      if (this.#ended) return false;
      this.close();
      return true;
    });
  }

  close(): void {
    this.#ended = true;
    if (this.#closed) return;
    this.#closed = true;
    void Promise.resolve(this.#sink.end()).catch(() => {});
    closeSync(this.#writeFd);
  }

  isAwaited(pids: number[]): boolean {
    if (this.#closed || !this.#source || this.queuedBytes > 0 || bytesInPipe(this.#writeFd) > 0) return false;
    const source = this.#source;
    return pids.some((pid) => isReadBy(pid, source));
  }
}

function sourceOf(fd: number): Source | undefined {
  try {
    return { links: [readlinkSync(`/proc/self/fd/${fd}`)] };
  } catch {
    return undefined; // no such thing on this system
  }
}
