// Whoever waits in the queue depends on supervisors of other tasks: this notices when one of them dies and sees to it that the
// queue goes on. One per process, however many tasks are waited for. Event-driven: held connections and watched directories.

import { existsSync } from "node:fs";
import { messageOf } from "../errors.ts";
import { controlPath, type Home, storePath, taskDir } from "../home.ts";
import type { Store } from "../store/open.ts";
import { getSlotHolders } from "../store/read.ts";
import { isTerminal, type Task } from "../task.ts";
import { accompany, NotListening } from "./client.ts";
import { overdueInMs, recoverDead, RESERVATION_MS } from "./recover.ts";
import { trace } from "./trace.ts";
import { untilDirectoryChanges } from "./watch.ts";

/** A supervisor listens moments after its claim, and is claimed anew moments after it stops. */
const BETWEEN_MS = 1_000;
/** More than a supervisor at the end of a queue keeps its slot for whoever comes. */
const BEGINS_AFTER_MS = 50;
/** Who was not listened to a moment ago is asked again. */
const REFUSED_MS = 50;
/** Of who starts many tasks one after the other. */
const BETWEEN_LOOKS_MS = 50;

export class Vigil {
  readonly #home: Home;
  readonly #store: () => Store;
  readonly #held = new Map<string, AbortController>();
  #keepers = 0;
  #beginning: ReturnType<typeof setTimeout> | undefined;
  #lookedLately = false;
  #looking = Promise.resolve();
  #lookAgain = false;
  #willLook = false;

  constructor(home: Home, store: () => Store) {
    this.#home = home;
    this.#store = store;
  }

  /** Keeps the vigil until the returned function is called. It begins in a moment: who waits for less has woken nobody. */
  keep(): () => void {
    this.#keepers += 1;
    if (this.#keepers === 1) this.#beginning = setTimeout(() => void this.#begin(), BEGINS_AFTER_MS);
    return () => {
      this.#keepers -= 1;
      if (this.#keepers > 0) return;
      clearTimeout(this.#beginning);
      for (const held of this.#held.values()) held.abort();
      this.#held.clear();
    };
  }

  /**
   * Looks after what dead supervisors have left. Of many calls one after the other only the first does it now: the others share what it
   * does, and for them it is done once more, soon. A look costs a read of /proc for each running task.
   */
  async look(): Promise<void> {
    if (this.#lookedLately) {
      this.#lookAgain = true;
      return await this.#looking;
    }
    this.#lookedLately = true;
    this.#lookAgain = false;
    this.#lookLater();
    this.#looking = recoverDead(this.#home, this.#store());
    try {
      await this.#looking;
    } catch (error) {
      this.#lookedLately = false; // who comes now looks anew
      throw error;
    }
  }

  /** The same, for who has done by now what it was asked for: what goes wrong is traced, and left to the next who looks. */
  async lookBesides(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      trace(`while looking for dead supervisors: ${messageOf(error)}`);
    }
  }

  /** The same, but behind what somebody waits for now. Not in a process that leaves before. */
  lookSoon(): void {
    this.#lookAgain = true;
    this.#lookLater();
  }

  /** If anybody asks meanwhile, and the home has not been removed: this makes none again. */
  #lookLater(): void {
    if (this.#willLook) return;
    this.#willLook = true;
    setTimeout(() => {
      this.#willLook = false;
      this.#lookedLately = false;
      if (this.#lookAgain && existsSync(storePath(this.#home))) void this.lookBesides();
    }, BETWEEN_LOOKS_MS).unref();
  }

  async #begin(): Promise<void> {
    try {
      await recoverDead(this.#home, this.#store());
      this.#refresh();
    } catch (error) {
      trace(`while beginning to watch over those who hold slots: ${messageOf(error)}`);
      if (this.#keepers > 0) this.#beginning = setTimeout(() => void this.#begin(), BETWEEN_MS);
    }
  }

  /** Begins to look after every slot holder that is not looked after yet. */
  #refresh(): void {
    if (this.#keepers === 0) return;
    for (const task of getSlotHolders(this.#store())) {
      const key = task.supervisor ? `${task.supervisor.pid} ${task.supervisor.startedAt}` : task.id;
      if (this.#held.has(key)) continue;
      const until = new AbortController();
      this.#held.set(key, until);
      void this.#attend(task, key, until).catch((error: unknown) => {
        trace(`while watching over task ${task.id}: ${messageOf(error)}`);
      });
    }
  }

  /** Looks after one slot holder until something has become of it, and then after who holds slots by then. */
  async #attend(task: Task, key: string, until: AbortController): Promise<void> {
    try {
      await this.#watch(task, until.signal);
    } finally {
      if (this.#held.get(key) === until) this.#held.delete(key);
    }
    if (until.signal.aborted) return;
    await recoverDead(this.#home, this.#store());
    this.#refresh();
  }

  /** Resolves when the task's supervisor is gone, or, where none has come yet, when one comes or is overdue. */
  async #watch(task: Task, signal: AbortSignal): Promise<void> {
    try {
      // One that has kept the slot of an ended task may have been stopped, and that slot can be taken from it.
      const enough = isTerminal(task.status)
        ? AbortSignal.any([signal, AbortSignal.timeout(RESERVATION_MS + 1)])
        : signal;
      await accompany(this.#home, task.id, enough);
    } catch (error) {
      if (!(error instanceof NotListening)) throw error;
      const listens = () => existsSync(controlPath(this.#home, task.id));
      if (listens()) await Bun.sleep(REFUSED_MS); // a socket that nobody has removed, as nothing can be written now
      const overdueMs = overdueInMs(this.#home, task) ?? BETWEEN_MS;
      await untilDirectoryChanges(taskDir(this.#home, task.id), signal, listens, overdueMs);
    }
  }
}
