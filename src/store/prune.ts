// What the clean-up asks of the store. One function per statement.

import type { Task, TaskId } from "../task.ts";
import type { Store } from "./open.ts";
import { deleteQuestions } from "./questions.ts";
import { tasksOf, type TaskRow } from "./row.ts";

/** How many tasks there are, and how much of their output is kept at most. */
export function getKept(store: Store): { tasks: number; bytes: number } {
  return (
    store
      .query<{ tasks: number; bytes: number }, []>(
        "SELECT count(*) AS tasks, total(min(output_bytes, max_output_bytes)) AS bytes FROM tasks",
      )
      .get() ?? { tasks: 0, bytes: 0 }
  );
}

export function countEnded(store: Store): number {
  return (
    store.query<{ n: number }, []>("SELECT count(*) AS n FROM tasks WHERE status NOT IN ('queued', 'working')").get()
      ?.n ?? 0
  );
}

/** Tasks that have ended, the one that ended first first. */
export function getEndedFirst(store: Store, limit: number, offset: number): Task[] {
  return tasksOf(
    store
      .query<TaskRow, [number, number]>(
        `SELECT * FROM tasks WHERE status NOT IN ('queued', 'working') ORDER BY finished_at_ms, seq LIMIT ? OFFSET ?`,
      )
      .all(limit, offset),
  );
}

/** Forgets an ended task, and the slot that it may have kept. False when it was not there, or has not ended. */
export function deleteEnded(store: Store, id: TaskId): boolean {
  const { changes } = store.query("DELETE FROM tasks WHERE id = ? AND status NOT IN ('queued', 'working')").run(id);
  if (changes === 1) deleteQuestions(store, id);
  return changes === 1;
}

/** True when the task has a row. */
export function hasTask(store: Store, id: TaskId): boolean {
  return store.query<{ n: number }, [string]>("SELECT EXISTS (SELECT 1 FROM tasks WHERE id = ?) AS n").get(id)?.n === 1;
}
