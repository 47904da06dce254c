// Sends a supervisor on its way: the same binary, in a session of its own, and nobody's child.

import { readlinkSync } from "node:fs";
import { type Home, tracePath } from "../home.ts";
import { SUPERVISE_VERB } from "../process/tree.ts";
import type { TaskId } from "../task.ts";

/**
 * The shell ends at once, so that the supervisor's parent is init (or the nearest subreaper): hosts end a server's
 * descendants by parent id. What a supervisor has to say goes to the trace file; where that can't be written (a full disk),
 * nowhere: a failing exec would end the shell.
 */
const DOUBLE_FORK = `umask 077; true 2>>"$1" && exec 2>>"$1"; shift; "$@" </dev/null >/dev/null &`;

/** Starts a supervisor for a reserved task. Returns as soon as it is forked off; throws when that fails (EAGAIN, ENOMEM). */
export function launchSupervisor(home: Home, id: TaskId): Launched {
  const launcher = Bun.spawn(
    ["/bin/sh", "-c", DOUBLE_FORK, "sh", tracePath(home), ...ownCommand(), SUPERVISE_VERB, id],
    {
      cwd: "/",
      env: supervisorEnvironment(home),
      stdio: ["ignore", "ignore", "ignore"],
      detached: true, // setsid(2)
    },
  );
  return { pid: launcher.pid, exited: launcher.exited.then(() => undefined) };
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

/** argv that starts this program again: the compiled binary, or Bun with our main file. */
export function ownCommand(): string[] {
  return Bun.main.startsWith("/$bunfs/") || Bun.main.startsWith("B:/~BUN/")
    ? [process.execPath]
    : [process.execPath, Bun.main];
}

/** Little, on purpose: no secret of the submitter's, no mark of an outer task, nothing that takes a compiled Bun over. */
function supervisorEnvironment(home: Home): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ["PATH", "HOME", "TMPDIR", "LANG"]) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return {
    ...kept,
    BACKBURNER_HOME: home,
    // An idle Bun wakes for its GC timer, and its allocator to give pages back; a supervisor mostly sleeps.
    BUN_GC_TIMER_DISABLE: "1",
    MIMALLOC_PURGE_DELAY: "-1",
    // Without threads that compile in the background: 0.2 MiB less for each running task, and nothing that wakes to end itself.
    BUN_JSC_useConcurrentJIT: "0",
  };
}
