// Cards of tasks that have ended. Making a file costs as much as a short task does: those of a burst are written when it is over.

import { existsSync } from "node:fs";
import { messageOf } from "../errors.ts";
import { type Home, storePath } from "../home.ts";
import { writeCard } from "../store/card.ts";
import type { Store } from "../store/open.ts";
import type { TaskId } from "../task.ts";
import { trace } from "./trace.ts";

/** Beside a task that ran so long, its card costs nothing. */
const LONG_MS = 50;
const MOST_WAITING = 1_000;

export class Cards {
  readonly #home: Home;
  readonly #store: () => Store;
  #waiting: TaskId[] = [];

  constructor(home: Home, store: () => Store) {
    this.#home = home;
    this.#store = store;
  }

  ended(id: TaskId, durationMs: number): void {
    this.#waiting.push(id);
    if (durationMs >= LONG_MS || this.#waiting.length >= MOST_WAITING) setImmediate(() => this.write()); // behind who waits
  }

  /** Nothing depends on it: a store that can't be opened now leaves the cards as they are. */
  write(): void {
    try {
      const ids = this.#waiting.splice(0);
      if (ids.length === 0 || !existsSync(storePath(this.#home))) return; // a home that was removed is not made again
      const store = this.#store();
      for (const id of ids) writeCard(this.#home, store, id);
    } catch (error) {
      trace(`the cards of ended tasks can't be written: ${messageOf(error)}`);
    }
  }
}
