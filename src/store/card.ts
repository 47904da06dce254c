// A copy of a task's row beside its output, so that the store can be made again from the directories when it was lost. Of a task that
// waits, its request lies with its environment; of one that runs for more than moments, and of each that has ended, the row itself.

import { constants, readFileSync, writeFileSync } from "node:fs";
import { withFile } from "../files.ts";
import { cardPath, environmentPath, type Home } from "../home.ts";
import { isTerminal, type TaskId, type TaskStatus } from "../task.ts";
import type { Store } from "./open.ts";
import type { NewTask } from "./write.ts";

/** Columns of a row by name, as far as they are known. */
export type Columns = Record<string, string | number | null>;

/** Of a row, or what is kept of one. */
export function isEnded({ status }: Columns): boolean {
  return isTerminal(status as TaskStatus);
}

/** Copies the row as it is now, without a slot that it keeps for moments. Where that fails (a full disk, a directory that is gone), an older copy is left, or none: nobody depends on it. */
export function writeCard(home: Home, store: Store, id: TaskId): void {
  try {
    const row = store.query<Columns, [string]>("SELECT * FROM tasks WHERE id = ?").get(id);
    if (row) writePlain(cardPath(home, id), JSON.stringify(isEnded(row) ? { ...row, slot: 0 } : row));
  } catch {}
}

/** What is to lie with the environment of a task that waits. */
export function requestCard(task: Omit<NewTask, "questions">): Columns {
  return {
    name: task.name ?? null,
    command: task.command,
    cwd: task.cwd,
    shell: JSON.stringify(task.shell),
    timeout_ms: task.timeoutMs ?? null,
    idle_timeout_ms: task.idleTimeoutMs ?? null,
    interactive: Number(task.interactive),
    pty: Number(task.pty),
    max_output_bytes: task.maxOutputBytes,
    max_tasks: task.maxTasks,
    verdict: task.verdict ? JSON.stringify(task.verdict) : null,
    created_at_ms: Date.now(),
  };
}

/** What lies in a task's directory of its row; `status` is missing when it waited. `undefined` without any. */
export function readCard(home: Home, id: TaskId): Columns | undefined {
  return columnsOf(readJson(cardPath(home, id))) ?? columnsOf(readJson(environmentPath(home, id))?.card);
}

function writePlain(path: string, text: string): void {
  withFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, (fd) => writeFileSync(fd, text));
}

function readJson(path: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(withFile(path, constants.O_RDONLY, (fd) => readFileSync(fd, "utf8")));
    return typeof read === "object" && read !== null ? (read as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // not there, or cut off
  }
}

function columnsOf(read: unknown): Columns | undefined {
  if (typeof read !== "object" || read === null) return undefined;
  const columns: Columns = {};
  for (const [name, value] of Object.entries(read)) {
    if (value === null || typeof value === "string" || typeof value === "number") columns[name] = value;
  }
  return columns;
}
