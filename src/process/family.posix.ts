// The processes below a supervisor where there are signals and, on Linux, subreapers: who of them is waited for by Bun, who was adopted.

import type { Family } from "./family.ts";
import { becomeSubreaper, hasNoChildren, reapAdopted } from "./libc.ts";
import type { ProcessInfo } from "./table.ts";
import { descendantsOf, processesOf } from "./tree.ts";

/** Adopts and reaps what its descendants leave behind, where the system has that. */
export function foundFamily(): Family {
  const own = new Set<number>();
  let waiting: (() => void)[] = [];
  const subreaper = becomeSubreaper();
  process.on("SIGCHLD", () => {
    if (subreaper) reapAdopted(own);
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  });
  return {
    own,
    membersOf(task, root) {
      const below = descendantsOf(process.pid).filter((one) => one.pid === root || !own.has(one.pid));
      if (subreaper) return below;
      const all = [...below, ...processesOf(task, root)].map((one): [number, ProcessInfo] => [one.pid, one]);
      return [...new Map(all).values()];
    },
    isChildless() {
      if (!subreaper) return false; // orphans are not below it
      reapAdopted(own);
      return hasNoChildren();
    },
    nextDeath: () => new Promise((resolve) => waiting.push(resolve)),
    release() {},
  };
}
