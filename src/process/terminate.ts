// Ends processes until none is left: asked, grace, killed, looked at again. Knows nothing of tasks.

import { signals } from "./signals.ts";
import type { ProcessInfo } from "./table.ts";

export interface Termination {
  /** Those still there after SIGKILL, for example in uninterruptible sleep. Empty when all is well. */
  survivors: ProcessInfo[];
}

/** After SIGKILL a process may need moments to go; who is there after this long is a survivor. */
const KILL_PATIENCE_MS = 5_000;
const LONGEST_STEP_MS = 50;

/**
 * Ends every process that `find` names, and goes on asking it until it names none: a tree may grow while it is being ended.
 * Each that is there at first is asked once, the group as a whole; what they start to clean up after themselves has the
 * grace to finish. `hangUp` tells them as well that their terminal is gone: a shell at its prompt ends at nothing else.
 */
export async function terminate(
  find: () => ProcessInfo[],
  groupId: number | undefined,
  graceMs: number,
  hangUp = false,
): Promise<Termination> {
  let left = find();
  for (const { ask, share } of graceMs > 0 ? signals.ways(groupId, hangUp) : []) {
    if (left.length > 0 && ask(left)) left = await untilNone(find, graceMs * share, () => {});
  }
  if (left.length > 0) {
    const killAll = (processes: ProcessInfo[]) => signals.kill(processes, groupId);
    killAll(left);
    left = await untilNone(find, KILL_PATIENCE_MS, killAll);
  }
  return { survivors: left };
}

/** Looks again in growing steps, until nothing is left or the time is over; `each` acts on what is still there. */
async function untilNone(
  find: () => ProcessInfo[],
  patienceMs: number,
  each: (left: ProcessInfo[]) => void,
): Promise<ProcessInfo[]> {
  const deadline = performance.now() + patienceMs;
  for (let stepMs = 1; ; stepMs = Math.min(stepMs * 2, LONGEST_STEP_MS)) {
    const remainingMs = deadline - performance.now();
    await Bun.sleep(Math.max(0, Math.min(stepMs, remainingMs))); // nobody is gone at once
    const left = find();
    if (left.length === 0 || performance.now() >= deadline) return left;
    each(left);
  }
}
