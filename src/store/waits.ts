// Waits that a client holds a handle of: each is a row of its own, which outlives the process that made it, and the tasks waited for.

import type { TaskId, WaitId } from "../task.ts";
import type { Store } from "./open.ts";
import { immediate } from "./transaction.ts";

/** How a wait ended; "waiting" until then. "failed": it could not go on. */
export type WaitStatus = "waiting" | "ended" | "matched" | "timeout" | "failed" | "cancelled";

/** A task that is waited for. */
export interface Awaited {
  id: TaskId;
  /** Where output begins that the pattern is looked for in. */
  fromBytes: number;
  /** JSON that was kept of it when it was pruned. */
  kept?: string;
}

export interface Wait {
  seq: number;
  id: WaitId;
  until: "all" | "any";
  pattern?: string;
  status: WaitStatus;
  createdAtMs: number;
  deadlineAtMs?: number;
  /** How long whoever asked wants it kept, from its creation. */
  ttlMs?: number;
  finishedAtMs?: number;
  /** JSON that was kept at its end. */
  answer?: string;
  /** Why it could not go on. */
  reason?: string;
  /** In the order they were asked for. */
  tasks: Awaited[];
}

export type NewWait = Pick<Wait, "id" | "until" | "pattern" | "createdAtMs" | "deadlineAtMs" | "ttlMs" | "tasks">;

export function insertWait(store: Store, wait: NewWait): void {
  const insert = store.query(
    `INSERT INTO waits (id, until, pattern, created_at_ms, deadline_at_ms, ttl_ms)
     VALUES ($id, $until, $pattern, $createdAtMs, $deadlineAtMs, $ttlMs)`,
  );
  const insertTask = store.query(
    "INSERT INTO wait_tasks (wait_seq, position, task_id, from_bytes) VALUES ($seq, $position, $id, $fromBytes)",
  );
  immediate(store, () => {
    const { lastInsertRowid } = insert.run({
      id: wait.id,
      until: wait.until,
      pattern: wait.pattern ?? null,
      deadlineAtMs: wait.deadlineAtMs ?? null,
      ttlMs: wait.ttlMs ?? null,
      createdAtMs: wait.createdAtMs,
    });
    for (const [position, { id, fromBytes }] of wait.tasks.entries())
      insertTask.run({ seq: Number(lastInsertRowid), position, id, fromBytes });
  });
}

export function getWait(store: Store, id: WaitId): Wait | undefined {
  const row = store.query<WaitRow, [string]>("SELECT * FROM waits WHERE id = ?").get(id);
  return row ? waitOf(store, row) : undefined;
}

/** Newest first, those before that place only. */
export function listWaits(store: Store, beforeSeq: number, limit: number): Wait[] {
  return store
    .query<WaitRow, [number, number]>("SELECT * FROM waits WHERE seq < ? ORDER BY seq DESC LIMIT ?")
    .all(beforeSeq, limit)
    .map((row) => waitOf(store, row));
}

/** Waits for the task that are not over. */
export function getWaitsFor(store: Store, task: TaskId): Wait[] {
  return store
    .query<WaitRow, [string]>(
      `SELECT * FROM waits WHERE status = 'waiting' AND seq IN (SELECT wait_seq FROM wait_tasks WHERE task_id = ?)`,
    )
    .all(task)
    .map((row) => waitOf(store, row));
}

/** Waits older than that instant whose tasks have all ended, and that nobody has recorded the end of. */
export function getForgottenWaits(store: Store, createdBeforeMs: number, limit: number): Wait[] {
  return store
    .query<WaitRow, [number, number]>(
      `SELECT * FROM waits WHERE status = 'waiting' AND created_at_ms < ? AND NOT EXISTS (
         SELECT 1 FROM wait_tasks JOIN tasks ON tasks.id = task_id
         WHERE wait_seq = waits.seq AND tasks.status IN ('queued', 'working'))
       ORDER BY seq LIMIT ?`,
    )
    .all(createdBeforeMs, limit)
    .map((row) => waitOf(store, row));
}

/** When the wait ended after which so many others did. `undefined` when there are no more than those. */
export function endOfWaitBefore(store: Store, newest: number): number | undefined {
  return store
    .query<{ at: number }, [number]>(
      `SELECT finished_at_ms AS at FROM waits WHERE finished_at_ms IS NOT NULL
       ORDER BY finished_at_ms DESC, seq DESC LIMIT 1 OFFSET ?`,
    )
    .get(newest)?.at;
}

/** Forgets waits that ended up to that instant, and those over whose own time is up. */
export function deleteWaits(store: Store, endedByMs: number, nowMs: number): void {
  const over = "finished_at_ms <= $endedByMs OR (finished_at_ms IS NOT NULL AND created_at_ms + ttl_ms < $nowMs)";
  immediate(store, () => {
    store
      .query(`DELETE FROM wait_tasks WHERE wait_seq IN (SELECT seq FROM waits WHERE ${over})`)
      .run({ endedByMs, nowMs });
    store.query(`DELETE FROM waits WHERE ${over}`).run({ endedByMs, nowMs });
  });
}

/** Records how a wait ended, once. False when another process was faster. */
export function endWait(
  store: Store,
  id: WaitId,
  status: Exclude<WaitStatus, "waiting">,
  { answer, reason }: { answer?: string; reason?: string } = {},
): boolean {
  return (
    store
      .query(
        `UPDATE waits SET status = $status, finished_at_ms = $now, answer = $answer, reason = $reason
         WHERE id = $id AND status = 'waiting'`,
      )
      .run({ id, status, answer: answer ?? null, reason: reason ?? null, now: Date.now() }).changes === 1
  );
}

/** Keeps what waits that are not over will have to tell of a task that is about to be pruned. */
export function keepForWaits(store: Store, task: TaskId, kept: string): void {
  store
    .query(
      `UPDATE wait_tasks SET kept = $kept
       WHERE task_id = $task AND wait_seq IN (SELECT seq FROM waits WHERE status = 'waiting')`,
    )
    .run({ task, kept });
}

interface WaitRow {
  seq: number;
  id: string;
  until: "all" | "any";
  pattern: string | null;
  status: WaitStatus;
  created_at_ms: number;
  deadline_at_ms: number | null;
  ttl_ms: number | null;
  finished_at_ms: number | null;
  answer: string | null;
  reason: string | null;
}

interface AwaitedRow {
  task_id: string;
  from_bytes: number;
  kept: string | null;
}

function waitOf(store: Store, row: WaitRow): Wait {
  const tasks = store
    .query<AwaitedRow, [number]>("SELECT * FROM wait_tasks WHERE wait_seq = ? ORDER BY position")
    .all(row.seq)
    .map((one) => ({ id: one.task_id, fromBytes: one.from_bytes, ...(one.kept !== null && { kept: one.kept }) }));
  return {
    seq: row.seq,
    id: row.id,
    until: row.until,
    status: row.status,
    createdAtMs: row.created_at_ms,
    tasks,
    ...(row.pattern !== null && { pattern: row.pattern }),
    ...(row.deadline_at_ms !== null && { deadlineAtMs: row.deadline_at_ms }),
    ...(row.ttl_ms !== null && { ttlMs: row.ttl_ms }),
    ...(row.finished_at_ms !== null && { finishedAtMs: row.finished_at_ms }),
    ...(row.answer !== null && { answer: row.answer }),
    ...(row.reason !== null && { reason: row.reason }),
  };
}
