// The starts and ends of tasks as a stream. There is no log of events: they are read from the rows, which say when a task started and
// when it ended. So none is ever lost or written twice; a task that was pruned has taken its events along.

import { changesOf, getAfter, getAt, getLive, getWithEventSince, inOneLook, lastSeq } from "../store/events.ts";
import { recoverDead } from "../supervisor/recover.ts";
import { untilDirectoryChanges } from "../supervisor/watch.ts";
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
  while (!signal.aborted) {
    const before = changesOf(app.store);
    const happened = journal.next();
    yield* happened;
    // A killed supervisor writes nothing: whoever holds its task's connection finds out and records it.
    for (const task of journal.working()) {
      if (attended.has(task.id)) continue;
      attended.add(task.id);
      const done = () => attended.delete(task.id);
      wait(app, { tasks: [task.id], until: "all", signal }).then(done, done);
    }
    await untilStoreChanges(app, before, signal);
  }
}

/** The log of SQLite is written a moment before the commit can be read: then it is looked at again, a few times. */
const AFTER_WRITE_MS = [1, 5, 25, 100];

/** Resolves when another process has committed something. Every commit goes through a file in the home. */
async function untilStoreChanges(app: App, before: number, signal: AbortSignal): Promise<void> {
  const changed = () => changesOf(app.store) !== before;
  await untilDirectoryChanges(app.config.home, signal, changed);
  for (const stepMs of AFTER_WRITE_MS) {
    if (changed() || signal.aborted) return;
    await Bun.sleep(stepMs);
  }
}

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
