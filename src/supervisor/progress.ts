// Keeps the progress of a running task in its row: looked at in its output at most once a second, written only when it changed.
// A task that prints nothing costs nothing.

import { ProgressReader, sameProgress } from "../output/progress.ts";
import type { Progress } from "../task.ts";

const BETWEEN_MS = 1_000;
/** What a burst of output ends with is what counts; and a command that ends sooner costs no look. */
const BURST_MS = 100;

export class ProgressKeeper {
  readonly #reader = new ProgressReader();
  readonly #record: (progress: Progress) => void;
  #timer: Timer | undefined;
  #lookedMs = -BETWEEN_MS;
  #last: Progress | undefined;

  constructor(record: (progress: Progress) => void) {
    this.#record = record;
  }

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#look()) this.#record(this.#last ?? {});
      },
      Math.max(BURST_MS, this.#lookedMs + BETWEEN_MS - performance.now()),
    );
  }

  /** Stops looking. The last progress, when there is any. */
  end(): Progress | undefined {
    clearTimeout(this.#timer);
    if (this.#timer && this.#last) this.#look();
    return this.#last;
  }

  /** True when it has changed. */
  #look(): boolean {
    this.#lookedMs = performance.now();
    const now = this.#reader.read();
    if (!now || sameProgress(now, this.#last)) return false;
    this.#last = now;
    return true;
  }
}
