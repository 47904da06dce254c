// Cards of tasks that have ended. Making a file costs as much as a short task does: those of a burst are written when it is over.

import { messageOf } from "../errors.ts";
import type { Home } from "../home.ts";
import { writeCard } from "../store/card.ts";
import { isCurrent, type Store } from "../store/open.ts";
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
      const store = this.#store();
      if (ids.length > 0 && isCurrent(this.#home, store)) for (const id of ids) writeCard(this.#home, store, id);
    } catch (error) {
      trace(`the cards of ended tasks can't be written: ${messageOf(error)}`);
    }
  }
}
