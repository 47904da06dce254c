// The processes below a supervisor where there are signals and, on Linux, subreapers: who of them is waited for by Bun, who was adopted.

import { isStarved } from "../errors.ts";
import type { TaskId } from "../task.ts";
import type { Family } from "./family.ts";
import { becomeSubreaper, hasNoChildren, reapAdopted } from "./libc.ts";
import type { ProcessInfo } from "./table.ts";
import { descendantsOf, ownDescendants, processesOf } from "./tree.ts";

/** Adopts and reaps what its descendants leave behind, where the system has that. */
export function foundFamily(): Family {
  const own = new Set<number>();
  let waiting: (() => void)[] = [];
  let seen: { task?: TaskId; processes?: Map<number, ProcessInfo> } = {};
  const subreaper = becomeSubreaper();
  const wake = () => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  process.on("SIGCHLD", () => {
    if (subreaper) reapAdopted(own);
    wake();
  });
  const family: Family = {
    own,
    reaped(pid) {
      own.delete(pid);
      wake();
    },
    membersOf(task, root) {
      if (family.isChildless()) return [];
      const isMember = ({ pid }: ProcessInfo) => pid === root || !own.has(pid);
      let below: ProcessInfo[];
      try {
        below = subreaper ? (ownDescendants() ?? []).filter(isMember) : [];
        // That there is nobody is said only after a look at all processes, which takes milliseconds.
        if (below.length === 0) below = descendantsOf(process.pid).filter(isMember);
      } catch (error) {
        if (isStarved(error)) return groupOf(root); // nobody can be listed now
        throw error;
      }
      if (subreaper) return below;
      // One that left the group, and whose environment can't be read, is seen below its parent only: that may be ended first.
      const before = seen.task === task ? seen.processes : undefined;
      const all = [...below, ...processesOf(task, root, before)].map((one): [number, ProcessInfo] => [one.pid, one]);
      const processes = new Map(all);
      seen = { task, processes };
      return [...processes.values()];
    },
    isChildless() {
      if (!subreaper) return false; // orphans are not below it
      reapAdopted(own);
      return hasNoChildren();
    },
    nextDeath: () => new Promise((resolve) => waiting.push(resolve)),
    release() {},
  };
  return family;
}

/** What can be known of a group without the process table: whether anybody is in it. Its leader stands for them. */
function groupOf(root: number | undefined): ProcessInfo[] {
  if (root === undefined) return [];
  try {
    process.kill(-root, 0);
  } catch {
    return [];
  }
  return [{ pid: root, parentPid: process.pid, groupId: root, startedAt: "" }];
}
