// Sends a supervisor on its way: the same binary, and nobody's child.

import { readlinkSync } from "node:fs";
import { environmentPath, type Home, logPath, tracePath } from "../home.ts";
import { dieAt } from "../kill-points.ts";
import { type Launched, startDetached } from "../process/detach.ts";
import { headStart } from "../process/head-start.ts";
import { ownCommand, ownEnvironment } from "../process/self.ts";
import type { CommandRequest } from "../process/spawn.ts";
import { takesLinuxWays } from "../process/system.ts";
import { SUPERVISE_VERB, TASK_MARK } from "../process/tree.ts";
import type { TaskId } from "../task.ts";

/** Starts a supervisor for a reserved task. What it has to say goes to the trace file. Throws when it can't be started. */
export function launchSupervisor(home: Home, id: TaskId): Launched {
  const launched = startDetached({
    command: [...ownCommand(), SUPERVISE_VERB, id],
    env: supervisorEnvironment(home),
    tracePath: tracePath(home),
  });
  if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("launch: the shell in between", launched.pid);
  return launched;
}

/**
 * Starts a reserved task's command, and the supervisor that will look after it once it is up. False when that can't be done here: nothing
 * is started. Returns before it is done.
 */
export function launchTogether(home: Home, id: TaskId, command: CommandRequest, onFailure: () => void): boolean {
  const [path = "", ...others] = ownCommand();
  return headStart({
    command: { ...command, env: { ...command.env, [TASK_MARK]: id } },
    supervisor: { path, argv: [path, ...others, SUPERVISE_VERB, id], env: supervisorEnvironment(home) },
    tracePath: tracePath(home),
    submissionPath: environmentPath(home, id),
    logPath: logPath(home, id),
    onFailure,
  });
}

/** True when another version lies where this process was started from: what it launches is of that version. Only Linux tells. */
export function isReplaced(): boolean {
  if (!takesLinuxWays) return false;
  try {
    return readlinkSync("/proc/self/exe").endsWith(" (deleted)"); // proc_pid_exe(5)
  } catch {
    return false;
  }
}

function supervisorEnvironment(home: Home): Record<string, string> {
  return {
    ...ownEnvironment(home),
    // An idle Bun wakes for its GC timer, and its allocator to give pages back; a supervisor mostly sleeps. Pages that are given back
    // at once (0) instead of never would leave a third of what much output makes it keep, but that output took half as long again.
    BUN_GC_TIMER_DISABLE: "1",
    MIMALLOC_PURGE_DELAY: "-1",
    // Without threads that compile in the background: 0.2 MiB less for each running task, and nothing that wakes to end itself.
    BUN_JSC_useConcurrentJIT: "0",
    // Without a thread that has pages ready for a heap that grows: 0.5 MiB less, and the heap hardly grows.
    BUN_JSC_useWarmUpMarkedBlocks: "0",
    // Without a collection when some seconds have passed, however little there is to collect: 0.25 MiB less, a thread and a wake-up less.
    // Of a processor the timer may take this part, so it comes after 10 ms divided by this. Garbage is looked after in upkeep.ts.
    BUN_JSC_collectionTimerMaxPercentCPU: "0.000001",
  };
}
