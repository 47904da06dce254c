// SIGTERM, SIGKILL and friends.

import type { Signals } from "./signals.ts";
import type { ProcessInfo } from "./table.ts";

export const posixSignals: Signals = {
  ways: (groupId, hangUp) => [
    { ask: (processes) => askToEnd(processes, groupId, hangUp ? ["SIGTERM", "SIGHUP"] : ["SIGTERM"]), share: 1 },
  ],
  kill(processes, groupId) {
    for (const target of targetsOf(processes, groupId)) signal(target, "SIGKILL");
  },
  resume: (pid) => signal(pid, "SIGCONT"),
};

function askToEnd(processes: ProcessInfo[], groupId: number | undefined, names: NodeJS.Signals[]): boolean {
  for (const target of targetsOf(processes, groupId)) {
    for (const name of names) signal(target, name);
    signal(target, "SIGCONT"); // who is stopped hears SIGTERM only when it goes on
  }
  return true;
}

/** As kill(2) takes them: the group as a whole, if any of them is in it, and the others. */
function targetsOf(processes: ProcessInfo[], groupId: number | undefined): number[] {
  const others = processes.filter((one) => one.groupId !== groupId).map((one) => one.pid);
  return groupId === undefined || others.length === processes.length ? others : [-groupId, ...others];
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
