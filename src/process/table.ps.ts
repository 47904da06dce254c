// The process table through ps(1), for systems without /proc: macOS and the BSDs. Each look is a process: one of them sees all that a
// turn of the event loop asks. macOS keeps the environment of Apple's own programs (/bin/sh, /bin/sleep) to itself.

import type { ProcessInfo, ProcessTable } from "./table.ts";

const COLUMNS = "pid=,ppid=,pgid=,stat=,lstart=";
// "  501   1   501 Ss   Sat Nov 21 04:03:29 2026"
const ROW = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/;

export const psTable: ProcessTable = {
  bootId() {
    // kern.boottime would change whenever the clock is set. Where there is neither, the start of process 1 serves.
    boot ??= tryLook("sysctl", "-n", "kern.bootsessionuuid").trim() || (psTable.find(1)?.startedAt ?? "");
    return boot;
  },

  pidNamespace() {
    return undefined;
  },

  /** The second and all others that are asked for in one turn are looked up in the list; who has just come may be missing there. */
  find(pid) {
    const listed = seen.finds === undefined ? [] : tryList();
    if (seen.finds === undefined) inThisTurn("finds", () => 1);
    return listed.find((one) => one.pid === pid) ?? rows(tryLook("ps", "-o", COLUMNS, "-p", String(pid)))[0];
  },

  /** Throws when no process can be started: nobody may be taken for ended then. */
  list() {
    return inThisTurn("list", () => {
      const { text, pid } = look("ps", "-A", "-o", COLUMNS);
      return rows(text).filter((one) => one.pid !== pid); // ps is a child of ours, and has ended
    });
  },

  commandLine(pid) {
    const line =
      inThisTurn("commands", () => byPid(tryLook("ps", "axww", "-o", "pid=,command=")))
        .get(pid)
        ?.trim() ?? "";
    return line === "" ? [] : line.split(/\s+/);
  },

  hasInEnvironment(pid, entry) {
    // Without a dash "e" shows the environment on every system; with one it may mean all processes.
    const all = inThisTurn("environments", () => byPid(tryLook("ps", "axeww", "-o", "pid=,command=")));
    // What a value with a line break does to the list of all is found out by a look at this one.
    return holds(all.get(pid), entry) && holds(tryLook("ps", "eww", "-o", "command=", "-p", String(pid)), entry);
  },
};

let boot: string | undefined;
/** What was seen in this turn of the event loop. */
const seen: {
  finds?: number;
  list?: ProcessInfo[];
  commands?: Map<number, string>;
  environments?: Map<number, string>;
} = {};

function inThisTurn<K extends keyof typeof seen>(what: K, see: () => NonNullable<(typeof seen)[K]>) {
  const found = seen[what] ?? see();
  if (!seen[what]) queueMicrotask(() => delete seen[what]);
  seen[what] = found;
  return found;
}

function tryList(): ProcessInfo[] {
  try {
    return psTable.list();
  } catch {
    return [];
  }
}

/** "  501 command and arguments" in each line; what has no pid before it belongs to the line above. */
function byPid(text: string): Map<number, string> {
  const found = new Map<number, string>();
  let current = 0;
  for (const line of text.split("\n")) {
    const [, pid, rest = line] = line.match(/^\s*(\d+) (.*)$/) ?? [];
    if (pid !== undefined) current = Number(pid);
    found.set(current, `${found.get(current) ?? ""} ${rest}`);
  }
  return found;
}

function holds(text: string | undefined, entry: string): boolean {
  return ` ${text?.replaceAll("\n", " ")} `.includes(` ${entry} `);
}

function rows(text: string): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  for (const line of text.split("\n")) {
    const [, pid, parentPid, groupId, state, startedAt] = line.match(ROW) ?? [];
    if (!startedAt || state?.startsWith("Z")) continue;
    found.push({ pid: Number(pid), parentPid: Number(parentPid), groupId: Number(groupId), startedAt });
  }
  return found;
}

/** The same for everybody who looks: lstart is told in the language and the time zone of who asks, options by COMMAND_MODE (compat(5)). */
const ENVIRONMENT = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC0" };

function look(...argv: string[]): { text: string; pid: number } {
  const { stdout, pid } = Bun.spawnSync(argv, { env: ENVIRONMENT, stdin: "ignore", stderr: "ignore" });
  return { text: stdout.toString(), pid };
}

/** Nothing where the program is missing, or no process can be started: nobody can be seen then, not even this process. */
function tryLook(...argv: string[]): string {
  try {
    return look(...argv).text;
  } catch {
    return "";
  }
}
