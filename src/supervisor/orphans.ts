// What runs of a task that nobody supervises (any more) is found, and ended.

import type { Home } from "../home.ts";
import { isAlive, table } from "../process/table.ts";
import { terminate } from "../process/terminate.ts";
import { leftoverOf, processesOf, TASK_MARK, unborn } from "../process/tree.ts";
import type { Store } from "../store/open.ts";
import { getSlotHolders } from "../store/read.ts";
import type { Leftover, ProcessIdentity, SupervisorIdentity, Task } from "../task.ts";
import { isElsewhere } from "./alive.ts";

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
    for (const one of found) known.set(one.pid, one);
    return found;
  };
  const { survivors } = await terminate(find, groupId, () => graceMs);
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
