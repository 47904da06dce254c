// Waits until tasks end, without looking again and again: a connection to the supervisor of a running task closes at its end,
// and the directory of a queued one is watched for its claim.

import { existsSync } from "node:fs";
import { controlPath, endedPath, taskDir } from "../home.ts";
import { getExpiry } from "../store/questions.ts";
import { getTask, getTasks } from "../store/read.ts";
import { supervisorLives } from "../supervisor/alive.ts";
import { hold, NotListening } from "../supervisor/client.ts";
import { overdueInMs, recoverDead } from "../supervisor/recover.ts";
import { untilDirectoryChanges } from "../supervisor/watch.ts";
import { isTerminal, type Task, type TaskId } from "../task.ts";
import type { App } from "./app.ts";
import { withOutput } from "./figures.ts";
import { type Find, findAll, findTask } from "./find.ts";
import { unlessAborted } from "./unless-aborted.ts";
import { LONGEST_TIMER_MS } from "../timer.ts";

export interface WaitRequest {
  tasks: string[];
  /** Until every one has ended, or until one has. */
  until: "all" | "any";
  /** `undefined` waits as long as it takes. */
  timeoutMs?: number | undefined;
  /** Ends the waiting, never a task. */
  signal?: AbortSignal | undefined;
}

export interface Waited {
  /** In the order they were asked for, as they are now. */
  tasks: Task[];
  reason: "ended" | "timeout";
}

/** Throws `not_found` before it waits. */
export async function wait(app: App, request: WaitRequest, find: Find = findTask): Promise<Waited> {
  const asked = findAll(app, request.tasks, find);
  const ids = [...new Set(asked.map((task) => task.id))];
  const over = new AbortController();
  const stop = () => over.abort();
  const timer =
    request.timeoutMs === undefined ? undefined : setTimeout(stop, Math.min(request.timeoutMs, LONGEST_TIMER_MS));
  request.signal?.addEventListener("abort", stop, { once: true });
  if (request.signal?.aborted) stop();
  let rows: Rows;
  let reason: Waited["reason"];
  try {
    await lookFirst(app, request, over.signal);
    rows = getTasks(app.store, ids);
    const ended = await (request.until === "any"
      ? untilAnyEnded(app, ids, over.signal, rows)
      : untilAllEnded(app, ids, over.signal, rows));
    reason = ended ? "ended" : "timeout";
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener("abort", stop);
    setImmediate(stop); // behind the answer: to let go of a hundred tasks takes milliseconds
  }
  readAgain(app, ids, rows);
  return { tasks: asked.map((task) => withOutput(app, rows.get(task.id) ?? task)), reason };
}

/** To end what dead supervisors left running takes seconds, which count. Who asks without waiting asks how things are: that is to be true. */
async function lookFirst(app: App, { timeoutMs }: WaitRequest, over: AbortSignal): Promise<void> {
  const looking = app.vigil.look();
  await (timeoutMs === 0 ? looking : unlessAborted(looking, over));
}

/** The tasks of a wait as they were read last: who has ended stays so, and who is not there any more has no row. */
type Rows = Map<TaskId, Task>;

/** Reads those anew that have not ended. */
function readAgain(app: App, ids: TaskId[], rows: Rows): void {
  const open = ids.filter((id) => isOpen(rows.get(id)));
  if (open.length === 0) return;
  const now = getTasks(app.store, open);
  for (const id of open) note(rows, id, now.get(id));
}

function note(rows: Rows, id: TaskId, task: Task | undefined): void {
  if (task) rows.set(id, task);
  else rows.delete(id);
}

function isOpen(task: Task | undefined): boolean {
  return task !== undefined && !isTerminal(task.status);
}

async function untilAnyEnded(app: App, ids: TaskId[], over: AbortSignal, rows: Rows): Promise<boolean> {
  if (ids.some((id) => !isOpen(rows.get(id)))) return true; // also when the time is over already
  return Promise.race(ids.map((id) => untilEnded(app, id, over, rows)));
}

/**
 * Watches every running task, but of those in the queue one at a time, last come first: when that one has left the queue, the
 * others have too, and most have ended. So a wait for a thousand short tasks does not slow them down.
 */
async function untilAllEnded(app: App, ids: TaskId[], over: AbortSignal, rows: Rows): Promise<boolean> {
  const isQueued = (id: TaskId) => rows.get(id)?.status === "queued";
  const [queued, others] = [ids.filter(isQueued), ids.filter((id) => !isQueued(id))];
  const inTurn = async () => {
    for (let left = queued, last = left.at(-1); last !== undefined; last = left.at(-1)) {
      if (!(await untilEnded(app, last, over, rows))) return false;
      readAgain(app, left, rows);
      left = left.filter((id) => isOpen(rows.get(id)));
    }
    return true;
  };
  return (await Promise.all([...others.map((id) => untilEnded(app, id, over, rows)), inTurn()])).every(Boolean);
}

/** True once the task has ended, false when `over` came first. Begins with its row of a moment ago, and leaves the last one. */
async function untilEnded(app: App, id: TaskId, over: AbortSignal, rows: Rows): Promise<boolean> {
  let release: (() => void) | undefined;
  try {
    for (;;) {
      const task = rows.get(id);
      if (!task || isTerminal(task.status)) return true;
      if (over.aborted) return false;
      let now: Task | undefined;
      if (task.status === "queued") {
        release ??= keepVigil(app, task);
        await untilLeavesQueue(app, id, over);
      } else {
        release?.();
        release = undefined;
        now = await untilRunEnds(app, task, over);
      }
      note(rows, id, now ?? getTask(app.store, id));
    }
  } finally {
    release?.();
  }
}

/**
 * Who waits for a free slot depends on the supervisors of other tasks. Who has one waits for its own, and nobody else has to be woken,
 * which beside a hundred tasks delays what it waits for.
 */
export function keepVigil(app: App, task: Task): (() => void) | undefined {
  return task.reservedAtMs === undefined ? app.vigil.keep() : undefined;
}

/** Resolves when something has happened to a queued task, or its supervisor is overdue; then another one is sent. */
export async function untilLeavesQueue(app: App, id: TaskId, over: AbortSignal): Promise<void> {
  const { home } = app.config;
  const left = () => getTask(app.store, id)?.status !== "queued";
  // Told, and not yet so: who is ending it has not committed, or was killed before it could.
  const isTold = () => existsSync(endedPath(home, id));
  const told = isTold();
  const changed = () => left() || isTold() !== told;
  const expiresAtMs = getExpiry(app.store, id);
  const untilExpiryMs = expiresAtMs === undefined ? undefined : Math.max(0, expiresAtMs - Date.now()) + 1;
  const untilOverdueMs = overdueInMs(home, getTask(app.store, id));
  const patienceMs = told ? BETWEEN_MS : (untilExpiryMs ?? untilOverdueMs);
  const sinceMs = performance.now();
  await untilDirectoryChanges(taskDir(home, id), over, changed, patienceMs);
  const isDue = performance.now() - sinceMs >= (patienceMs ?? Infinity);
  // Which ends it when nobody has said yes in time, and sends another supervisor when none has come.
  if (untilExpiryMs !== undefined || (isDue && !over.aborted && !left())) await recoverDead(home, app.store);
}

/** Resolves when the supervisor has closed the connection, at the task's end or at its own; with the task, if it was read after that. */
async function untilRunEnds(app: App, task: Task, over: AbortSignal): Promise<Task | undefined> {
  const { home } = app.config;
  try {
    await hold(home, task.id, over);
  } catch (error) {
    if (!(error instanceof NotListening)) throw error;
    await untilListening(app, task, over);
    return undefined;
  }
  return over.aborted ? undefined : buryIfDead(app, task.id);
}

/** A supervisor that lives and does not listen will do so in a moment, or has just recorded the end. One that does not is buried. */
export async function untilListening(app: App, task: Task, over: AbortSignal): Promise<void> {
  const { home } = app.config;
  if (!task.supervisor || supervisorLives(task.supervisor) !== true) await recoverDead(home, app.store);
  if (existsSync(controlPath(home, task.id))) await Bun.sleep(REFUSED_MS); // it refused us a moment ago
  const changed = () => existsSync(controlPath(home, task.id)) || getTask(app.store, task.id)?.status !== "working";
  await untilDirectoryChanges(taskDir(home, task.id), over, changed, BETWEEN_MS);
}

/** Who can't be asked now (no descriptor is free, too many ask) is asked again after a moment. */
const REFUSED_MS = 20;

/** How long a dying supervisor may still be in the process table after its connections are gone. */
const BETWEEN_MS = 1_000;

/** After a supervisor's connection has ended: sees to it that the row says why. The task, if that was read when it did not run any more. */
export async function buryIfDead(app: App, id: TaskId): Promise<Task | undefined> {
  const deadline = performance.now() + BETWEEN_MS;
  for (let stepMs = 1; performance.now() < deadline; stepMs *= 2) {
    const task = getTask(app.store, id);
    if (task?.status !== "working") return task;
    const lives = task.supervisor && supervisorLives(task.supervisor);
    if (lives !== true) await recoverDead(app.config.home, app.store);
    if (lives === false) return undefined;
    await Bun.sleep(stepMs);
  }
  return undefined;
}
