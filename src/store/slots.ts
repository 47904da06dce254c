// Who holds a slot: tasks get one in the order in which they came, supervisors claim those that have one, and an ended task may keep its
// own for a moment. Each change is one short transaction, or part of one of write.ts.

import { dieAt } from "../kill-points.ts";
import type { ProcessIdentity, SupervisorIdentity, Task, TaskId } from "../task.ts";
import type { Store } from "./open.ts";
import { countFreeSlots, hasQueue, nextInQueue } from "./read.ts";
import { taskOf, type TaskRow } from "./row.ts";
import { immediate } from "./transaction.ts";

/** Hands out the free slots. The ids that now want a supervisor are returned. */
export function reserveSlots(store: Store): TaskId[] {
  return immediate(store, () => reserveAll(store));
}

/** Counts one more launch of a reserved task whose supervisor never came. False when it came after all, or another process was faster. */
export function renewReservation(store: Store, id: TaskId, reservedAtMs: number): boolean {
  return (
    store
      .query(
        `UPDATE tasks SET reserved_at_ms = $now, launches = launches + 1
         WHERE id = $id AND status = 'queued' AND slot = 1 AND reserved_at_ms = $reservedAtMs`,
      )
      .run({ id, reservedAtMs, now: Date.now() }).changes === 1
  );
}

/** A command that runs already, and since when. */
interface BegunCommand {
  process?: ProcessIdentity | undefined;
  atMs: number;
}

/** Makes a reserved task the supervisor's own, and returns it. `undefined` when it was cancelled, or a supervisor has it. */
export function claimTask(
  store: Store,
  id: TaskId,
  supervisor: SupervisorIdentity,
  begun?: BegunCommand,
): Task | undefined {
  return immediate(store, () => claim(store, id, supervisor, begun));
}

/** Only inside a write transaction. */
function claim(
  store: Store,
  id: TaskId,
  supervisor: SupervisorIdentity,
  begun: BegunCommand = { atMs: Date.now() },
): Task | undefined {
  const row = store
    .query<TaskRow, Record<string, string | number | null>>(
      `UPDATE tasks SET status = 'working', slot = 1, started_at_ms = $now,
         supervisor_pid = $pid, supervisor_started = $startedAt, boot_id = $bootId, pid_namespace = $pidNamespace,
         pid = $commandPid, pid_started = $commandStartedAt
       WHERE id = $id AND status = 'queued'
         AND NOT EXISTS (SELECT 1 FROM questions WHERE task_id = $id AND yes IS NOT 1) RETURNING *`,
    )
    .get({
      id,
      pidNamespace: null,
      ...supervisor,
      commandPid: begun.process?.pid ?? null,
      commandStartedAt: begun.process?.startedAt ?? null,
      now: begun.atMs,
    });
  return row ? taskOf(row) : undefined;
}

/** The supervisor of an ended task that has kept its slot goes on with the next in the queue, if there is one that may take that slot. */
export function takeOver(
  store: Store,
  endedId: TaskId,
  supervisor: SupervisorIdentity,
): { next: Task | undefined; launch: TaskId[] } {
  return immediate(store, () => {
    const hadSlot = freeSlot(store, endedId);
    const claimed = claimNext(store, supervisor);
    if (hadSlot && !claimed.next) store.query(KEEP_SLOT).run(endedId);
    return claimed;
  });
}

/** An ended task that has kept its slot has it no longer. The ids that now want a supervisor are returned. */
export function giveSlotBack(store: Store, endedId: TaskId): TaskId[] {
  return immediate(store, () => {
    freeSlot(store, endedId);
    return reserveAll(store);
  });
}

/** Only inside a write transaction. */
export function claimNext(store: Store, supervisor: SupervisorIdentity): { next: Task | undefined; launch: TaskId[] } {
  const id = nextInQueue(store);
  if (process.env.BACKBURNER_BUILD === "kill-points" && id !== undefined) dieAt("supervisor: before next claim");
  const next = id === undefined ? undefined : claim(store, id, supervisor);
  return { next, launch: next ? reserveAll(store) : [] };
}

const KEEP_SLOT = "UPDATE tasks SET slot = 1 WHERE id = ?";

/** Only inside a write transaction. True when its slot was the last of those that its submitter allows, and nobody waits: it is kept. */
export function keepLastSlot(store: Store, endedId: TaskId): boolean {
  if (countFreeSlots(store, endedId) !== 1 || hasQueue(store)) return false;
  store.query(KEEP_SLOT).run(endedId);
  return true;
}

/** Only inside a write transaction. False when it had none. */
function freeSlot(store: Store, endedId: TaskId): boolean {
  const free = store.query(
    "UPDATE tasks SET slot = 0 WHERE id = ? AND slot = 1 AND status NOT IN ('queued', 'working')",
  );
  return free.run(endedId).changes === 1;
}

/** Only inside a write transaction. First in, first out: the head of the queue holds back those behind it. */
export function reserveAll(store: Store): TaskId[] {
  const reserve = store.query("UPDATE tasks SET slot = 1, reserved_at_ms = ?, launches = launches + 1 WHERE id = ?");
  const ids: TaskId[] = [];
  for (let id = nextInQueue(store); id; id = nextInQueue(store)) {
    reserve.run(Date.now(), id);
    ids.push(id);
  }
  return ids;
}
