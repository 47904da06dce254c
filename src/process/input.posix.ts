// The open stdin of a command on a pipe of ours.

import { closeSync, readlinkSync } from "node:fs";
import { type CommandInput, InputQueue } from "./input.ts";
import { bytesInPipe } from "./libc.ts";
import { isReadBy, type Source } from "./reading.ts";
import { takesLinuxWays } from "./system.ts";

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
  if (!takesLinuxWays) return undefined;
  try {
    return { links: [readlinkSync(`/proc/self/fd/${fd}`)] };
  } catch {
    return undefined; // no such thing on this system
  }
}
