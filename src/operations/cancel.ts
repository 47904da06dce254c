// Ends a task: one that waits never runs, one that runs is terminated with its whole tree, and of one that has ended, what it left running.

import { supervisorSilent } from "../wording.ts";
import { dieAt } from "../kill-points.ts";
import { signals } from "../process/signals.ts";
import { supervisorsOf } from "../process/tree.ts";
import { taskDir } from "../home.ts";
import { getTask } from "../store/read.ts";
import { askCancel, NotListening } from "../supervisor/client.ts";
import { supervisorLives } from "../supervisor/alive.ts";
import { endOrphans } from "../supervisor/orphans.ts";
import { recoverDead } from "../supervisor/recover.ts";
import { endUnclaimedAs, launchAll } from "../supervisor/unclaimed.ts";
import { isSubmitted } from "../supervisor/submission.ts";
import { untilDirectoryChanges } from "../supervisor/watch.ts";
import { type Leftover, type Task } from "../task.ts";
import type { App } from "./app.ts";
import { withOutput } from "./figures.ts";
import { type Find, findTask } from "./find.ts";
import { checkSeconds } from "./start.ts";
import { untilListening } from "./wait.ts";

export const DEFAULT_GRACE_SECONDS = 5;

export interface Cancelled {
  task: Task;
  /** What outlived SIGKILL. Empty when all is well. */
  survivors: Leftover[];
}

/** Resolves once everything is dead, or with the survivors. Throws `not_found`, `bad_request` or `unavailable`. */
export async function cancel(app: App, given: string, graceSeconds: number, find: Find = findTask): Promise<Cancelled> {
  const graceMs = checkSeconds("grace_seconds", graceSeconds, 0) * 1000;
  const { id } = find(app, given);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const task = getTask(app.store, id) ?? find(app, given);
    if (task.status === "queued") await cancelQueued(app, task, graceMs);
    else if (task.status === "working") {
      const answered = await cancelWorking(app, task, graceMs);
      // A supervisor that has just claimed the task, or is about to record its end, hangs up: it gets a moment, each time twice as long.
      if (!answered) await Bun.sleep(2 ** tries);
    } else {
      const survivors = await endLeftovers(task, graceMs);
      return { task: withOutput(app, task), survivors };
    }
  }
  throw supervisorSilent(id);
}

/** Each try but the last lost a race: with a claim, an end, or a death. */
const MOST_TRIES = 10;

/** A supervisor that is on its way is waited for: its command may run already. */
async function cancelQueued(app: App, task: Task, graceMs: number): Promise<void> {
  const { home } = app.config;
  if (await isClaimedSoon(app, task)) return;
  if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("cancel: before it ends a queued task");
  const { id, reservedAtMs } = task;
  const begun = reservedAtMs !== undefined && !isSubmitted(home, id) ? { startedAtMs: reservedAtMs } : {};
  const { won, launch } = endUnclaimedAs(home, app.store, id, { status: "cancelled", ...begun });
  launchAll(home, app.store, launch);
  if (!won || reservedAtMs === undefined) return; // one with a slot may have begun until now
  await endOrphans(task, graceMs);
  resumeSupervisors(task); // so that it learns that there is nothing left to do
}

/** Its own command may have stopped it. */
function resumeSupervisors({ id }: Task): void {
  for (const { pid } of supervisorsOf(id)) signals.resume(pid);
}

/** By far more than a supervisor takes from its launch to its claim. */
const CLAIMED_AFTER_MS = 1_000;

async function isClaimedSoon(app: App, task: Task): Promise<boolean> {
  if (task.reservedAtMs === undefined || Math.abs(Date.now() - task.reservedAtMs) > CLAIMED_AFTER_MS) return false;
  resumeSupervisors(task);
  const over = AbortSignal.timeout(CLAIMED_AFTER_MS);
  const isClaimed = () => getTask(app.store, task.id)?.status !== "queued";
  while (!isClaimed() && !over.aborted) await untilDirectoryChanges(taskDir(app.config.home, task.id), over, isClaimed);
  return isClaimed();
}

/** A supervisor answers once SIGTERM, grace and SIGKILL are through; one that is stuck does not. */
const PATIENCE_MS = 15_000;

/** False when nobody answered. */
async function cancelWorking(app: App, task: Task, graceMs: number): Promise<boolean> {
  wake(task);
  const patience = AbortSignal.timeout(graceMs + PATIENCE_MS);
  let reply: object | undefined;
  try {
    reply = await askCancel(app.config.home, task.id, graceMs, patience);
  } catch (error) {
    if (!(error instanceof NotListening)) throw error;
    await recoverDead(app.config.home, app.store);
    await untilListening(app, task, patience);
  }
  if (patience.aborted) throw supervisorSilent(task.id);
  return reply !== undefined;
}

/** A supervisor that was stopped (its own command can do that) hears nothing until it goes on. */
function wake({ supervisor }: Task): void {
  if (supervisor && supervisorLives(supervisor) === true) signals.resume(supervisor.pid);
}

/** Ends what an ended task left running. */
async function endLeftovers(task: Task, graceMs: number): Promise<Leftover[]> {
  if (task.leftRunning.length === 0 && task.status !== "interrupted") return [];
  return endOrphans(task, graceMs);
}
