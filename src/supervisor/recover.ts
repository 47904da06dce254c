// What any reader does about supervisors that died, or never came: the truth is recorded, the rest of the tree is ended,
// and the queue goes on. Never touches a task whose supervisor lives.

import { closeSync, constants, rmSync } from "node:fs";
import { isStarved, isUnwritable, messageOf } from "../errors.ts";
import { isDirectory, openPlain } from "../files.ts";
import { controlPath, environmentPath, type Home, endedPath, holdPath, taskDir, tracePath } from "../home.ts";
import { outputState } from "../output/reader.ts";
import { isAlive, table } from "../process/table.ts";
import { terminate } from "../process/terminate.ts";
import { leftoverOf, processesOf, TASK_MARK } from "../process/tree.ts";
import { writeCard } from "../store/card.ts";
import { isNewer } from "../store/migrations.ts";
import type { Store } from "../store/open.ts";
import { getSlotHolders, getTask, nextInQueue } from "../store/read.ts";
import { endAndReserve, endQueued, renewReservation, reserveSlots } from "../store/write.ts";
import type { Leftover, SupervisorIdentity, Task, TaskId } from "../task.ts";
import { listens } from "./client.ts";
import { isReplaced, launchSupervisor } from "./launch.ts";
import { trace } from "./trace.ts";

/** A supervisor that has not claimed its task after this long is taken for lost. */
export const RESERVATION_MS = 10_000;
const MOST_LAUNCHES = 3;
const ORPHAN_GRACE_MS = 1_000;

/**
 * Looks after every task that holds a slot. Resolves when what dead supervisors left running is gone too. On a full disk, in a
 * home that can't be written, or without a free descriptor, what can't be seen or recorded is left to a later reader: it must not keep anybody from reading. A process
 * that is older than the store leaves all of it to newer ones: the supervisors it would send could not open that.
 */
export async function recoverDead(home: Home, store: Store): Promise<void> {
  if (isNewer(store) && !isReplaced()) return;
  const orphaned: Promise<void>[] = [];
  try {
    for (const task of getSlotHolders(store)) {
      if (task.status === "queued") relaunchIfLost(home, store, task);
      else if (task.supervisor && supervisorLives(task.supervisor) === false)
        orphaned.push(recordInterrupted(home, store, task));
      else if (task.supervisor && supervisorLives(task.supervisor) === undefined)
        orphaned.push(recordIfSilent(home, store, task));
    }
    if (nextInQueue(store)) launchAll(home, store, reserveSlots(store));
    await Promise.all(orphaned);
  } catch (error) {
    if (!isUnwritable(error) && !isStarved(error)) throw error;
    await Promise.allSettled(orphaned);
    trace(`whether supervisors live can't be seen or recorded now: ${messageOf(error)}`);
  }
}

/**
 * `undefined` when it can't be seen from here: it runs in a container that numbers its processes itself (pid_namespaces(7)), or
 * nobody can be seen now, not even this process (no descriptor is free).
 */
export function supervisorLives(supervisor: SupervisorIdentity): boolean | undefined {
  if (supervisor.bootId !== table.bootId()) return false;
  if (isElsewhere(supervisor)) return undefined;
  return isAlive(supervisor) || (table.find(process.pid) ? false : undefined);
}

function isElsewhere({ pidNamespace }: SupervisorIdentity): boolean {
  return pidNamespace !== undefined && pidNamespace !== table.pidNamespace();
}

/** A supervisor listens moments after its claim. */
const LISTENS_AFTER_MS = 10_000;
const ASK_AGAIN_MS = 200;

/** Who can't be seen can be asked: only a socket that nobody listens on any more proves that its supervisor is gone. */
async function recordIfSilent(home: Home, store: Store, task: Task): Promise<void> {
  for (let times = 0; times < 2; times += 1) {
    const answer = await listens(home, task.id);
    if (answer === "yes" || answer === "unknown") return;
    if (answer === "no socket" && Math.abs(Date.now() - (task.startedAtMs ?? 0)) < LISTENS_AFTER_MS) return;
    await Bun.sleep(ASK_AGAIN_MS);
    const now = getTask(store, task.id);
    if (now?.status !== "working" || now.supervisor?.pid !== task.supervisor?.pid) return;
  }
  await recordInterrupted(home, store, task);
}

/**
 * Sends supervisors for reserved tasks. One that can't be sent ends its task, and the slot goes to the next.
 * `own` takes the children that are started for it, as long as they run.
 */
export function launchAll(home: Home, store: Store, ids: TaskId[], own?: Set<number>): void {
  const wanted = [...ids];
  for (let id = wanted.shift(); id; id = wanted.shift()) {
    try {
      const { pid, exited } = launchSupervisor(home, id);
      own?.add(pid);
      void exited.then(() => own?.delete(pid));
    } catch (error) {
      wanted.push(...endUnclaimed(home, store, id, `no supervisor could be started: ${messageOf(error)}`));
    }
  }
}

async function recordInterrupted(home: Home, store: Store, task: Task): Promise<void> {
  const { bytes, lines, lastAtMs } = outputState(home, task.id);
  const rebooted = task.supervisor?.bootId !== table.bootId();
  const reason = rebooted ? "the machine was restarted" : "its supervisor died; how the command ended is not known";
  const { won, launch } = endAndReserve(
    store,
    task.id,
    { status: "interrupted", reason },
    {
      finishedAtMs: Date.now(),
      outputBytes: bytes,
      outputLines: lines,
      ...(lastAtMs !== undefined && { lastOutputAtMs: lastAtMs }),
    },
  );
  launchAll(home, store, launch);
  if (!won) return;
  writeCard(home, store, task.id);
  if (isDirectory(taskDir(home, task.id)))
    for (const pathOf of [controlPath, holdPath, environmentPath]) rmSync(pathOf(home, task.id), { force: true });
  if (rebooted) return; // nothing of it runs; whoever has its pids now is a stranger
  await endOrphans(task);
}

/** Ends what is left of a task whose command nobody supervises any more. Returns what outlived SIGKILL. */
export async function endOrphans(task: Task, graceMs = ORPHAN_GRACE_MS): Promise<Leftover[]> {
  const groupId = groupOf(task);
  const find = () => processesOf(task.id, groupId, task.leftRunning);
  const { survivors } = await terminate(find, groupId, graceMs);
  return survivors.map(leftoverOf);
}

/** The task's process group, when it is certain that it is still the task's: its leader lives, or a member carries its mark. */
function groupOf(task: Task): number | undefined {
  const leader = task.process;
  if (!leader || (task.supervisor && isElsewhere(task.supervisor))) return undefined;
  if (isAlive(leader)) return leader.pid;
  const members = table.list().filter((one) => one.groupId === leader.pid);
  return members.some((one) => table.hasInEnvironment(one.pid, `${TASK_MARK}=${task.id}`)) ? leader.pid : undefined;
}

function relaunchIfLost(home: Home, store: Store, task: Task): void {
  if (task.reservedAtMs === undefined || Math.abs(Date.now() - task.reservedAtMs) < RESERVATION_MS) return;
  if (task.launches >= MOST_LAUNCHES) {
    launchAll(
      home,
      store,
      endUnclaimed(
        home,
        store,
        task.id,
        `${task.launches} supervisors were started for it and none came up; ${tracePath(home)} may say why`,
      ),
    );
  } else if (renewReservation(store, task.id, task.reservedAtMs)) {
    trace(`task ${task.id}: no supervisor came within ${RESERVATION_MS / 1000} s; another one is started`);
    launchAll(home, store, [task.id]);
  }
}

/** Ends a task that never ran. The ids that now want a supervisor are returned. */
function endUnclaimed(home: Home, store: Store, id: TaskId, reason: string): TaskId[] {
  const { won, launch } = endQueued(store, id, { status: "failed", reason });
  if (won) announceUnclaimedEnd(home, store, id);
  return launch;
}

/** For those who watch the directory of a queued task: it has ended without having run. Its environment is not wanted any more. */
export function announceUnclaimedEnd(home: Home, store: Store, id: TaskId): void {
  if (!isDirectory(taskDir(home, id))) return;
  writeCard(home, store, id);
  rmSync(environmentPath(home, id), { force: true });
  try {
    closeSync(openPlain(endedPath(home, id), constants.O_WRONLY | constants.O_CREAT));
  } catch (error) {
    trace(`task ${id}: those who wait for it are told late that it has ended: ${messageOf(error)}`);
  }
}
