// SIGTERM, SIGKILL and friends.

import type { Signals } from "./signals.ts";
import type { ProcessInfo } from "./table.ts";

export const posixSignals: Signals = {
  ways: (groupId, hangUp) => [
    { ask: (processes) => askToEnd(processes, groupId, hangUp ? ["SIGTERM", "SIGHUP"] : ["SIGTERM"]), share: 1 },
  ],
  kill: ({ pid }) => signal(pid, "SIGKILL"),
  resume: (pid) => signal(pid, "SIGCONT"),
};

function askToEnd(processes: ProcessInfo[], groupId: number | undefined, names: NodeJS.Signals[]): boolean {
  const members = processes.filter((one) => one.groupId === groupId);
  const targets = processes.filter((one) => one.groupId !== groupId).map((one) => one.pid);
  if (groupId !== undefined && members.length > 0) targets.unshift(-groupId);
  for (const target of targets) {
    for (const name of names) signal(target, name);
    signal(target, "SIGCONT"); // who is stopped hears SIGTERM only when it goes on
  }
  return true;
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
