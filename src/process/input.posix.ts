// The open stdin of a command on a pipe of ours.

import { closeSync, readlinkSync } from "node:fs";
import { SinkInput } from "./input.ts";
import { bytesInPipe } from "./libc.ts";
import { isReadBy, type Source } from "./reading.ts";
import { takesLinuxWays } from "./system.ts";

export class PipeInput extends SinkInput {
  readonly #writeFd: number;
  readonly #source: Source | undefined;

  /** Takes the write end of a pipe, which must not block. */
  constructor(writeFd: number) {
    super(Bun.file(writeFd).writer({ highWaterMark: 1 })); // of a duplicate of its own
    this.#writeFd = writeFd;
    this.#source = sourceOf(writeFd);
  }

  override close(): void {
    if (this.ended) return;
    super.close();
    closeSync(this.#writeFd);
  }

  override isAwaited(pids: number[]): boolean {
    if (this.ended || !this.#source || this.queuedBytes > 0 || bytesInPipe(this.#writeFd) > 0) return false;
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
