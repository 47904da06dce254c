// Every change of a task's row but its claim and those of its slot (slots.ts). Each is one short transaction, and each says whether it took place: who
// loses a race learns it.

import type {
  Decided,
  Ending,
  Leftover,
  ProcessIdentity,
  Progress,
  SupervisorIdentity,
  Task,
  TaskId,
} from "../task.ts";
import { requestCard } from "./card.ts";
import type { Store } from "./open.ts";
import { insertQuestions, type NewQuestion, noteAnswer, type Question } from "./questions.ts";
import { countFreeSlots, nextInQueue } from "./read.ts";
import { claimNext, keepLastSlot, reserveAll } from "./slots.ts";
import { immediate, prepareImmediate } from "./transaction.ts";

export interface NewTask {
  id: TaskId;
  name?: string;
  command: string;
  cwd: string;
  shell: string[];
  timeoutMs?: number;
  idleTimeoutMs?: number;
  interactive: boolean;
  pty: boolean;
  maxOutputBytes: number;
  maxTasks: number;
  /** What the policy decided; absent without one. */
  verdict?: Decided;
  /** Where its starter sees processes, and the supervisor that it begins it with. */
  pidNamespace?: string | undefined;
  /** To be answered before it may run. */
  questions?: NewQuestion[];
}

/** Inserts a queued task and hands out every slot that is free, oldest task first. The ids that now want a supervisor are returned. */
export function insertTask(store: Store, task: NewTask): TaskId[] {
  const row = { id: task.id, ...requestCard(task), pid_namespace: task.pidNamespace ?? null };
  const names = Object.keys(row);
  const insert = store.query(`INSERT INTO tasks (${names.join()}) VALUES (${names.map((name) => `$${name}`).join()})`);
  return immediate(store, () => {
    insert.run(row);
    insertQuestions(store, task.id, task.questions ?? []);
    return reserveAll(store);
  });
}

/** Notes the command's process, so that whoever finds its supervisor dead can find it. */
export function recordProcess(store: Store, id: TaskId, process: ProcessIdentity): void {
  store.query("UPDATE tasks SET pid = $pid, pid_started = $startedAt WHERE id = $id").run({ id, ...process });
}

/** Keeps what the output says of a running task. */
export function recordProgress(store: Store, id: TaskId, progress: Progress): void {
  store
    .query("UPDATE tasks SET progress = $progress WHERE id = $id AND status = 'working'")
    .run({ id, progress: JSON.stringify(progress) });
}

/** What is known at the end beside the ending itself. */
export interface Account {
  finishedAtMs: number;
  pid?: number;
  durationMs?: number;
  outputBytes?: number;
  outputLines?: number;
  lastOutputAtMs?: number;
  leftRunning?: Leftover[];
  progress?: Progress;
}

/** Records how a task ended and hands its slot on, in one transaction. The ids that now want a supervisor are returned. */
export function endAndReserve(
  store: Store,
  id: TaskId,
  ending: Ending,
  account: Account,
): { won: boolean; launch: TaskId[] } {
  return immediate(store, () => ({ won: finish(store, id, ending, account), launch: reserveAll(store) }));
}

/**
 * Records how a task ended, and its supervisor goes on with the next in the queue, in one transaction.
 * `next` is claimed; `launch` are further ids that now want a supervisor (when the limit was raised meanwhile). `keepsSlot`: nobody
 * waits and no slot is free, so the ended task keeps its own until `takeOver` or `giveSlotBack`: who comes now waits for its supervisor.
 */
export function endAndClaim(
  store: Store,
  endedId: TaskId,
  ending: Ending,
  account: Account,
  supervisor: SupervisorIdentity,
): { won: boolean; next: Task | undefined; launch: TaskId[]; keepsSlot: boolean } {
  return immediate(store, () => {
    const won = finish(store, endedId, ending, account);
    const claimed = claimNext(store, supervisor);
    return { won, ...claimed, keepsSlot: won && !claimed.next && keepLastSlot(store, endedId) };
  });
}

/** `startedAtMs`: of a command that has begun all the same. */
export type UnclaimedEnding = Ending & { startedAtMs?: number };

/**
 * Ends a task that has not been claimed, and hands its slot on if it had one. Not `won` when it runs or has ended already.
 * `beforeCommit` is called when nobody else can claim or end it any more.
 */
export function endQueued(
  store: Store,
  id: TaskId,
  ending: UnclaimedEnding,
  beforeCommit = () => {},
): { won: boolean; launch: TaskId[] } {
  return immediate(store, () => ({
    won: finishQueued(store, id, ending, beforeCommit),
    launch: reserveAll(store),
  }));
}

/**
 * Notes what was answered, and what follows: the last yes makes the task one of the queue, a no ends it, in one transaction. Not
 * `won` when nobody waits for this answer (any more). `beforeCommit` is called when a no has ended it.
 */
export function answerQuestion(
  store: Store,
  { key, taskId }: Question,
  no: Ending | undefined,
  beforeCommit = () => {},
): { won: boolean; launch: TaskId[] } {
  return immediate(store, () => {
    const won = noteAnswer(store, key, no === undefined);
    if (won && no) finishQueued(store, taskId, no, beforeCommit);
    else if (won) noteApproved(store, taskId);
    return { won, launch: reserveAll(store) };
  });
}

/** Once every question has its yes. */
function noteApproved(store: Store, taskId: TaskId): void {
  store
    .query(
      `UPDATE tasks SET verdict = json_set(verdict, '$.decision', 'approved') WHERE id = $taskId AND verdict IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM questions WHERE task_id = $taskId AND yes IS NOT 1)`,
    )
    .run({ taskId });
}

function finishQueued(store: Store, id: TaskId, ending: UnclaimedEnding, beforeCommit: () => void): boolean {
  const { changes } = store
    .query(
      `UPDATE tasks SET status = $status, reason = $reason, started_at_ms = $startedAtMs, finished_at_ms = $now, slot = 0
       WHERE id = $id AND status = 'queued'`,
    )
    .run({
      id,
      status: ending.status,
      reason: ending.reason ?? null,
      startedAtMs: ending.startedAtMs ?? null,
      now: Date.now(),
    });
  if (changes === 1) beforeCommit();
  return changes === 1;
}

const FINISH = `UPDATE tasks SET status = $status, slot = 0, pid = coalesce(pid, $pid), exit_code = $exitCode, signal = $signal,
    reason = $reason, finished_at_ms = $finishedAtMs, duration_ms = $durationMs, output_bytes = $outputBytes,
    output_lines = $outputLines, last_output_at_ms = $lastOutputAtMs, left_running = $leftRunning,
    progress = coalesce($progress, progress)
  WHERE id = $id AND status = 'working'`;

/** Has the statements of an end compiled while the command runs: whoever waits for the end would wait for that as well. */
export function prepareEnd(store: Store, id: TaskId): void {
  prepareImmediate(store);
  store.query(FINISH);
  nextInQueue(store);
  countFreeSlots(store, id);
}

function finish(store: Store, id: TaskId, ending: Ending, account: Account): boolean {
  const outcome = ending.outcome;
  return (
    store.query(FINISH).run({
      id,
      status: ending.status,
      exitCode: outcome && "exitCode" in outcome ? outcome.exitCode : null,
      signal: outcome && "signal" in outcome ? outcome.signal : null,
      reason: ending.reason ?? null,
      finishedAtMs: account.finishedAtMs,
      pid: account.pid ?? null,
      durationMs: account.durationMs ?? null,
      outputBytes: account.outputBytes ?? null,
      outputLines: account.outputLines ?? null,
      lastOutputAtMs: account.lastOutputAtMs ?? null,
      leftRunning: account.leftRunning?.length ? JSON.stringify(account.leftRunning) : null,
      progress: account.progress ? JSON.stringify(account.progress) : null,
    }).changes === 1
  );
}
