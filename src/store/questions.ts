// What a person has to say yes to before a queued task may run: each question has a row of its own, and is answered once. The queue
// passes over a task that has one without a yes (`nextInQueue`).

import type { TaskId } from "../task.ts";
import type { Store } from "./open.ts";

export interface Question {
  /** Unique over all tasks. */
  key: string;
  taskId: TaskId;
  /** What the person reads. */
  message: string;
}

export interface NewQuestion {
  key: string;
  message: string;
  /** An answer that comes later counts for nothing. */
  expiresAtMs: number;
}

/** Only inside the transaction that inserts the task. */
export function insertQuestions(store: Store, taskId: TaskId, questions: NewQuestion[]): void {
  const insert = store.query(
    `INSERT INTO questions (key, task_id, message, asked_at_ms, expires_at_ms)
     VALUES ($key, $taskId, $message, $now, $expiresAtMs)`,
  );
  for (const { key, message, expiresAtMs } of questions)
    insert.run({ key, taskId, message, expiresAtMs, now: Date.now() });
}

/** Those of a queued task that nobody has answered, in the order they were asked. */
export function getOpenQuestions(store: Store, taskId: TaskId): Question[] {
  return store
    .query<{ key: string; task_id: string; message: string }, [string]>(
      `SELECT key, task_id, message FROM questions WHERE task_id = ? AND answered_at_ms IS NULL
         AND EXISTS (SELECT 1 FROM tasks WHERE id = task_id AND status = 'queued') ORDER BY rowid`,
    )
    .all(taskId)
    .map(({ key, task_id, message }) => ({ key, taskId: task_id, message }));
}

/** Queued tasks with a question that has had no yes in its time. */
export function getUnanswered(store: Store): TaskId[] {
  return store
    .query<{ task_id: string }, [number]>(
      `SELECT DISTINCT task_id FROM questions WHERE yes IS NOT 1 AND expires_at_ms <= ?
         AND EXISTS (SELECT 1 FROM tasks WHERE id = task_id AND status = 'queued')`,
    )
    .all(Date.now())
    .map((row) => row.task_id);
}

/** Only inside a write transaction. Notes the answer, once. False when it was answered before, its time is over, or its task no longer waits for it. */
export function noteAnswer(store: Store, key: string, yes: boolean): boolean {
  return (
    store
      .query(
        `UPDATE questions SET answered_at_ms = $now, yes = $yes
         WHERE key = $key AND answered_at_ms IS NULL AND expires_at_ms > $now
           AND EXISTS (SELECT 1 FROM tasks WHERE id = task_id AND status = 'queued')`,
      )
      .run({ key, yes: Number(yes), now: Date.now() }).changes === 1
  );
}

/** With the task that they were about. */
export function deleteQuestions(store: Store, taskId: TaskId): void {
  store.query("DELETE FROM questions WHERE task_id = ?").run(taskId);
}
