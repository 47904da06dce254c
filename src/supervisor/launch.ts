// Sends a supervisor on its way: the same binary, in a session of its own, and nobody's child.

import { closeSync, constants, readlinkSync } from "node:fs";
import { openPlain } from "../files.ts";
import { type Home, tracePath } from "../home.ts";
import { dieAt } from "../kill-points.ts";
import { ownCommand, ownEnvironment } from "../process/self.ts";
import { SUPERVISE_VERB } from "../process/tree.ts";
import type { TaskId } from "../task.ts";

/**
 * The shell ends at once, so that the supervisor's parent is init (or the nearest subreaper): hosts end a server's
 * descendants by parent id. What a supervisor has to say goes to the trace file.
 */
const DOUBLE_FORK = `umask 077; "$@" </dev/null >/dev/null &`;

/** Starts a supervisor for a reserved task. Returns as soon as it is forked off; throws when that fails (EAGAIN, ENOMEM). */
export function launchSupervisor(home: Home, id: TaskId): Launched {
  const trace = openTrace(home);
  try {
    const launcher = Bun.spawn(["/bin/sh", "-c", DOUBLE_FORK, "sh", ...ownCommand(), SUPERVISE_VERB, id], {
      cwd: "/",
      env: supervisorEnvironment(home),
      stdio: ["ignore", "ignore", trace ?? "ignore"],
      detached: true, // setsid(2)
    });
    if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("launch: the shell in between", launcher.pid);
    return { pid: launcher.pid, exited: launcher.exited.then(() => undefined) };
  } finally {
    if (trace !== undefined) closeSync(trace);
  }
}

/** `undefined` when it can't be written: no task is to wait for that. */
function openTrace(home: Home): number | undefined {
  try {
    return openPlain(tracePath(home), constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
  } catch {
    return undefined;
  }
}

/** The shell in between: the launching process may leave once it has ended. */
export interface Launched {
  pid: number;
  exited: Promise<void>;
}

/** True when another version lies where this process was started from: what it launches is of that version. */
export function isReplaced(): boolean {
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
  };
}
