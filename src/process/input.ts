// The open stdin of a command: what is written queues up here in order, never blocks, and waits for the command to read.

import type { FileSink } from "bun";

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

/** Through a sink of the runtime's. Whether somebody waits for it can't be seen of that alone. */
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

  get ended(): boolean {
    return this.#ended;
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
    if (this.#ended) return;
    this.#ended = true;
    void Promise.resolve(this.#sink.end()).catch(() => {});
  }

  isAwaited(_pids: number[], _atPrompt: boolean): boolean {
    return false;
  }
}
