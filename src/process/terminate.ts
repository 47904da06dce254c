// Ends processes until none is left: asked, grace, killed, looked at again. Knows nothing of tasks.

import { signals } from "./signals.ts";
import type { ProcessInfo } from "./table.ts";

export interface Termination {
  /** Those still there after SIGKILL, for example in uninterruptible sleep. Empty when all is well. */
  survivors: ProcessInfo[];
}

/** Where ends are announced nobody has to look for them. */
export interface Deaths {
  /** Resolves at the next end, or when it is time to ask again. */
  nextDeath(): Promise<void>;
  /** True when certainly nobody is left at all. Cheap. */
  isChildless(): boolean;
}

/** After SIGKILL a process may need moments to go; who is there after this long is a survivor. */
const KILL_PATIENCE_MS = 5_000;
const LONGEST_STEP_MS = 50;
/** Until the first look; where ends are announced, that would only take time from those who are ending. */
const [STEP_MS, UNHURRIED_STEP_MS] = [1, 8];

/**
 * Ends every process that `find` names, and goes on asking it until it names none: a tree may grow while it is being ended.
 * Each that is there at first is asked once, the group as a whole; what they start to clean up after themselves has the
 * grace to finish, which may become shorter meanwhile. `hangUp` tells them as well that their terminal is gone: a shell at its prompt ends at nothing else.
 */
export async function terminate(
  find: () => ProcessInfo[],
  groupId: number | undefined,
  graceMs: () => number,
  { hangUp = false, deaths }: { hangUp?: boolean; deaths?: Deaths } = {},
): Promise<Termination> {
  let left = find();
  const beganMs = performance.now();
  for (const { ask, share } of graceMs() > 0 ? signals.ways(groupId, hangUp) : []) {
    const stepMs = deaths ? UNHURRIED_STEP_MS : STEP_MS;
    const restMs = beganMs - performance.now();
    const patienceMs = () => Math.min(graceMs() * share, graceMs() + restMs);
    if (left.length > 0 && ask(left)) left = await untilNone(find, patienceMs, stepMs, () => {}, deaths);
  }
  if (left.length > 0) {
    const killAll = (processes: ProcessInfo[]) => signals.kill(processes, groupId);
    killAll(left);
    left = await untilNone(find, () => KILL_PATIENCE_MS, STEP_MS, killAll, deaths);
  }
  return { survivors: left };
}

/** Looks again in growing steps, until nothing is left or the time is over; `each` acts on what is still there. */
async function untilNone(
  find: () => ProcessInfo[],
  patienceMs: () => number,
  firstStepMs: number,
  each: (left: ProcessInfo[]) => void,
  deaths: Deaths | undefined,
): Promise<ProcessInfo[]> {
  const beganMs = performance.now();
  const remainingMs = () => beganMs + patienceMs() - performance.now();
  for (let stepMs = firstStepMs; ; stepMs = Math.min(stepMs * 2, LONGEST_STEP_MS)) {
    await pause(Math.max(0, Math.min(stepMs, remainingMs())), deaths); // nobody is gone at once
    const left = find();
    if (left.length === 0 || remainingMs() <= 0) return left;
    each(left);
  }
}

/** Lets that time pass, or less where it is certain sooner that nobody is left. */
async function pause(ms: number, deaths: Deaths | undefined): Promise<void> {
  if (!deaths) return Bun.sleep(ms);
  const { promise: over, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(true), ms);
  while (!deaths.isChildless()) {
    if (await Promise.race([deaths.nextDeath().then(() => false), over])) break;
  }
  clearTimeout(timer);
}
