// Fills a new store with what is known of the tasks of a home: from the cards in their directories, and from what a broken store
// still gives. A row that makes no sense is left out.

import { Database } from "bun:sqlite";
import { closeSync, constants, readdirSync, rmSync, statSync } from "node:fs";
import { isDirectory, openPlain } from "../files.ts";
import { endedPath, environmentPath, type Home, logPath, taskDir, tasksDir } from "../home.ts";
import { isTaskId, type TaskId } from "../task.ts";
import { type Columns, isEnded, readCard } from "./card.ts";
import { taskOf, type TaskRow } from "./row.ts";

/** Adds a row for each directory that has none, oldest task first. Only inside a write transaction. Returns how many. */
export function fillFromDirectories(db: Database, home: Home): number {
  const known = new Set(
    db
      .query<{ id: string }, []>("SELECT id FROM tasks")
      .all()
      .map(({ id }) => id),
  );
  const cards = readdirSync(tasksDir(home))
    .filter((name) => isTaskId(name) && !known.has(name) && isDirectory(taskDir(home, name)))
    .map((id): Columns => ({ ...whole(home, id), id, seq: null }))
    .toSorted((one, other) => Number(one.created_at_ms) - Number(other.created_at_ms));
  return cards.filter((card) => insert(db, "tasks", card)).length;
}

function whole(home: Home, id: TaskId): Columns {
  const card = readCard(home, id);
  if (!card) return bareCard(home, id);
  if (card.status !== undefined) return card;
  return neverRan(home, id, card);
}

/** Whether a task that waits may run, other rows say (somebody may have had to say yes to it), which may be lost: it never does. */
function neverRan(home: Home, id: TaskId, columns: Columns): Columns {
  rmSync(environmentPath(home, id), { force: true });
  announce(endedPath(home, id));
  const reason = "the store was lost while it was queued: it never ran";
  return { ...columns, status: "interrupted", slot: 0, reason, finished_at_ms: Date.now() };
}

/**
 * Copies every row that can still be read of a broken store, all tables. Only inside a write transaction. A card that knows of an
 * end is newer than a row that does not.
 */
export function salvage(db: Database, brokenPath: string, home: Home): number {
  let found = 0;
  for (const table of tablesOf(db)) {
    for (const row of readableRows(brokenPath, table)) {
      const card = table === "tasks" && isTaskId(String(row.id)) ? readCard(home, String(row.id)) : undefined;
      const newer = card?.status !== undefined && isEnded(card) && !isEnded(row);
      const now = newer ? { ...card, seq: row.seq ?? null } : row;
      const waited = table === "tasks" && now.status === "queued" && isTaskId(String(now.id));
      if (insert(db, table, waited ? neverRan(home, String(now.id), now) : now)) found += 1;
    }
  }
  return found;
}

/** For those who watch the directory. */
function announce(path: string): void {
  try {
    closeSync(openPlain(path, constants.O_WRONLY | constants.O_CREAT));
  } catch {} // they are told late
}

/** Nothing but its output is known: made by a version without cards, or ended within moments of its start. */
function bareCard(home: Home, id: TaskId): Columns {
  const made = statSync(taskDir(home, id)).mtimeMs;
  const log = statSync(logPath(home, id), { throwIfNoEntry: false });
  return {
    command: "(not known any more)",
    cwd: "/",
    shell: "[]",
    max_output_bytes: Number.MAX_SAFE_INTEGER,
    max_tasks: 1,
    status: "interrupted",
    reason: "the store was lost, and of this task only its output is known",
    created_at_ms: Math.round(log?.birthtimeMs ?? made),
    finished_at_ms: Math.round(log?.mtimeMs ?? made),
  };
}

function insert(db: Database, table: string, read: Columns): boolean {
  const row = table === "tasks" && isEnded(read) ? { ...read, slot: 0 } : read; // whoever kept it for a moment is gone
  const columns = columnsOf(db, table).filter(
    (name) => row[name] !== undefined && !(name === "seq" && row.seq === null),
  );
  try {
    if (table === "tasks") checkRow(db, row);
    const { changes } = db
      .query(`INSERT OR IGNORE INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`)
      .run(...columns.map((name) => row[name] ?? null));
    return changes === 1;
  } catch {
    return false; // a column of the wrong type, or a status that is none
  }
}

/** Throws when it stands for no task. */
function checkRow(db: Database, row: Columns): void {
  const empty = Object.fromEntries(columnsOf(db, "tasks").map((name) => [name, null]));
  const task = taskOf({ ...empty, ...row } as unknown as TaskRow);
  if (!isTaskId(task.id) || !Array.isArray(task.shell) || !Array.isArray(task.leftRunning)) throw new Error("no task");
}

function tablesOf(db: Database): string[] {
  return db
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
    .map(({ name }) => name);
}

function columnsOf(db: Database, table: string): string[] {
  return db
    .query<{ name: string }, [string]>("SELECT name FROM pragma_table_info(?)")
    .all(table)
    .map(({ name }) => name);
}

/** From the first row on up to where it breaks, and from the last one back; a table without rowids in its own order. */
function* readableRows(path: string, table: string): Generator<Columns> {
  for (const order of ["ORDER BY rowid", "ORDER BY rowid DESC", ""]) {
    let broken: Database | undefined;
    try {
      broken = new Database(path);
      for (const row of broken.query<Columns, []>(`SELECT * FROM ${table} ${order}`).iterate()) yield row;
      return;
    } catch {
      // as far as it went
    } finally {
      broken?.close();
    }
  }
}
