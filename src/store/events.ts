// What the stream of events asks the store. One function per statement.

import type { Task } from "../task.ts";
import type { Store } from "./open.ts";
import { tasksOf, type TaskRow } from "./row.ts";

/** A task, and where it stands in the order of insertion. */
export interface Placed {
  seq: number;
  task: Task;
}

/** Another text after each commit, of another process (data_version) or of this one (total_changes). */
export function changesOf(store: Store): string {
  const others = store.query<{ data_version: number }, []>("PRAGMA data_version").get()?.data_version;
  const own = store.query<{ n: number }, []>("SELECT total_changes() AS n").get()?.n;
  return `${others} ${own}`;
}

/** The place of the newest task, also of one that is gone; 0 without any. */
export function lastSeq(store: Store): number {
  return store.query<{ seq: number }, []>("SELECT seq FROM sqlite_sequence WHERE name = 'tasks'").get()?.seq ?? 0;
}

/** Tasks that started or ended at that instant or later, oldest first. */
export function getWithEventSince(store: Store, sinceMs: number): Placed[] {
  return store
    .query<TaskRow, [number, number]>(
      "SELECT * FROM tasks WHERE started_at_ms >= ? OR finished_at_ms >= ? ORDER BY seq",
    )
    .all(sinceMs, sinceMs)
    .flatMap(placed);
}

/** Tasks that have not ended, oldest first. */
export function getLive(store: Store): Placed[] {
  return store
    .query<TaskRow, []>("SELECT * FROM tasks WHERE status IN ('queued', 'working') ORDER BY seq")
    .all()
    .flatMap(placed);
}

/** Those at these places that are still there, oldest first. */
export function getAt(store: Store, places: number[]): Placed[] {
  return store
    .query<TaskRow, [string]>("SELECT * FROM tasks WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq")
    .all(JSON.stringify(places))
    .flatMap(placed);
}

/** Those behind that place, oldest first. */
export function getAfter(store: Store, place: number): Placed[] {
  return store.query<TaskRow, [number]>("SELECT * FROM tasks WHERE seq > ? ORDER BY seq").all(place).flatMap(placed);
}

/** All of it from one moment. */
export function inOneLook<T>(store: Store, look: () => T): T {
  return store.transaction(look)();
}

function placed(row: TaskRow): Placed[] {
  return tasksOf([row]).map((task) => ({ seq: row.seq, task }));
}
