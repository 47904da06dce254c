// A store that SQLite can't make sense of any more is put aside, never deleted, so that a new one can be made from what is left.

import { Database, SQLiteError } from "bun:sqlite";
import { closeSync, existsSync, openSync, renameSync } from "node:fs";
import { type Home, repairPath, storePath } from "../home.ts";

/** What SQLite keeps beside the file. */
const LOGS = ["-wal", "-shm"];

/** True for what SQLite says of a file that is damaged, or none of its own. */
export function isDamage(error: unknown): boolean {
  return error instanceof SQLiteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code ?? "");
}

/**
 * Puts a damaged store aside and has a new one made, one process at a time; `make` is told where the damaged one lies. Returns
 * false when the store is sound: another process was faster. Whoever has the old file open notices that it is not the store's
 * any more, and opens the new one.
 */
export function replaceDamaged(home: Home, make: (asidePath: string) => void): boolean {
  return alone(home, () => {
    if (isSound(storePath(home))) return false;
    make(putAside(home));
    return true;
  });
}

/**
 * Where the store's file alone was deleted, its log is put aside and an empty file put in its place. Whoever has the old one open goes on
 * with that log, and a new store that shared it with them would lose what is written into it (sqlite.org/howtocorrupt, 4.4). `isAlone`:
 * the caller is the one process that may do it now.
 */
export function partFromLog(home: Home, isAlone = false): void {
  const path = storePath(home);
  const isDeleted = () => !existsSync(path) && LOGS.some((suffix) => existsSync(path + suffix));
  const part = () => {
    if (!isDeleted()) return; // another process was faster
    putAside(home);
    closeSync(openSync(path, "a"));
  };
  if (isAlone) part();
  else if (isDeleted()) alone(home, part);
}

/** One process at a time, by a lock that ends with its process, whatever becomes of that: SQLite's own, on a file of its own. */
function alone<T>(home: Home, body: () => T): T {
  const lock = new Database(repairPath(home), { create: true });
  try {
    lock.run("PRAGMA busy_timeout = 30000");
    lock.run("BEGIN EXCLUSIVE");
    return body();
  } finally {
    lock.close();
  }
}

function isSound(path: string): boolean {
  let db: Database | undefined;
  try {
    db = new Database(path);
    return db.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get()?.quick_check === "ok";
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  } finally {
    db?.close();
  }
}

/** Its log goes with it: what was committed last may be there alone. */
function putAside(home: Home): string {
  const path = storePath(home);
  const aside = `${path}.broken-${new Date().toISOString().replaceAll(/[-:.]/g, "")}`;
  for (const suffix of [...LOGS, ""]) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}
