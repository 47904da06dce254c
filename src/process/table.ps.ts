// The process table through ps(1), for systems without /proc: macOS and the BSDs.

import type { ProcessInfo, ProcessTable } from "./table.ts";

const COLUMNS = "pid=,ppid=,pgid=,stat=,lstart=";
// "  501   1   501 Ss   Sat Nov 21 04:03:29 2026"
const ROW = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/;

export const psTable: ProcessTable = {
  bootId() {
    // "{ sec = 1763697809, usec = 0 } …"; elsewhere the start of process 1 serves.
    boot ??= run("sysctl", "-n", "kern.boottime").match(/sec = (\d+)/)?.[1] ?? psTable.find(1)?.startedAt ?? "";
    return boot;
  },

  pidNamespace() {
    return undefined;
  },

  find(pid) {
    return rows(run("ps", "-o", COLUMNS, "-p", String(pid)))[0];
  },

  list() {
    return rows(run("ps", "-A", "-o", COLUMNS));
  },

  commandLine(pid) {
    const line = run("ps", "-ww", "-o", "command=", "-p", String(pid)).trim();
    return line === "" ? [] : line.split(/\s+/);
  },

  hasInEnvironment(pid, entry) {
    return ` ${run("ps", "eww", "-o", "command=", "-p", String(pid)).trim()} `.includes(` ${entry} `);
  },
};

let boot: string | undefined;

function rows(text: string): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  for (const line of text.split("\n")) {
    const [, pid, parentPid, groupId, state, startedAt] = line.match(ROW) ?? [];
    if (!startedAt || state?.startsWith("Z")) continue;
    found.push({ pid: Number(pid), parentPid: Number(parentPid), groupId: Number(groupId), startedAt });
  }
  return found;
}

function run(...argv: string[]): string {
  // The C locale, or lstart changes its form with the user's language.
  const result = Bun.spawnSync(argv, { env: { ...process.env, LC_ALL: "C" }, stderr: "ignore" });
  return result.stdout.toString();
}
