// What any reader does about supervisors that died, or never came: the truth is recorded, the rest of the tree is ended,
// and the queue goes on. Never touches a task whose supervisor lives.

import { rmSync } from "node:fs";
import { isStarved, isUnwritable, messageOf } from "../errors.ts";
import { isDirectory } from "../files.ts";
import { controlPath, environmentPath, type Home, holdPath, taskDir, tracePath } from "../home.ts";
import { dieAt } from "../kill-points.ts";
import { outputState } from "../output/reader.ts";
import { table } from "../process/table.ts";
import { supervisorsOf } from "../process/tree.ts";
import { writeCard } from "../store/card.ts";
import { isNewer } from "../store/migrations.ts";
import type { Store } from "../store/open.ts";
import { getUnanswered } from "../store/questions.ts";
import { getSlotHolders, getTask, nextInQueue } from "../store/read.ts";
import { giveSlotBack, renewReservation, reserveSlots } from "../store/slots.ts";
import { endAndReserve, type UnclaimedEnding } from "../store/write.ts";
import { isTerminal, type Task, type TaskId } from "../task.ts";
import { remove } from "./address.ts";
import { isElsewhere, supervisorLives } from "./alive.ts";
import { listens } from "./client.ts";
import { isReplaced } from "./launch.ts";
import { endOrphans, untilBorn } from "./orphans.ts";
import { isSubmitted } from "./submission.ts";
import { trace } from "./trace.ts";
import { transport } from "./transport.ts";
import { endUnclaimedAs, launchAll } from "./unclaimed.ts";

/** A supervisor that has not claimed its task after this long is taken for lost. */
export const RESERVATION_MS = 10_000;
/** One that was started together with its command can be seen, and its death too. */
const BEGUN_MS = 1_000;
const LOOK_AGAIN_MS = 200;
const MOST_LAUNCHES = 3;

/**
 * Looks after every task that holds a slot. Resolves when what dead supervisors left running is gone too. On a full disk, in a
 * home that can't be written, or without a free descriptor, what can't be seen or recorded is left to a later reader: it must not
 * keep anybody from reading. A process that is older than the store leaves all of it to newer ones: the supervisors it would send
 * could not open that.
 */
export async function recoverDead(home: Home, store: Store): Promise<void> {
  if (isNewer(store) && !isReplaced()) return;
  const orphaned: Promise<void>[] = [];
  try {
    for (const task of getSlotHolders(store)) {
      if (task.status === "queued") orphaned.push(relaunchIfLost(home, store, task));
      if (isTerminal(task.status)) orphaned.push(reclaimSlot(home, store, task));
      if (task.status !== "working" || !task.supervisor || transport.holds?.(home, task.id)) continue;
      const lives = supervisorLives(task.supervisor);
      if (lives === false) orphaned.push(bury(home, store, task));
      else if (lives === undefined) orphaned.push(recordIfSilent(home, store, task));
    }
    for (const id of getUnanswered(store)) launchAll(home, store, endUnanswered(home, store, id));
    if (nextInQueue(store)) launchAll(home, store, reserveSlots(store));
    await Promise.all(orphaned);
  } catch (error) {
    await Promise.allSettled(orphaned);
    if (!isUnwritable(error) && !isStarved(error)) throw error;
    trace(`whether supervisors live can't be seen or recorded now: ${messageOf(error)}`);
  }
}

/** A supervisor listens moments after its claim. */
const LISTENS_AFTER_MS = 10_000;
const ASK_AGAIN_MS = 200;

/** Who can't be seen can be asked: only a socket that nobody listens on any more proves that its supervisor is gone. */
async function recordIfSilent(home: Home, store: Store, task: Task): Promise<void> {
  if (!task.supervisor || !isElsewhere(task.supervisor)) return; // nobody can be seen now, nor asked
  for (let times = 0; times < 2; times += 1) {
    const answer = await listens(home, task.id);
    if (answer === "yes" || answer === "unknown" || !table.find(process.pid)) return;
    if (answer === "no socket" && Math.abs(Date.now() - (task.startedAtMs ?? 0)) < LISTENS_AFTER_MS) return;
    await Bun.sleep(ASK_AGAIN_MS);
    const now = getTask(store, task.id);
    if (now?.status !== "working" || now.supervisor?.pid !== task.supervisor?.pid) return;
  }
  await bury(home, store, task);
}

/** A supervisor keeps the slot of an ended task for moments (linger.ts). Who is gone, or was stopped meanwhile, does not give it back. */
async function reclaimSlot(home: Home, store: Store, { id, supervisor, finishedAtMs = 0 }: Task): Promise<void> {
  const lives = supervisor && supervisorLives(supervisor);
  const isOverdue = Math.abs(Date.now() - finishedAtMs) > RESERVATION_MS;
  const isGone = lives === false || (lives === undefined && (await listens(home, id)) === "no");
  if (isGone && isDirectory(taskDir(home, id))) remove(controlPath(home, id));
  if (isGone || isOverdue) launchAll(home, store, giveSlotBack(store, id));
}

const DIED = "its supervisor died; how the command ended is not known";

/** Many may wait for the same task here: they share one burial. */
const burials = new Map<TaskId, Promise<void>>();

function bury(home: Home, store: Store, task: Task): Promise<void> {
  const burial = burials.get(task.id) ?? endInterrupted(home, store, task).finally(() => burials.delete(task.id));
  burials.set(task.id, burial);
  return burial;
}

/** The record comes last, as whoever does this may be killed as well: while the task is `working` the next reader does it all again. */
async function endInterrupted(home: Home, store: Store, task: Task): Promise<void> {
  const { supervisor } = task;
  const now = getTask(store, task.id);
  if (!supervisor || now?.status !== "working" || now.supervisor?.pid !== supervisor.pid) return; // it ended, and left, while we looked
  const rebooted = supervisor.bootId !== table.bootId();
  if (!rebooted && !now.process) await untilBorn(home, store, supervisor);
  // After a reboot nothing of it runs; whoever has its pids now is a stranger.
  const leftRunning = rebooted ? [] : await endOrphans(task);
  // Also how those learn of it who watch the directory because it was queued when they looked.
  if (isDirectory(taskDir(home, task.id))) {
    for (const pathOf of [environmentPath, holdPath]) rmSync(pathOf(home, task.id), { force: true });
    remove(controlPath(home, task.id));
  }
  const { bytes, lines, lastAtMs } = outputState(home, task.id);
  const reason = rebooted ? "the machine was restarted" : DIED;
  if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("reader: before interrupted");
  const { won, launch } = endAndReserve(
    store,
    task.id,
    { status: "interrupted", reason },
    {
      finishedAtMs: Date.now(),
      outputBytes: bytes,
      outputLines: lines,
      leftRunning,
      ...(lastAtMs !== undefined && { lastOutputAtMs: lastAtMs }),
    },
  );
  if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("reader: after interrupted");
  launchAll(home, store, launch);
  if (won) writeCard(home, store, task.id);
}

/** After how long a task that no supervisor has claimed is to be looked after again. `undefined` when none is on its way. */
export function overdueInMs(home: Home, task: Task | undefined): number | undefined {
  if (task?.status !== "queued" || task.reservedAtMs === undefined) return undefined;
  const mostMs = isSubmitted(home, task.id) ? RESERVATION_MS : BEGUN_MS;
  const restMs = task.reservedAtMs + mostMs - Date.now();
  return Math.min(Math.max(restMs, BEGUN_MS), RESERVATION_MS) + 1; // the wall clock may have been set
}

function isSeenFromHere({ submittedIn }: Task): boolean {
  return submittedIn === table.pidNamespace() && table.find(process.pid) !== undefined; // else no descriptor is free
}

/** Looks twice: one that is just being executed has another argv, or none. */
async function hasSupervisor(id: TaskId): Promise<boolean> {
  if (supervisorsOf(id).length > 0) return true;
  await Bun.sleep(LOOK_AGAIN_MS);
  return supervisorsOf(id).length > 0;
}

/** Nobody begins a command a second time: one that may have begun is given up once nobody is left who could claim it. */
async function relaunchIfLost(home: Home, store: Store, task: Task): Promise<void> {
  const { id, reservedAtMs, launches } = task;
  const sinceMs = reservedAtMs === undefined ? 0 : Math.abs(Date.now() - reservedAtMs);
  if (reservedAtMs === undefined || sinceMs < BEGUN_MS) return;
  const mayHaveBegun = !isSubmitted(home, id);
  const isAlone = mayHaveBegun && isSeenFromHere(task) && !(await hasSupervisor(id));
  if (!isAlone && sinceMs < RESERVATION_MS) return;
  const now = getTask(store, id);
  if (now?.status !== "queued" || now.reservedAtMs !== reservedAtMs) return; // it was claimed while we looked
  if (isAlone || launches >= MOST_LAUNCHES) {
    if (mayHaveBegun) await endOrphans(task);
    const failed = `${launches} supervisors were started for it and none came up; ${tracePath(home)} may say why`;
    const ending: UnclaimedEnding = isAlone
      ? { status: "interrupted", reason: DIED, startedAtMs: reservedAtMs }
      : { status: "failed", reason: failed, ...(mayHaveBegun && { startedAtMs: reservedAtMs }) };
    launchAll(home, store, endUnclaimedAs(home, store, id, ending).launch);
  } else if (renewReservation(store, id, reservedAtMs)) {
    const next = mayHaveBegun ? "it is waited for" : "another one is started";
    trace(`task ${id}: no supervisor came within ${RESERVATION_MS / 1000} s; ${next}`);
    if (!mayHaveBegun) launchAll(home, store, [id]);
  }
}

/** Ends a task that nobody said yes to in time. The ids that now want a supervisor are returned. */
function endUnanswered(home: Home, store: Store, id: TaskId): TaskId[] {
  return endUnclaimedAs(home, store, id, { status: "cancelled", reason: "nobody said yes to it in time" }).launch;
}
