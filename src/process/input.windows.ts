// The open stdin of a command on Windows. Whether somebody waits for it can't be seen there.

import type { FileSink } from "bun";
import { type CommandInput, InputQueue } from "./input.ts";

export class SinkInput implements CommandInput {
  readonly #queue = new InputQueue();
  readonly #sink: FileSink;
  #ended = false;

  constructor(sink: FileSink) {
    this.#sink = sink;
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
        this.close(); // nobody holds its other end any more
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
    if (this.#ended) return;
    this.#ended = true;
    void Promise.resolve(this.#sink.end()).catch(() => {});
  }

  isAwaited(): boolean {
    return false;
  }
}
