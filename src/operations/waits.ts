// Waits that a client holds a handle of. Whoever is asked about one looks whether it is over, and then attends to it: waits along, and
// records its end with all that there is to tell. So any process can answer at any time, also when the tasks are long gone.

import { BackburnerError, messageOf } from "../errors.ts";
import { getTask } from "../store/read.ts";
import {
  endWait,
  getForgottenWaits,
  getWait,
  getWaitsFor,
  insertWait,
  keepForWaits,
  type Wait,
} from "../store/waits.ts";
import { recoverDead } from "../supervisor/recover.ts";
import { trace } from "../supervisor/trace.ts";
import { isTerminal, newWaitId, type Task, type TaskId, type WaitId } from "../task.ts";
import type { App } from "./app.ts";
import { withOutput } from "./figures.ts";
import { findTask } from "./find.ts";
import { type Matched, patternOf, waitForMatch } from "./match.ts";
import { type Tailed, withTail } from "./tails.ts";
import { unlessAborted } from "./unless-aborted.ts";
import { wait as waitForEnd } from "./wait.ts";

export type { Wait } from "../store/waits.ts";

export interface NewWaitRequest {
  tasks: string[];
  until: "all" | "any";
  pattern?: string | undefined;
  /** From where on a task's output counts for the pattern. */
  fromBytes: (id: TaskId) => number;
  /** `undefined` waits as long as it takes. */
  timeoutMs?: number | undefined;
  /** How long whoever asks wants to be able to ask for it, from now. */
  ttlMs?: number | undefined;
}

/** What is told of a wait that is over. */
export interface WaitAnswer {
  tasks: Tailed[];
  matches: Matched["matches"];
}

/** Begins to wait. Its row is durable by then. Throws `not_found`, or `bad_request` for a pattern that is none. */
export function openWait(app: App, request: NewWaitRequest): Wait {
  const tasks = request.tasks.map((given) => findTask(app, given).id);
  if (request.pattern !== undefined) patternOf(request.pattern);
  const [id, createdAtMs] = [newWaitId(), Date.now()];
  insertWait(app.store, {
    id,
    createdAtMs,
    until: request.until,
    tasks: tasks.map((task) => ({ id: task, fromBytes: request.fromBytes(task) })),
    ...(request.pattern !== undefined && { pattern: request.pattern }),
    ...(request.timeoutMs !== undefined && { deadlineAtMs: createdAtMs + Math.ceil(request.timeoutMs) }),
    ...(request.ttlMs !== undefined && { ttlMs: request.ttlMs }),
  });
  const wait = getWait(app.store, id);
  if (!wait) throw new Error(`wait ${id} was inserted and is not there`);
  return wait;
}

/** The wait as it is now. `undefined` when there is none of that id. */
export async function readWait(app: App, id: WaitId): Promise<Wait | undefined> {
  const found = getWait(app.store, id);
  if (found?.status !== "waiting") return found;
  await recoverDead(app.config.home, app.store);
  await look(app, found);
  const now = getWait(app.store, id);
  if (now?.status === "waiting") void attend(app, now);
  return now;
}

/** Resolves once the wait is over, or the signal is aborted. */
export async function untilOver(app: App, wait: Wait, signal: AbortSignal): Promise<void> {
  await unlessAborted(attend(app, wait), signal);
}

/** Ends the waiting; the tasks go on. False when it is over already. */
export function cancelWait(app: App, id: WaitId): boolean {
  const won = endWait(app.store, id, "cancelled");
  attendancesOf(app).get(id)?.stop.abort();
  return won;
}

/** The tasks of a wait as they are now, those that were pruned as they were then. In the order they were asked for. */
export function tasksOf(app: App, wait: Wait): Task[] {
  return wait.tasks.flatMap(({ id, kept }) => {
    const task = getTask(app.store, id);
    return task ? [withOutput(app, task)] : keptOf(kept).map((one) => one.task);
  });
}

/** What is to be told of a wait that is over. */
export function answerOf(wait: Wait): WaitAnswer {
  return (parsed(wait.answer) as WaitAnswer | undefined) ?? { tasks: [], matches: [] };
}

/** Before a task is pruned: waits for it learn what they will have to tell. */
export async function tellWaits(app: App, task: Task): Promise<void> {
  const waits = getWaitsFor(app.store, task.id);
  if (waits.length === 0) return;
  for (const wait of waits) await look(app, wait);
  keepForWaits(app.store, task.id, JSON.stringify(withTail(app, withOutput(app, task), 1)));
}

/** Records the ends of waits that nobody asks about any more, so that they go with the others in their time. */
export async function endForgottenWaits(app: App): Promise<void> {
  for (const wait of getForgottenWaits(app.store, Date.now() - DAY_MS, MOST_FORGOTTEN)) await look(app, wait);
}

const DAY_MS = 86_400_000;
const MOST_FORGOTTEN = 100;

/** Records the end of a wait that is over. */
async function look(app: App, wait: Wait): Promise<void> {
  if (wait.pattern !== undefined) {
    if (!attendancesOf(app).has(wait.id)) await waitAlong(app, wait, 0, new AbortController().signal);
    return;
  }
  const ended = wait.tasks.filter(({ id }) => isTerminal(getTask(app.store, id)?.status ?? "completed"));
  if (wait.until === "any" ? ended.length > 0 : ended.length === wait.tasks.length) record(app, wait, "ended", []);
  else if (remainingMs(wait) <= 0) record(app, wait, "timeout", []);
}

interface Attendance {
  over: Promise<void>;
  stop: AbortController;
}

const attendances = new WeakMap<App, Map<WaitId, Attendance>>();

/** Waits that this process attends to. */
function attendancesOf(app: App): Map<WaitId, Attendance> {
  const known = attendances.get(app) ?? new Map<WaitId, Attendance>();
  attendances.set(app, known);
  return known;
}

/** Resolves once the wait is over. However often it is called, this process waits along once. */
function attend(app: App, wait: Wait): Promise<void> {
  const attended = attendancesOf(app);
  const known = attended.get(wait.id);
  if (known) return known.over;
  const stop = new AbortController();
  const over = untilRecorded(app, wait, stop.signal)
    .catch((error: unknown) => trace(`while attending to wait ${wait.id}: ${messageOf(error)}`))
    .finally(() => void attended.delete(wait.id));
  attended.set(wait.id, { over, stop });
  return over;
}

async function untilRecorded(app: App, wait: Wait, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const timeoutMs = wait.deadlineAtMs === undefined ? undefined : Math.max(0, remainingMs(wait));
    if (await waitAlong(app, wait, timeoutMs, signal)) return;
  }
}

/** True when the wait is over. A timeout that comes before the deadline is none. */
async function waitAlong(app: App, wait: Wait, timeoutMs: number | undefined, signal: AbortSignal): Promise<boolean> {
  const byId = new Map(tasksOf(app, wait).map((task) => [task.id, task]));
  if (byId.size === 0) {
    record(app, wait, "ended", []); // a race with the clean-up: nothing is known of them any more
    return true;
  }
  const find = (_: App, id: TaskId): Task => byId.get(id) ?? findTask(app, id);
  const request = { tasks: [...byId.keys()], until: wait.until, timeoutMs, signal };
  try {
    const { reason, matches } = await (wait.pattern === undefined
      ? waitForEnd(app, request, find).then((waited) => ({ ...waited, matches: [] }))
      : waitForMatch(app, { ...request, pattern: patternOf(wait.pattern), fromBytes: fromBytesOf(wait) }, find));
    if (signal.aborted) return true;
    if (reason === "timeout" && remainingMs(wait) > 0) return false;
    record(app, wait, reason, matches);
  } catch (error) {
    if (!(error instanceof BackburnerError) || error.code !== "bad_request") throw error;
    endWait(app.store, wait.id, "failed", { reason: error.message }); // its pattern takes too long
  }
  return true;
}

function fromBytesOf({ tasks }: Wait): (id: TaskId) => number {
  return (id) => tasks.find((task) => task.id === id)?.fromBytes ?? 0;
}

function record(app: App, wait: Wait, reason: Matched["reason"], matches: Matched["matches"]): void {
  const tasks = wait.tasks.flatMap(({ id, kept }) => {
    const task = getTask(app.store, id);
    return task ? [withTail(app, withOutput(app, task), wait.tasks.length)] : keptOf(kept);
  });
  endWait(app.store, wait.id, reason, { answer: JSON.stringify({ tasks, matches } satisfies WaitAnswer) });
}

function keptOf(kept: string | undefined): Tailed[] {
  const read = parsed(kept) as Tailed | undefined;
  return read ? [read] : [];
}

/** `undefined` where there is nothing, or somebody has damaged it: readers go on. */
function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

function remainingMs({ deadlineAtMs }: Wait): number {
  return deadlineAtMs === undefined ? Number.POSITIVE_INFINITY : deadlineAtMs - Date.now();
}
