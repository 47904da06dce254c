// Forgets tasks that have ended: row first, directory after, so that a crash in between leaves a directory that nobody misses, which
// a later run finds. What runs, waits, or has left something running is never touched.

import { lstatSync, readdirSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Keep } from "../config.ts";
import { isDiskFull } from "../errors.ts";
import { type Home, taskDir, tasksDir } from "../home.ts";
import { countEnded, deleteEnded, getEndedFirst, getKept, hasTask } from "../store/prune.ts";
import type { Store } from "../store/open.ts";
import { deleteWaits, endOfWaitBefore } from "../store/waits.ts";
import { supervisorLives } from "../supervisor/alive.ts";
import { isLeftRunning } from "../supervisor/orphans.ts";
import { isTaskId, isTerminal, type Task, type TaskId } from "../task.ts";
import { pruneOfLeft, pruneOfLive } from "../wording.ts";
import type { App } from "./app.ts";
import { refreshed } from "./find.ts";
import { endForgottenWaits, tellWaits } from "./waits.ts";

/** What may go. Each rule that is given counts for itself. */
export interface PruneRules {
  /** What ended longer ago. */
  olderThanMs?: number | undefined;
  /** All ended tasks but the newest so many. */
  keepEnded?: number | undefined;
  /** Instead of the others: what the settings keep. */
  keep?: Keep | undefined;
  /** Tells what would go, and leaves it. */
  dryRun?: boolean | undefined;
  /** Stops after that long; the next run goes on. */
  budgetMs?: number | undefined;
}

export interface Pruned {
  ids: TaskId[];
  /** Freed on disk. */
  bytes: number;
  /** Directories without a task, left by a crash. */
  strays: number;
  /** False when the budget ran out. */
  finished: boolean;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BATCH = 1_000;

/** Oldest end first. Gives way to everything else between batches. */
export async function prune(app: App, rules: PruneRules): Promise<Pruned> {
  const began = performance.now();
  if (!rules.dryRun) await pruneWaits(app, rules, Date.now());
  const mayGo = judgeOf(app, rules, Date.now());
  const pruned: Pruned = { ids: [], bytes: 0, strays: 0, finished: true };
  const isOver = () => performance.now() - began > (rules.budgetMs ?? Number.POSITIVE_INFINITY);
  let passed = 0; // tasks before them stay
  for (;;) {
    const batch = getEndedFirst(app.store, BATCH, passed);
    for (const task of batch) {
      if (!mayGo(task)) return withStrays(app, rules, pruned);
      if (isOver()) return { ...pruned, finished: false };
      const bytes = isInUse(task) ? undefined : await remove(app, task, rules.dryRun === true);
      if (bytes === undefined || rules.dryRun) passed += 1;
      if (bytes === undefined) continue;
      pruned.ids.push(task.id);
      pruned.bytes += bytes;
    }
    if (batch.length < BATCH) return withStrays(app, rules, pruned);
    await nextTurn();
  }
}

/** Forgets just these. Throws `bad_request`, and removes none, where one has not ended or has left something running. */
export async function pruneTasks(app: App, named: Task[], dryRun: boolean): Promise<Pruned> {
  const tasks = await Promise.all(named.map((task) => refreshed(app, task)));
  for (const task of tasks) {
    if (!isTerminal(task.status)) throw pruneOfLive(task.id, task.status);
    if (isInUse(task)) throw pruneOfLeft(task.id);
  }
  const pruned: Pruned = { ids: [], bytes: 0, strays: 0, finished: true };
  for (const task of tasks) {
    const bytes = await remove(app, task, dryRun);
    if (bytes === undefined) continue;
    pruned.ids.push(task.id);
    pruned.bytes += bytes;
  }
  return pruned;
}

/** Decides of ended tasks, asked one after the other from the oldest end on: whether it may go. After the first that may not, none may. */
function judgeOf(app: App, rules: PruneRules, nowMs: number): (task: Task) => boolean {
  const { keep } = rules;
  if (!keep) {
    let over = rules.keepEnded === undefined ? 0 : countEnded(app.store) - rules.keepEnded;
    const agedMs = nowMs - (rules.olderThanMs ?? Number.POSITIVE_INFINITY);
    return ({ finishedAtMs = 0 }) => over-- > 0 || finishedAtMs < agedMs;
  }
  const kept = getKept(app.store);
  return ({ finishedAtMs = 0, outputBytes = 0, maxOutputBytes }) => {
    const goes =
      finishedAtMs < nowMs - keep.ms ||
      (kept.tasks > keep.tasks && finishedAtMs < nowMs - DAY_MS) ||
      (kept.bytes > keep.bytes && finishedAtMs < nowMs - HOUR_MS);
    kept.tasks -= 1;
    kept.bytes -= Math.min(outputBytes, maxOutputBytes);
    return goes;
  };
}

/** An answer is small beside a task's output; so many are kept, whatever the settings say of tasks. */
const MOST_WAITS = 10_000;

/** Forgets waits that are over, by the same rules. */
async function pruneWaits(app: App, rules: PruneRules, nowMs: number): Promise<void> {
  await endForgottenWaits(app);
  const beyond = (newest: number) => endOfWaitBefore(app.store, newest) ?? 0;
  const { keep } = rules;
  const endedByMs = keep
    ? Math.max(nowMs - keep.ms, Math.min(beyond(Math.min(keep.tasks, MOST_WAITS)), nowMs - DAY_MS))
    : Math.max(
        nowMs - (rules.olderThanMs ?? Number.POSITIVE_INFINITY),
        rules.keepEnded === undefined ? 0 : beyond(rules.keepEnded),
      );
  deleteWaits(app.store, Math.max(0, endedByMs), nowMs);
}

/** What a task left running may still print into its log, and be asked for. */
function isInUse(task: Task): boolean {
  const holdsLog = () => task.supervisor !== undefined && supervisorLives(task.supervisor) === true;
  return task.leftRunning.length > 0 && (holdsLog() || isLeftRunning(task));
}

/** Bytes that it freed. `undefined` when the task is not there any more. */
async function remove(app: App, task: Task, dryRun: boolean): Promise<number | undefined> {
  const directory = taskDir(app.config.home, task.id);
  const bytes = bytesOf(directory);
  if (dryRun) return bytes;
  await tellWaits(app, task);
  const forget = () => deleteEnded(app.store, task.id);
  const removeFiles = () => rmSync(directory, { recursive: true, force: true });
  let forgotten: boolean;
  try {
    forgotten = forget();
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    removeFiles(); // on a full disk the row can only go when there is room again
    forgotten = forget();
  }
  if (!forgotten) return undefined;
  removeFiles();
  return bytes;
}

/** Those of the directories that have no task. One is there moments before its row: one that is older and has none was left by a crash. */
export function straysOf(home: Home, store: Store, names: string[]): TaskId[] {
  return names.filter((name): name is TaskId => {
    if (!isTaskId(name) || hasTask(store, name)) return false;
    const changedMs = lstatSync(taskDir(home, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    return changedMs < Date.now() - DAY_MS;
  });
}

async function withStrays(app: App, { dryRun, budgetMs }: PruneRules, pruned: Pruned): Promise<Pruned> {
  const names = await readdir(tasksDir(app.config.home)).catch(() => []);
  // In a hurry each is looked up only when there are more of them than tasks.
  if (budgetMs !== undefined && names.length <= getKept(app.store).tasks) return pruned;
  for (let at = 0; at < names.length; at += BATCH) {
    for (const id of straysOf(app.config.home, app.store, names.slice(at, at + BATCH))) {
      const directory = taskDir(app.config.home, id);
      pruned.bytes += bytesOf(directory);
      pruned.strays += 1;
      if (!dryRun) rmSync(directory, { recursive: true, force: true });
    }
    await nextTurn();
  }
  return pruned;
}

function bytesOf(directory: string): number {
  try {
    const sizes = readdirSync(directory).map((name) => lstatSync(join(directory, name)).size);
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return 0; // somebody else is removing it
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
