// What runs of a task that nobody supervises (any more) is found, and ended.

import type { Home } from "../home.ts";
import { isAlive, type ProcessInfo, table } from "../process/table.ts";
import { terminate } from "../process/terminate.ts";
import { descendantsOf, leftoverOf, processesOf, TASK_MARK, unborn } from "../process/tree.ts";
import type { Store } from "../store/open.ts";
import { getSlotHolders } from "../store/read.ts";
import { isTerminal, type Leftover, type ProcessIdentity, type SupervisorIdentity, type Task } from "../task.ts";
import { isElsewhere, supervisorLives } from "./alive.ts";

const ORPHAN_GRACE_MS = 1_000;
/** One that is stopped, or is a supervisor after all, must not hold this up for ever. */
const UNBORN_MS = 5_000;

/** The supervisor may have died while its command was between fork and exec; in a moment that can be told from a supervisor. */
export async function untilBorn(home: Home, store: Store, supervisor: SupervisorIdentity): Promise<void> {
  const deadline = performance.now() + UNBORN_MS;
  const others = new Set(getSlotHolders(store).map((task) => task.supervisor?.pid));
  let left = unborn(home, supervisor).filter(({ pid }) => !others.has(pid));
  for (let stepMs = 1; left.length > 0 && performance.now() < deadline; stepMs = Math.min(stepMs * 2, 50)) {
    await Bun.sleep(stepMs);
    const still = new Set(unborn(home, supervisor).map(({ pid }) => pid));
    left = left.filter(({ pid }) => still.has(pid)); // who comes later is none of its
  }
}

/** Ends what is left of a task whose command nobody supervises any more. Returns what outlived SIGKILL. */
export async function endOrphans(task: Task, graceMs = ORPHAN_GRACE_MS): Promise<Leftover[]> {
  const groupId = groupOf(task);
  // One that cleared its environment and left the group is found below its parent only; it is remembered for when that has ended.
  const known = new Map<number, ProcessIdentity>(task.leftRunning.map((one) => [one.pid, one]));
  const find = () => {
    const found = processesOf(task.id, groupId, known);
    for (const one of belowSupervisor(task)) if (!found.some(({ pid }) => pid === one.pid)) found.push(one);
    for (const one of found) known.set(one.pid, one);
    return found;
  };
  const { survivors } = await terminate(find, groupId, () => graceMs);
  return survivors.map(leftoverOf);
}

/** Those that an ended task left running, and what has come in the stead of those that ended, as far as that is seen at once. */
export function leftRunningOf(task: Task): Leftover[] {
  const alive = task.leftRunning.filter(isAlive);
  if (alive.length === task.leftRunning.length) return alive;
  const known = new Set(alive.map(({ pid }) => pid));
  try {
    return [
      ...alive,
      ...belowSupervisor(task, listedNow)
        .filter(({ pid }) => !known.has(pid))
        .map(leftoverOf),
    ];
  } catch {
    return alive; // nobody can be listed now
  }
}

let listed: ProcessInfo[] | undefined;

/** The process table, for all that is shown at once. */
function listedNow(): ProcessInfo[] {
  if (!listed) setImmediate(() => (listed = undefined));
  return (listed ??= table.list());
}

/** Whether anything runs of an ended task. To be certain that nothing does takes a look at every process. */
export function isLeftRunning(task: Task): boolean {
  if (task.leftRunning.length === 0) return false;
  return leftRunningOf(task).length > 0 || processesOf(task.id, groupOf(task)).length > 0;
}

/** A supervisor takes no other task while something of its last one is left: all that is below it then is that. */
function belowSupervisor({ status, supervisor, leftRunning }: Task, list = () => table.list()): ProcessInfo[] {
  if (process.platform === "win32") return []; // its console is below it as well
  if (!isTerminal(status) || leftRunning.length === 0 || !supervisor || supervisorLives(supervisor) !== true) return [];
  return descendantsOf(supervisor.pid, list()).filter(({ pid }) => pid !== process.pid);
}

/** The task's process group, when it is certain that it is still the task's: its leader lives, or a member carries its mark. */
function groupOf(task: Task): number | undefined {
  const leader = task.process;
  if (!leader || (task.supervisor && isElsewhere(task.supervisor))) return undefined;
  if (isAlive(leader)) return leader.pid;
  const members = table.list().filter((one) => one.groupId === leader.pid);
  return members.some((one) => table.hasInEnvironment(one.pid, `${TASK_MARK}=${task.id}`)) ? leader.pid : undefined;
}
