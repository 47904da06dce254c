// How long a task may run, and how long it may be silent. Costs nothing while the command prints: the idle timer is not moved with
// each chunk, it looks at the last output when it fires and is set again for the rest.

import type { Task } from "../task.ts";
import { LONGEST_TIMER_MS } from "../timer.ts";

export class Limits {
  readonly #reached: (reason: string) => void;
  readonly #startedMs = performance.now();
  #heardMs = this.#startedMs;
  #timers: { run?: Timer; idle?: Timer } = {};

  /** Begins to count. `reached` is told why the task is to be ended; it may be told again when both limits are reached. */
  constructor(task: Task, reached: (reason: string) => void) {
    this.#reached = reached;
    if (task.timeoutMs !== undefined) this.#watchRun(task.timeoutMs);
    if (task.idleTimeoutMs !== undefined) this.#watchSilence(task.idleTimeoutMs);
  }

  /** The command has just printed something. */
  heard(): void {
    this.#heardMs = performance.now();
  }

  clear(): void {
    clearTimeout(this.#timers.run);
    clearTimeout(this.#timers.idle);
  }

  #watchRun(timeoutMs: number): void {
    const restMs = this.#startedMs + timeoutMs - performance.now();
    if (restMs <= 0) return this.#reached(`it ran longer than its timeout of ${timeoutMs / 1000} s`);
    this.#timers.run = setTimeout(() => this.#watchRun(timeoutMs), step(restMs));
  }

  #watchSilence(idleMs: number): void {
    const restMs = this.#heardMs + idleMs - performance.now();
    if (restMs > 0) {
      this.#timers.idle = setTimeout(() => this.#watchSilence(idleMs), step(restMs));
      return;
    }
    // A process that was held up (SIGSTOP, load) has its timer before the output that waits in the pipe: one turn to read that.
    this.#timers.idle = setTimeout(() => {
      if (this.#heardMs + idleMs > performance.now()) return this.#watchSilence(idleMs);
      this.#reached(`it printed nothing for ${idleMs / 1000} s`);
    }, ONE_TURN_MS);
  }
}

const ONE_TURN_MS = 1;

/** Rounded up, as a timer counts whole milliseconds and would fire a moment too soon. */
function step(restMs: number): number {
  return Math.min(Math.ceil(restMs), LONGEST_TIMER_MS);
}
