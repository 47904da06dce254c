// What is seen in the course of a trial, from outside: the store's rows and the logs as they stand, what was answered, what was struck.
// What must never be, at any moment, is said at once; the rest is judged at the end (judge.ts).

import { Database } from "bun:sqlite";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TaskRow } from "../../src/store/row.ts";
import type { Fault } from "./chaos.ts";
import { MAX_TASKS } from "./clients.ts";
import type { Place } from "./targets.ts";
import { statOf } from "./targets.ts";

export const INVARIANTS = {
  "row of each start": "every accepted start has a row",
  "one true end": "every task reaches one terminal status, which is the true one",
  "runs once": "no command is run twice",
  "live supervisor": "no task is shown as working once its supervisor is known to be dead",
  "output as witnessed": "output equals what the witness wrote, up to the last chunk before a supervisor was killed",
  "log only grows": "what a log held it holds",
  "no process left": "no process is left",
  "no slot leaks":
    "slots are held by queued and working tasks, and for moments by ended ones, never more than allowed, and none at the end",
  "terminal stays": "a terminal status never changes",
  "calls are answered": "who is not killed answers, and tells of an end whoever waits for it",
  "no secret left": "no environment lies beside a task that is not queued",
} as const;
export type Invariant = keyof typeof INVARIANTS;

export interface Violation {
  invariant: Invariant;
  task?: string | undefined;
  what: string;
}

export const isTerminal = (status: string) => status !== "queued" && status !== "working";

/** What of a row may not change any more once its status is terminal. */
const ending = (row: TaskRow) =>
  JSON.stringify([row.status, row.exit_code, row.signal, row.reason, row.finished_at_ms, row.output_bytes]);

export class Ledger {
  readonly violations: Violation[] = [];
  /** Processes that are left and that no reader could have known for a task's. */
  readonly beyondFinding: number[] = [];
  readonly accepted = new Set<string>();
  readonly cancelled = new Set<string>();
  readonly endings = new Map<string, string>();
  /** When a task's end was first seen here. */
  readonly endedAtMs = new Map<string, number>();
  readonly logBytes = new Map<string, number>();
  readonly events = new Map<string, number>();
  readonly #place: Place;
  readonly #log: string;
  #store: Database | undefined;

  constructor(place: Place, log: string) {
    this.#place = place;
    this.#log = log;
  }

  count(event: string): void {
    this.events.set(event, (this.events.get(event) ?? 0) + 1);
  }

  violated(invariant: Invariant, task: string | undefined, what: string): void {
    this.violations.push({ invariant, task, what });
  }

  get store(): Database {
    this.#store ??= new Database(join(this.#place.home, "backburner.db"), { readwrite: true });
    this.#store.run("PRAGMA busy_timeout = 30000");
    return this.#store;
  }

  rows(): TaskRow[] {
    return this.store.query<TaskRow, []>("SELECT * FROM tasks ORDER BY seq").all();
  }

  row(id: string): TaskRow | undefined {
    return this.store.query<TaskRow, [string]>("SELECT * FROM tasks WHERE id = ?").get(id) ?? undefined;
  }

  faults(): Fault[] {
    try {
      const lines = readFileSync(this.#log, "utf8").trim().split("\n");
      return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Fault);
    } catch {
      return [];
    }
  }

  /** A start was answered with this id. */
  accept(id: string): void {
    this.accepted.add(id);
    if (!this.row(id)) this.violated("row of each start", id, "it was accepted and has no row");
  }

  /** Somebody who was asked at `askedAtMs` has shown the task as working. */
  shownWorking(id: string, askedAtMs: number): void {
    const row = this.row(id);
    if (row?.status !== "working" || row.supervisor_pid === null) return;
    const { supervisor_pid: pid, supervisor_started: startedAt } = row;
    const now = statOf(pid);
    if (now.state !== undefined && now.startedAt === startedAt) return;
    const killed = this.faults().find((one) => one.pid === pid && one.startedAt === startedAt && one.signal === "KILL");
    if (killed && killed.atMs + DYING_MS < askedAtMs)
      this.violated(
        "live supervisor",
        id,
        `its supervisor ${pid} was killed ${askedAtMs - killed.atMs} ms before the question`,
      );
  }

  /** Looks at everything that must hold at any moment. */
  look(): void {
    let held = 0;
    const ids = new Set<string>();
    for (const row of this.rows()) {
      ids.add(row.id);
      held += row.slot;
      const ended = isTerminal(row.status);
      if (row.slot === 1 && Date.now() - (this.endedAtMs.get(row.id) ?? Date.now()) > SLOT_KEPT_MS)
        this.violated("no slot leaks", row.id, `it is ${row.status} and holds a slot`);
      if (row.slot === 0 && row.status === "working")
        this.violated("no slot leaks", row.id, "it is working without a slot");
      const before = this.endings.get(row.id);
      if (before !== undefined && before !== ending(row))
        this.violated("terminal stays", row.id, `it was ${before} and is ${ending(row)}`);
      if (ended) {
        if (before === undefined) this.endings.set(row.id, ending(row));
        if (!this.endedAtMs.has(row.id)) this.endedAtMs.set(row.id, Date.now());
      }
      if (before === undefined) this.lookAtLog(row.id);
    }
    if (held > MAX_TASKS)
      this.violated("no slot leaks", undefined, `${held} slots are held, and ${MAX_TASKS} are allowed`);
    for (const id of this.accepted)
      if (!ids.has(id)) this.violated("row of each start", id, "it was accepted and has no row any more");
  }

  lookAtLog(id: string): void {
    const bytes = statSync(join(this.#place.home, "tasks", id, "output.log"), { throwIfNoEntry: false })?.size ?? 0;
    const before = this.logBytes.get(id) ?? 0;
    if (bytes < before) this.violated("log only grows", id, `its log had ${before} bytes and has ${bytes}`);
    this.logBytes.set(id, Math.max(before, bytes));
  }
}

/** A supervisor keeps the slot of an ended task for moments; the next reader takes it back from one that was killed or stopped meanwhile. */
const SLOT_KEPT_MS = 20_000;
/** From SIGKILL until the process is nobody any more, on a busy machine. */
const DYING_MS = 1_000;
