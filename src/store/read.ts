// What the store can be asked. One function per statement.

import { isTaskId, type Task, type TaskId, type TaskStatus } from "../task.ts";
import type { Store } from "./open.ts";
import { taskOf, tasksOf, type TaskRow } from "./row.ts";

export function getTask(store: Store, id: TaskId): Task | undefined {
  const row = store.query<TaskRow, [string]>("SELECT * FROM tasks WHERE id = ?").get(id);
  return row ? tasksOf([row])[0] : undefined;
}

/** Those of the ids that there are: one statement for many. */
export function getTasks(store: Store, ids: TaskId[]): Map<TaskId, Task> {
  const rows = store
    .query<TaskRow, [string]>("SELECT * FROM tasks WHERE id IN (SELECT value FROM json_each(?))")
    .all(JSON.stringify(ids));
  return new Map(tasksOf(rows).map((task) => [task.id, task]));
}

/** The task that a name means: a live one first, then the newest. */
export function getTaskByName(store: Store, name: string): Task | undefined {
  const row = store
    .query<TaskRow, [string]>(
      "SELECT * FROM tasks WHERE name = ? ORDER BY status IN ('queued', 'working') DESC, seq DESC LIMIT 1",
    )
    .get(name);
  return row ? tasksOf([row])[0] : undefined;
}

/** Ids that begin with `prefix`, at most `limit`. */
export function getIdsByPrefix(store: Store, prefix: string, limit: number): TaskId[] {
  return store
    .query<{ id: string }, [string, string, number]>(
      "SELECT id FROM tasks WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
    )
    .all(prefix, `${prefix}~`, limit)
    .map((row) => row.id);
}

/** Ids that begin with `prefix`, newest first, at most `limit`; and how many there are. */
export function getNewestIds(store: Store, prefix: string, limit: number): { ids: TaskId[]; total: number } {
  const range: [string, string] = [prefix, `${prefix}~`];
  const total = store.query<{ n: number }, [string, string]>(
    "SELECT count(*) AS n FROM tasks WHERE id >= ? AND id < ?",
  );
  const ids = store.query<{ id: string }, [string, string, number]>(
    "SELECT id FROM tasks WHERE id >= ? AND id < ? ORDER BY seq DESC LIMIT ?",
  );
  return { ids: ids.all(...range, limit).map((row) => row.id), total: total.get(...range)?.n ?? 0 };
}

/** Names that begin with `prefix`, newest first, at most `limit`. */
export function getNewestNames(store: Store, prefix: string, limit: number): string[] {
  return store
    .query<{ name: string }, [string, string, number]>(
      "SELECT name FROM tasks WHERE name >= ? AND name < ? || char(0x10FFFF) GROUP BY name ORDER BY max(seq) DESC LIMIT ?",
    )
    .all(prefix, prefix, limit)
    .map((row) => row.name);
}

export interface TaskFilter {
  status?: TaskStatus | undefined;
  name?: string | undefined;
}

/** Newest first, those before that place only; each with its place. */
export function listTasksBefore(store: Store, beforeSeq: number, limit: number): { seq: number; task: Task }[] {
  return store
    .query<TaskRow, [number, number]>("SELECT * FROM tasks WHERE seq < ? ORDER BY seq DESC LIMIT ?")
    .all(beforeSeq, limit)
    .filter(({ id }) => isTaskId(id))
    .map((row) => ({ seq: row.seq, task: taskOf(row) }));
}

/** Newest first. */
export function listTasks(store: Store, filter: TaskFilter, limit: number, offset: number): Task[] {
  const { where, values } = conditionOf(filter);
  return tasksOf(
    store
      .query<TaskRow, (string | number)[]>(`SELECT * FROM tasks ${where} ORDER BY seq DESC LIMIT ? OFFSET ?`)
      .all(...values, limit, offset),
  );
}

export function countTasks(store: Store, filter: TaskFilter): number {
  const { where, values } = conditionOf(filter);
  return store.query<{ n: number }, string[]>(`SELECT count(*) AS n FROM tasks ${where}`).get(...values)?.n ?? 0;
}

function conditionOf({ status, name }: TaskFilter): { where: string; values: string[] } {
  const conditions = [...(status === undefined ? [] : ["status = ?"]), ...(name === undefined ? [] : ["name = ?"])];
  return {
    where: conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`,
    values: [status, name].filter((value) => value !== undefined),
  };
}

/** Those of the tasks that have ended, in the order they did. */
export function getEndedOf(store: Store, ids: TaskId[]): Task[] {
  return tasksOf(
    store
      .query<TaskRow, [string]>(
        `SELECT * FROM tasks WHERE id IN (SELECT value FROM json_each(?)) AND status NOT IN ('queued', 'working')
       ORDER BY finished_at_ms, seq`,
      )
      .all(JSON.stringify(ids)),
  );
}

/** Every task that holds a slot, oldest first: those that run, those a supervisor is on its way to, and those that have kept it for moments. */
export function getSlotHolders(store: Store): Task[] {
  return tasksOf(store.query<TaskRow, []>("SELECT * FROM tasks WHERE slot = 1 ORDER BY seq").all());
}

/** The oldest task without a slot, when it may have one now; a write transaction decides on it. */
export function nextInQueue(store: Store): TaskId | undefined {
  const next = store.query<{ id: string; max_tasks: number }, []>(NEXT_IN_QUEUE).get();
  if (!next) return undefined;
  const held = store.query<{ n: number }, []>("SELECT count(*) AS n FROM tasks WHERE slot = 1").get()?.n ?? 0;
  return held < next.max_tasks ? next.id : undefined;
}

/** How many tasks come before a queued one, how many slots are taken, and how many may be for the first of them. */
export function placeInQueue(store: Store, id: TaskId): { before: number; taken: number; slots: number } | undefined {
  const place = store.query<{ before: number; taken: number; slots: number }, [string]>(
    `WITH waiting AS (SELECT seq, max_tasks FROM tasks WHERE ${WAITS_FOR_SLOT})
     SELECT (SELECT count(*) FROM waiting WHERE waiting.seq < tasks.seq) AS before,
       (SELECT count(*) FROM tasks WHERE slot = 1) AS taken,
       (SELECT max_tasks FROM waiting ORDER BY seq LIMIT 1) AS slots
     FROM tasks WHERE id = ? AND ${WAITS_FOR_SLOT}`,
  );
  return place.get(id) ?? undefined;
}

/** True when a task waits that nobody has to say yes to first, whether there is a slot for it or not. */
export function hasQueue(store: Store): boolean {
  return store.query(NEXT_IN_QUEUE).get() !== null;
}

/** Slots that are free for more tasks of the same submitter; less than none where another one may have more. */
export function countFreeSlots(store: Store, id: TaskId): number {
  const free = store.query<{ n: number }, [string]>(
    "SELECT max_tasks - (SELECT count(*) FROM tasks WHERE slot = 1) AS n FROM tasks WHERE id = ?",
  );
  return free.get(id)?.n ?? 0;
}

/** What a person has to say yes to first holds nobody back. */
const WAITS_FOR_SLOT = `status = 'queued' AND slot = 0
  AND NOT EXISTS (SELECT 1 FROM questions WHERE task_id = tasks.id AND yes IS NOT 1)`;
const NEXT_IN_QUEUE = `SELECT id, max_tasks FROM tasks WHERE ${WAITS_FOR_SLOT} ORDER BY seq LIMIT 1`;
