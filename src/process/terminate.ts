// Ends processes until none is left: SIGTERM, grace, SIGKILL, looked at again. Knows nothing of tasks.

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
 * A group is signalled as a whole first, so that a shell and its children get SIGTERM in one go.
 */
export async function terminate(
  find: () => ProcessInfo[],
  groupId: number | undefined,
  graceMs: number,
): Promise<Termination> {
  const asked = new Set<string>();
  const askToEnd = (processes: ProcessInfo[]) => {
    const fresh = processes.filter((one) => !asked.has(key(one)));
    if (fresh.some((one) => one.groupId === groupId)) {
      signal(-(groupId ?? 0), "SIGTERM");
      signal(-(groupId ?? 0), "SIGCONT"); // who is stopped hears SIGTERM only when it goes on
    }
    for (const one of fresh) {
      asked.add(key(one));
      if (one.groupId === groupId) continue;
      signal(one.pid, "SIGTERM");
      signal(one.pid, "SIGCONT");
    }
  };
  let left = find();
  if (graceMs > 0) {
    askToEnd(left);
    left = await untilNone(find, graceMs, askToEnd);
  }
  if (left.length > 0) {
    const kill = (processes: ProcessInfo[]) => processes.forEach((one) => signal(one.pid, "SIGKILL"));
    kill(left);
    left = await untilNone(find, KILL_PATIENCE_MS, kill);
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
  let stepMs = 1;
  let left = find();
  while (left.length > 0) {
    const remainingMs = deadline - performance.now();
    if (remainingMs <= 0) return left;
    await Bun.sleep(Math.min(stepMs, remainingMs));
    stepMs = Math.min(stepMs * 2, LONGEST_STEP_MS);
    left = find();
    each(left);
  }
  return left;
}

function key(one: ProcessInfo): string {
  return `${one.pid} ${one.startedAt}`;
}

/** Sends a signal; who is gone meanwhile, or not ours, is no error. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
