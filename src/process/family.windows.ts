// The processes below a supervisor on Windows: all that is in its job.

import { messageOf } from "../errors.ts";
import type { Family } from "./family.ts";
import { enterJob, type Job } from "./job.windows.ts";
import { type ProcessInfo, table } from "./table.ts";
import { descendantsOf, isSupervisor, processesOf } from "./tree.ts";

/** Nothing tells when a process ends that is not a child. */
const LOOK_AGAIN_MS = 10;

/**
 * Enters a job of its own; where the system refuses that, the process table serves. Who asks to be started outside of its job may
 * be, and is known by its mark.
 */
export function foundFamily(): Family {
  // They come to everybody at this console, also when it is us who sends them (signals.windows.ts).
  process.on("SIGINT", () => {});
  process.on("SIGBREAK", () => {});
  const own = new Set<number>();
  const job = tryEnterJob();
  return {
    own,
    reaped: (pid) => void own.delete(pid),
    membersOf(task, root) {
      const found = [...(job ? inJob(job) : descendantsOf(process.pid)), ...processesOf(task, undefined)];
      const byPid = new Map(found.map((one) => [one.pid, one]));
      return [...byPid.values()].filter(({ pid }) => (pid === root || !own.has(pid)) && !isOurs(pid));
    },
    isChildless: () => job?.members().length === 1,
    nextDeath: () => Bun.sleep(LOOK_AGAIN_MS),
    release: () => job?.release(),
  };
}

function tryEnterJob(): Job | undefined {
  try {
    return enterJob();
  } catch (error) {
    console.error(`no Job Object, the process table serves instead: ${messageOf(error)}`);
    return undefined;
  }
}

function inJob(job: Job): ProcessInfo[] {
  return job.members().flatMap((pid) => (pid === process.pid ? [] : (table.find(pid) ?? [])));
}

/** A supervisor, or what draws a console: that ends with the last process at it. */
function isOurs(pid: number): boolean {
  return isSupervisor(pid) || /(?:^|[\\/])(?:conhost|openconsole)\.exe$/i.test(table.commandLine(pid)[0] ?? "");
}
