// The process table of Linux, from proc(5).

import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import type { ProcessInfo, ProcessTable } from "./table.ts";

export const procTable: ProcessTable = {
  bootId() {
    boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return boot;
  },

  pidNamespace() {
    namespace ??= readlinkSync("/proc/self/ns/pid"); // "pid:[4026531836]"; pid_namespaces(7)
    return namespace;
  },

  find(pid) {
    // Of itself a process that qemu emulates is told a start time that nobody else sees, but not so of its first thread.
    const stat = readShort(pid === process.pid ? `/proc/${pid}/task/${pid}/stat` : `/proc/${pid}/stat`);
    if (stat === undefined) return undefined;
    // The second field is the name in parentheses and may itself hold any character.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state = "", parentPid = "", groupId = ""] = fields;
    if (state === "Z" || state === "X") return undefined;
    return {
      pid,
      parentPid: Number(parentPid),
      groupId: Number(groupId),
      startedAt: fields[19] ?? "",
      threads: Number(fields[17]),
    };
  },

  list() {
    const found: ProcessInfo[] = [];
    for (const name of readdirSync("/proc")) {
      const pid = Number(name);
      const info = Number.isInteger(pid) ? procTable.find(pid) : undefined;
      if (info) found.push(info);
    }
    return found;
  },

  commandLine(pid) {
    const line = read(`/proc/${pid}/cmdline`, "utf8") ?? "";
    return line === "" ? [] : line.replace(/\0$/, "").split("\0");
  },

  hasInEnvironment(pid, entry) {
    return `\0${environmentOf(pid)}`.includes(`\0${entry}\0`);
  },
};

let boot: string | undefined;
let namespace: string | undefined;

/** Longer than any line of proc_pid_stat(5). */
const short = Buffer.allocUnsafeSlow(4096);

/** As read; for many processes one after the other: one read(2) each, and no memory. */
function readShort(path: string): string | undefined {
  try {
    const fd = openSync(path, "r");
    try {
      return short.toString("latin1", 0, readSync(fd, short, 0, short.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** An execve(2) is over in less, unless it waits for a file system. */
const MOST_LOOKS = 50;
/** Whose arguments were seen so often, but no environment, has none. */
const CERTAIN_LOOKS = 3;
const BETWEEN_LOOKS_MS = 1;

/** Amid execve(2) neither environment nor arguments are to be seen: the new memory has none yet (proc_pid_environ(5)). */
function environmentOf(pid: number): string {
  for (let looks = 0, certain = 0; looks < MOST_LOOKS && certain < CERTAIN_LOOKS; looks += 1) {
    const environment = read(`/proc/${pid}/environ`, "utf8");
    if (environment !== "") return environment ?? "";
    if (read(`/proc/${pid}/cmdline`) !== "") certain += 1;
    else Bun.sleepSync(BETWEEN_LOOKS_MS);
  }
  return "";
}

/** `undefined` when the process is gone, or is not ours to look at. */
function read(path: string, encoding: "latin1" | "utf8" = "latin1"): string | undefined {
  try {
    return readFileSync(path, encoding);
  } catch {
    return undefined;
  }
}
