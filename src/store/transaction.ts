// Writing: one after the other, and as soon as it can be one's turn.

import { type Database, SQLiteError } from "bun:sqlite";
import { nap } from "../nap.ts";

/** How long anybody waits for the store. */
export const BUSY_TIMEOUT_MS = 30_000;
/** A transaction here takes 0.1 ms, and where SQLite waits it sleeps for 1 ms and then for longer (sqliteDefaultBusyCallback). */
const NAP_MS = 0.03;
const NAPS = 50;

const BEGIN = "BEGIN IMMEDIATE";
const COMMIT = "COMMIT";
const WAIT = `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`;
const DO_NOT_WAIT = "PRAGMA busy_timeout = 0";

/**
 * Takes the write lock at once: a read that is promoted later could fail with SQLITE_BUSY at once (sqlite.org/lang_transaction). Not
 * by Bun's own way, which compiles nine statements before the first transaction of a process.
 */
export function immediate<T>(store: Database, body: () => T): T {
  begin(store);
  try {
    const result = body();
    store.query(COMMIT).run();
    return result;
  } catch (error) {
    if (store.inTransaction) store.run("ROLLBACK");
    throw error;
  }
}

/** Has its statements compiled. */
export function prepareImmediate(store: Database): void {
  for (const statement of [DO_NOT_WAIT, BEGIN, WAIT, COMMIT]) store.query(statement);
}

export function isBusy(error: unknown): boolean {
  return error instanceof SQLiteError && (error.code ?? "").startsWith("SQLITE_BUSY");
}

function begin(store: Database): void {
  if (!tryBegin(store)) store.query(BEGIN).run();
}

/** False when somebody else has been writing for longer than short transactions take. */
function tryBegin(store: Database): boolean {
  store.query(DO_NOT_WAIT).run();
  try {
    for (let naps = 0; ; naps += 1) {
      try {
        store.query(BEGIN).run();
        return true;
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (naps === NAPS) return false;
        nap(NAP_MS);
      }
    }
  } finally {
    store.query(WAIT).run();
  }
}
