// The starts and ends of tasks as a stream. There is no log of events: they are read from the rows, which say when a task started and
// when it ended. So none is ever lost or written twice; a task that was pruned has taken its events along.

import { changesOf, getAfter, getAt, getLive, getWithEventSince, inOneLook, lastSeq } from "../store/events.ts";
import { recoverDead } from "../supervisor/recover.ts";
import { tryWatch } from "../supervisor/watch.ts";
import { isTerminal, type Task } from "../task.ts";
import type { App } from "./app.ts";
import { wait } from "./wait.ts";

export interface Event {
  event: "started" | "ended";
  atMs: number;
  /** As it is now: of a start, it may have ended meanwhile. */
  task: Task;
}

export interface EventsRequest {
  /** From this instant on; `undefined`: from the first that is kept, and when following from now. */
  sinceMs?: number | undefined;
  /** Goes on for ever. */
  follow: boolean;
  signal?: AbortSignal | undefined;
}

/** In the order they happened; when following, each as soon as it is recorded, and each once. */
export async function* events(app: App, request: EventsRequest): AsyncGenerator<Event, void> {
  const { sinceMs = request.follow ? Number.POSITIVE_INFINITY : 0, follow, signal } = request;
  await recoverDead(app.config.home, app.store);
  const journal = new Journal(app);
  yield* journal.past(sinceMs);
  if (follow) yield* followed(app, journal, signal ?? new AbortController().signal);
}

async function* followed(app: App, journal: Journal, signal: AbortSignal): AsyncGenerator<Event, void> {
  const attended = new Set<string>();
  let stirred = Promise.withResolvers<void>();
  let isStirred = false;
  const stir = () => {
    isStirred = true;
    stirred.resolve();
  };
  const watcher = tryWatch(app.config.home, stir); // every commit goes through a file in the home
  signal.addEventListener("abort", stir, { once: true });
  try {
    let seen = "";
    for (let looks = 0; !signal.aborted; looks += 1) {
      const changes = changesOf(app.store);
      if (changes !== seen) yield* journal.next();
      seen = changes;
      // A killed supervisor writes nothing: whoever holds its task's connection finds out and records it.
      for (const { id } of journal.working()) {
        if (attended.has(id)) continue;
        attended.add(id);
        const done = () => attended.delete(id);
        wait(app, { tasks: [id], until: "all", signal }).then(done, done);
      }
      const againMs = AFTER_WRITE_MS[looks] ?? (watcher ? undefined : UNWATCHED_MS);
      await (againMs === undefined ? stirred.promise : Promise.race([stirred.promise, Bun.sleep(againMs)]));
      if (!isStirred) continue;
      isStirred = false;
      stirred = Promise.withResolvers<void>();
      looks = -1;
    }
  } finally {
    watcher?.close();
    signal.removeEventListener("abort", stir);
  }
}

/** SQLite writes its log a moment before the commit can be read, and that writer may have to wait for the processor: after each write we look again, a few times. */
const AFTER_WRITE_MS = [1, 5, 25, 100, 1_000];
const UNWATCHED_MS = 1_000;

/** Knows the tasks whose end it has not told, and the newest: as rows are added one after the other, nothing is missed between two looks. */
class Journal {
  readonly #app: App;
  #lastSeq = 0;
  readonly #open = new Map<number, { started: boolean }>();
  #working: Task[] = [];

  constructor(app: App) {
    this.#app = app;
  }

  /** What has happened up to now, from an instant on. */
  past(sinceMs: number): Event[] {
    const { store } = this.#app;
    return inOneLook(store, () => {
      const happened = Number.isFinite(sinceMs) ? getWithEventSince(store, sinceMs) : [];
      this.#lastSeq = lastSeq(store);
      for (const { seq, task } of getLive(store)) this.#open.set(seq, { started: task.startedAtMs !== undefined });
      return ordered(happened.flatMap(({ task }) => eventsOf(task)).filter(({ atMs }) => atMs >= sinceMs));
    });
  }

  /** What has happened since the last look. */
  next(): Event[] {
    const { store } = this.#app;
    const places = [...this.#open.keys()];
    const rows = inOneLook(store, () => [...getAt(store, places), ...getAfter(store, this.#lastSeq)]);
    const happened: Event[] = [];
    this.#working = [];
    for (const { seq, task } of rows) {
      this.#lastSeq = Math.max(this.#lastSeq, seq);
      const told = this.#open.get(seq)?.started === true;
      happened.push(...eventsOf(task).filter(({ event }) => !told || event === "ended"));
      if (isTerminal(task.status)) this.#open.delete(seq);
      else this.#open.set(seq, { started: task.startedAtMs !== undefined });
      if (task.status === "working") this.#working.push(task);
    }
    return ordered(happened);
  }

  /** Tasks that ran at the last look. */
  working(): Task[] {
    return this.#working;
  }
}

function eventsOf(task: Task): Event[] {
  const found: Event[] = [];
  if (task.startedAtMs !== undefined) found.push({ event: "started", atMs: task.startedAtMs, task });
  if (task.finishedAtMs !== undefined) found.push({ event: "ended", atMs: task.finishedAtMs, task });
  return found;
}

function ordered(happened: Event[]): Event[] {
  return happened.toSorted((one, other) => one.atMs - other.atMs); // stable: a start stands before its end
}
