// Opens the one SQLite file that all servers, CLIs and supervisors of a home share, and makes it again when it is gone or damaged.

import { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { BackburnerError, messageOf, toldOf } from "../errors.ts";
import { homeUnusable, storeRemade } from "../wording.ts";
import { type Home, storePath } from "../home.ts";
import { prepareHome } from "./home.ts";
import { migrate } from "./migrations.ts";
import { fillFromDirectories, salvage } from "./rebuild.ts";
import { isDamage, partFromLog, replaceDamaged } from "./repair.ts";
import { BUSY_TIMEOUT_MS, isBusy } from "./transaction.ts";

export type Store = Database;

/** Which file each store that is open here is. */
const inodes = new WeakMap<Store, number>();

/** Opens the store, making the home (0700) when it is not there; `tell` hears of a damaged one that was made again. Throws `unavailable` with the reason when it can't. */
export function openStore(home: Home, tell = complain): Store {
  const umask = process.umask(0o077); // SQLite makes the file and its log with the umask's modes
  try {
    prepareHome(home);
    try {
      return openWhenFree(home);
    } catch (error) {
      if (!isDamage(error)) throw error;
      const remade = remake(home);
      if (remade) tell(remade);
      return openWhenFree(home);
    }
  } catch (error) {
    const told = toldOf(error);
    throw told instanceof BackburnerError ? told : homeUnusable(home, messageOf(error));
  } finally {
    process.umask(umask);
  }
}

/** The store as it is now: the same one, or a new one when its file was deleted or replaced meanwhile. */
export function upToDate(home: Home, store: Store): Store {
  return isCurrent(home, store) ? store : openStore(home);
}

/** False when its file was deleted or replaced. To close one that was would take the log of its successor away (sqlite.org/howtocorrupt). */
export function isCurrent(home: Home, store: Store): boolean {
  const now = inodeOf(storePath(home));
  return now !== undefined && now === inodes.get(store);
}

const inodeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.ino;

/** Puts a damaged store aside and makes it again. Returns what to tell of it; `undefined` when another process was faster, which tells. */
export function remake(home: Home): BackburnerError | undefined {
  let remade: BackburnerError | undefined;
  replaceDamaged(home, (asidePath) => {
    const store = openWhenFree(home, asidePath);
    const tasks = store.query<{ n: number }, []>("SELECT count(*) AS n FROM tasks").get()?.n ?? 0;
    remade = storeRemade(storePath(home), asidePath, tasks);
    store.close();
  });
  return remade;
}

function complain(error: BackburnerError): void {
  process.stderr.write(`backburner: ${error.message}\n`);
}

/**
 * Turning a new file to WAL, and taking over the log of who has just left, can fail with SQLITE_BUSY at once, whatever the
 * timeout: SQLite asks its busy handler only where waiting can't end in a deadlock (sqlite.org/c3ref/busy_handler.html). So the
 * opening as a whole is tried again; also where its file was deleted amid it, and what was opened may be half the old one and half the
 * new. A new store takes in what is left of one that was lost.
 */
function openWhenFree(home: Home, brokenPath?: string): Store {
  const path = storePath(home);
  const deadline = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    partFromLog(home, brokenPath !== undefined);
    const before = inodeOf(path);
    const isReplaced = () => before !== undefined && before !== inodeOf(path);
    const db = new Database(path, { create: true, strict: true });
    try {
      // First of all, or the second process gets "database is locked" at once, also from the pragma below.
      db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      db.run("PRAGMA journal_mode = WAL");
      // In WAL, NORMAL survives the death of any process; only a power cut may take the last commits, never the file's integrity.
      db.run("PRAGMA synchronous = NORMAL");
      migrate(db, path, () => {
        if (brokenPath !== undefined) salvage(db, brokenPath, home);
        fillFromDirectories(db, home); // there are some when the store was deleted
      });
      inodes.set(db, statSync(path).ino);
      if (!isReplaced() || performance.now() > deadline) return db;
    } catch (error) {
      const again = isReplaced(); // to close it then would take the new one's log away
      if (!again) db.close();
      if (!(again || isBusy(error)) || performance.now() > deadline) throw error;
      Bun.sleepSync(1 + Math.random() * 10); // apart from each other, or the same two meet again
    }
  }
}
