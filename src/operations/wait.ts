// Waits until tasks end, without looking again and again: a connection to the supervisor of a running task closes at its end,
// and the directory of a queued one is watched for its claim.

import { existsSync } from "node:fs";
import { controlPath, endedPath, taskDir } from "../home.ts";
import { getExpiry } from "../store/questions.ts";
import { getTask, getTasks } from "../store/read.ts";
import { hold, NotListening } from "../supervisor/client.ts";
import { recoverDead, RESERVATION_MS, supervisorLives } from "../supervisor/recover.ts";
import { untilDirectoryChanges } from "../supervisor/watch.ts";
import { isTerminal, type Task, type TaskId } from "../task.ts";
import type { App } from "./app.ts";
import { withOutput } from "./figures.ts";
import { type Find, findAll, findTask } from "./find.ts";
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
  await app.vigil.look();
  const over = new AbortController();
  const stop = () => over.abort();
  const timer =
    request.timeoutMs === undefined ? undefined : setTimeout(stop, Math.min(request.timeoutMs, LONGEST_TIMER_MS));
  request.signal?.addEventListener("abort", stop, { once: true });
  if (request.signal?.aborted) stop();
  let reason: Waited["reason"];
  try {
    const ended = await (request.until === "any"
      ? untilAnyEnded(app, ids, over.signal)
      : untilAllEnded(app, ids, over.signal));
    reason = ended ? "ended" : "timeout";
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener("abort", stop);
    setImmediate(stop); // behind the answer: to let go of a hundred tasks takes milliseconds
  }
  const now = getTasks(app.store, ids);
  return { tasks: asked.map((task) => withOutput(app, now.get(task.id) ?? task)), reason };
}

function untilAnyEnded(app: App, ids: TaskId[], over: AbortSignal): Promise<boolean> {
  const known = getTasks(app.store, ids);
  return Promise.race(ids.map((id) => untilEnded(app, id, over, known.get(id))));
}

/**
 * Watches every running task, but of those in the queue one at a time, last come first: when that one has left the queue, the
 * others have too, and most have ended. So a wait for a thousand short tasks does not slow them down.
 */
async function untilAllEnded(app: App, ids: TaskId[], over: AbortSignal): Promise<boolean> {
  const known = getTasks(app.store, ids);
  const isQueued = (id: TaskId) => known.get(id)?.status === "queued";
  const [queued, others] = [ids.filter(isQueued), ids.filter((id) => !isQueued(id))];
  const inTurn = async () => {
    for (const id of queued.toReversed()) if (!(await untilEnded(app, id, over))) return false;
    return true;
  };
  return (await Promise.all([...others.map((id) => untilEnded(app, id, over, known.get(id))), inTurn()])).every(
    Boolean,
  );
}

/** True once the task has ended, false when `over` came first. `known`: its row as it was a moment ago. */
async function untilEnded(app: App, id: TaskId, over: AbortSignal, known?: Task): Promise<boolean> {
  let release: (() => void) | undefined;
  try {
    for (let task = known ?? getTask(app.store, id); ; task = getTask(app.store, id)) {
      if (!task || isTerminal(task.status)) return true;
      if (over.aborted) return false;
      if (task.status === "queued") {
        release ??= keepVigil(app, task);
        await untilLeavesQueue(app, id, over);
      } else {
        release?.();
        release = undefined;
        await untilRunEnds(app, task, over);
      }
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
  const untilOverdueMs = overdueInMs(getTask(app.store, id));
  await untilDirectoryChanges(taskDir(home, id), over, changed, told ? BETWEEN_MS : (untilExpiryMs ?? untilOverdueMs));
  // Which ends it when nobody has said yes in time, and sends another supervisor when none has come.
  if (untilExpiryMs !== undefined || (untilOverdueMs !== undefined && !over.aborted && !left()))
    await recoverDead(home, app.store);
}

/** `undefined` when no supervisor is on its way. */
function overdueInMs(task: Task | undefined): number | undefined {
  if (task?.status !== "queued" || task.reservedAtMs === undefined) return undefined;
  const restMs = task.reservedAtMs + RESERVATION_MS - Date.now();
  return Math.min(Math.max(restMs, BETWEEN_MS), RESERVATION_MS) + 1; // the wall clock may have been set
}

/** Resolves when the supervisor has closed the connection, at the task's end or at its own. */
async function untilRunEnds(app: App, task: Task, over: AbortSignal): Promise<void> {
  const { home } = app.config;
  try {
    await hold(home, task.id, over);
  } catch (error) {
    if (!(error instanceof NotListening)) throw error;
    return untilListening(app, task, over);
  }
  if (!over.aborted) await buryIfDead(app, task.id);
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

/** After a supervisor's connection has ended: sees to it that the row says why. */
export async function buryIfDead(app: App, id: TaskId): Promise<void> {
  const deadline = performance.now() + BETWEEN_MS;
  for (let stepMs = 1; performance.now() < deadline; stepMs *= 2) {
    const task = getTask(app.store, id);
    if (task?.status !== "working") return;
    const lives = task.supervisor && supervisorLives(task.supervisor);
    if (lives !== true) await recoverDead(app.config.home, app.store);
    if (lives === false) return;
    await Bun.sleep(stepMs);
  }
}
