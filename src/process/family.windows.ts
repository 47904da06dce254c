// The processes below a supervisor on Windows: all that is in its job.

import { messageOf } from "../errors.ts";
import type { TaskId } from "../task.ts";
import type { Family } from "./family.ts";
import { enterJob, type Job } from "./job.windows.ts";
import { type ProcessInfo, table } from "./table.ts";
import { descendantsOf, isSupervisor, processesOf } from "./tree.ts";

/** Nothing tells when a process ends that is not a child. */
const LOOK_AGAIN_MS = 10;

/** Enters a job of its own; where the system refuses that, the process table serves. */
export function foundFamily(): Family {
  // They come to everybody at this console, also when it is us who sends them (signals.windows.ts).
  process.on("SIGINT", () => {});
  process.on("SIGBREAK", () => {});
  const own = new Set<number>();
  const job = tryEnterJob();
  return {
    own,
    membersOf(task, root) {
      return (job ? inJob(job) : inTable(task)).filter((one) => one.pid === root || !own.has(one.pid));
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
  const found = job.members().flatMap((pid) => (pid === process.pid ? [] : (table.find(pid) ?? [])));
  return found.filter(({ pid }) => !isSupervisor(pid) && !isConsoleHost(pid));
}

function inTable(task: TaskId): ProcessInfo[] {
  const found = [...descendantsOf(process.pid), ...processesOf(task, undefined)];
  const byPid = new Map(found.map((one) => [one.pid, one]));
  return [...byPid.values()].filter(({ pid }) => !isConsoleHost(pid));
}

/** What draws a console: it ends with the last process at that. */
function isConsoleHost(pid: number): boolean {
  return /(?:^|[\\/])(?:conhost|openconsole)\.exe$/i.test(table.commandLine(pid)[0] ?? "");
}
