// Opens the one SQLite file that all servers, CLIs and supervisors of a home share.

import { Database } from "bun:sqlite";
import { mkdirSync, statSync } from "node:fs";
import { BackburnerError, homeUnusable, messageOf } from "../errors.ts";
import { type Home, storePath, tasksDir } from "../home.ts";
import { migrate } from "./migrations.ts";

export type Store = Database;

const BUSY_TIMEOUT_MS = 30_000;

/** Opens the store, making the home (0700) when it is not there. Throws `unavailable` with the reason when it can't. */
export function openStore(home: Home): Store {
  const path = storePath(home);
  const umask = process.umask(0o077); // SQLite makes the file and its log with the umask's modes
  try {
    mkdirSync(tasksDir(home), { recursive: true, mode: 0o700 });
    if (!statSync(home).isDirectory()) throw new Error("it is not a directory");
    const db = new Database(path, { create: true, strict: true });
    // First of all, or the second process gets "database is locked" at once, also from the pragma below.
    db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.run("PRAGMA journal_mode = WAL");
    // In WAL, NORMAL survives the death of any process; only a power cut may take the last commits, never the file's integrity.
    db.run("PRAGMA synchronous = NORMAL");
    migrate(db, path);
    return db;
  } catch (error) {
    if (error instanceof BackburnerError) throw error;
    throw homeUnusable(home, messageOf(error));
  } finally {
    process.umask(umask);
  }
}
