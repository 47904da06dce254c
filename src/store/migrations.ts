// The schema, version by version. A version that was released is never edited: what comes later is a new entry.

import type { Database } from "bun:sqlite";
import { storeTooNew } from "../wording.ts";

/** The SQL that leads from version `index` to `index + 1`; `PRAGMA user_version` says where a file stands. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE tasks (
     seq                 INTEGER PRIMARY KEY AUTOINCREMENT,
     id                  TEXT NOT NULL UNIQUE,
     name                TEXT,
     command             TEXT NOT NULL,
     cwd                 TEXT NOT NULL,
     shell               TEXT NOT NULL,              -- JSON: argv before the command
     timeout_ms          INTEGER,
     idle_timeout_ms     INTEGER,
     interactive         INTEGER NOT NULL DEFAULT 0, -- 1: stdin stays open
     pty                 INTEGER NOT NULL DEFAULT 0, -- 1: runs in a terminal of its own
     max_output_bytes    INTEGER NOT NULL,           -- kept on disk
     max_tasks           INTEGER NOT NULL,           -- as the submitter was configured
     status              TEXT NOT NULL DEFAULT 'queued' CHECK (status IN
                           ('queued', 'working', 'completed', 'failed', 'cancelled', 'timed_out', 'interrupted')),
     slot                INTEGER NOT NULL DEFAULT 0, -- 1: holds a slot (reserved or working)
     launches            INTEGER NOT NULL DEFAULT 0, -- how often a supervisor was sent for it
     created_at_ms       INTEGER NOT NULL,
     reserved_at_ms      INTEGER,
     started_at_ms       INTEGER,
     finished_at_ms      INTEGER,
     duration_ms         INTEGER,                    -- by a monotonic clock
     supervisor_pid      INTEGER,
     supervisor_started  TEXT,
     boot_id             TEXT,
     pid                 INTEGER,
     pid_started         TEXT,
     exit_code           INTEGER,
     signal              TEXT,
     reason              TEXT,
     output_bytes        INTEGER,
     output_lines        INTEGER,
     last_output_at_ms   INTEGER,
     left_running        TEXT,                       -- JSON: leftovers
     progress            TEXT                        -- JSON: what the output says of it
   ) STRICT;
   CREATE INDEX tasks_by_status ON tasks (status, seq);
   CREATE INDEX tasks_by_name ON tasks (name, seq) WHERE name IS NOT NULL;
   CREATE INDEX tasks_with_slot ON tasks (seq) WHERE slot = 1;`,
  `CREATE TABLE waits (
     seq                 INTEGER PRIMARY KEY AUTOINCREMENT,
     id                  TEXT NOT NULL UNIQUE,
     until               TEXT NOT NULL CHECK (until IN ('all', 'any')),
     pattern             TEXT,
     status              TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN
                           ('waiting', 'ended', 'matched', 'timeout', 'failed', 'cancelled')),
     created_at_ms       INTEGER NOT NULL,
     deadline_at_ms      INTEGER,
     ttl_ms              INTEGER,                    -- how long whoever asked wants it kept, from its creation
     finished_at_ms      INTEGER,
     answer              TEXT,                       -- JSON: the tasks as they were at its end
     reason              TEXT                        -- why it could not go on
   ) STRICT;
   CREATE INDEX waits_by_end ON waits (finished_at_ms, seq);
   CREATE TABLE wait_tasks (
     wait_seq            INTEGER NOT NULL REFERENCES waits (seq),
     position            INTEGER NOT NULL,           -- in the order they were asked for
     task_id             TEXT NOT NULL,
     from_bytes          INTEGER NOT NULL,           -- where output begins that the pattern is looked for in
     kept                TEXT,                       -- JSON: the task, when it was pruned before the wait was over
     PRIMARY KEY (wait_seq, position)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX wait_tasks_by_task ON wait_tasks (task_id);`,
  `ALTER TABLE tasks ADD COLUMN verdict TEXT; -- JSON: what the policy decided; null without one`,
  `CREATE TABLE questions (
     key                 TEXT NOT NULL UNIQUE,
     task_id             TEXT NOT NULL,
     message             TEXT NOT NULL,
     digest              TEXT NOT NULL,              -- of all that the answer is about
     asked_at_ms         INTEGER NOT NULL,
     expires_at_ms       INTEGER NOT NULL,
     answered_at_ms      INTEGER,
     yes                 INTEGER                     -- 1 or 0, once it is answered
   ) STRICT;
   CREATE INDEX questions_of_task ON questions (task_id);
   CREATE INDEX questions_without_yes ON questions (task_id, expires_at_ms) WHERE yes IS NOT 1;`,
  // Containers that share a home number their processes each for itself.
  `ALTER TABLE tasks ADD COLUMN pid_namespace TEXT`,
];

export const STORE_VERSION = MIGRATIONS.length;

/** Brings the file to the version of this binary; a new one is then filled. Safe between processes: the version is read again under the write lock. */
export function migrate(db: Database, path: string, fill: () => void): void {
  if (version(db) === STORE_VERSION) return;
  db.transaction(() => {
    refuseNewer(db, path);
    const found = version(db);
    for (const sql of MIGRATIONS.slice(found)) db.run(sql);
    db.run(`PRAGMA user_version = ${STORE_VERSION}`);
    if (found === 0) fill();
  }).immediate();
}

/** True when a newer binary has taken the store over while this process has it open. */
export function isNewer(db: Database): boolean {
  return version(db) > STORE_VERSION;
}

/** Throws what opening it would throw now. */
export function refuseNewer(db: Database, path: string): void {
  if (isNewer(db)) throw storeTooNew(path, version(db), STORE_VERSION);
}

function version(db: Database): number {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}
