// Looks at a store without making, mending or migrating anything. One function per statement.

import { Database } from "bun:sqlite";
import { type Home, storePath } from "../home.ts";
import { isTaskId, type TaskId, type TaskStatus } from "../task.ts";
import type { Store } from "./open.ts";
import { isBusy } from "./transaction.ts";

/** The store as it lies there. Throws what SQLite says of it. */
export function openAsItIs(home: Home, busyTimeoutMs: number): Store {
  const db = new Database(storePath(home), { readwrite: true, create: false, strict: true });
  db.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  return db;
}

/** What is wrong with the file, in SQLite's words. `undefined`: nothing. */
export function damageOf(store: Store): string | undefined {
  const found = store.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get()?.quick_check;
  return found === "ok" ? undefined : (found ?? "it can't be checked");
}

/** The version of its schema. 0: nothing is in it. */
export function versionOf(store: Store): number {
  return store.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}

/** False when somebody else keeps it locked. Nothing is written. */
export function canBeWritten(store: Store): boolean {
  try {
    store.run("BEGIN IMMEDIATE");
    store.run("ROLLBACK");
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}

/** The status of every task. */
export function getStatuses(store: Store): Map<TaskId, TaskStatus> {
  const rows = store.query<{ id: string; status: TaskStatus }, []>("SELECT id, status FROM tasks").all();
  return new Map(rows.filter(({ id }) => isTaskId(id)).map(({ id, status }) => [id, status]));
}

/** When something of the newest task last happened. */
export function getLatestMs(store: Store): number | undefined {
  const row = store
    .query<{ at: number | null }, []>(
      "SELECT max(created_at_ms, coalesce(started_at_ms, 0), coalesce(finished_at_ms, 0)) AS at FROM tasks ORDER BY seq DESC LIMIT 1",
    )
    .get();
  return row?.at ?? undefined;
}
