// The processes below a supervisor: who of them is waited for by Bun, who was adopted, and whether any is left.

import { becomeSubreaper, hasNoChildren, reapAdopted } from "../process/libc.ts";

export interface Family {
  /** Descendants that lose their parent stay below this process. */
  subreaper: boolean;
  /** Children that Bun itself waits for: nobody else may reap them. */
  own: Set<number>;
  /** Resolves at the next end of a child. */
  nextDeath(): Promise<void>;
}

/** Makes this process the one that adopts and reaps what its descendants leave behind, where the system has that. */
export function foundFamily(): Family {
  const own = new Set<number>();
  let waiting: (() => void)[] = [];
  const family: Family = {
    subreaper: becomeSubreaper(),
    own,
    nextDeath: () => new Promise((resolve) => waiting.push(resolve)),
  };
  process.on("SIGCHLD", () => {
    if (family.subreaper) reapAdopted(own);
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  });
  return family;
}

/** True when nothing at all is left below this process. Certain and cheap, but only where orphans stay below it. */
export function isChildless(family: Family): boolean {
  if (!family.subreaper) return false;
  reapAdopted(family.own);
  return hasNoChildren();
}
