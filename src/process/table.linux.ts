// The process table of Linux, from proc(5).

import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { isStarved } from "../errors.ts";
import type { ProcessInfo, ProcessTable } from "./table.ts";

export const procTable: ProcessTable = {
  bootId() {
    boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return boot;
  },

  pidNamespace() {
    // "pid:[4026531836]"; pid_namespaces(7). Start times are counted from another boot in a time namespace (time_namespaces(7)).
    namespace ??= [readlinkSync("/proc/self/ns/pid"), ...otherTime()].join(" ");
    return namespace;
  },

  find(pid) {
    // Of itself a process that qemu emulates is told a start time that nobody else sees, but not so of its first thread.
    const stat = readShort(pid === process.pid ? `/proc/${pid}/task/${pid}/stat` : `/proc/${pid}/stat`);
    if (stat === undefined) return undefined;
    // The second field is the name in parentheses and may itself hold any character.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ", 20);
    const [state = "", parentPid = "", groupId = ""] = fields;
    const threads = Number(fields[17]);
    // One whose first thread has ended looks like a zombie, and runs on as long as another thread does.
    if (state === "X" || (state === "Z" && threads < 2)) return undefined;
    return { pid, parentPid: Number(parentPid), groupId: Number(groupId), startedAt: fields[19] ?? "", threads };
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

  childrenOf(pid, threads) {
    const found: number[] = [];
    for (const thread of threadsOf(pid, threads)) {
      const line = read(`/proc/${pid}/task/${thread}/children`)?.toString("latin1");
      if (line === undefined && !tellsChildren()) return undefined;
      if (line) for (const child of line.trimEnd().split(" ")) found.push(Number(child));
    }
    return found;
  },

  commandLine(pid) {
    const line = read(`/proc/${pid}/cmdline`)?.toString("utf8") ?? "";
    return line === "" ? [] : (line.endsWith("\0") ? line.slice(0, -1) : line).split("\0");
  },

  hasInEnvironment(pid, entry) {
    const environment = environmentOf(pid);
    const wanted = Buffer.from(`${entry}\0`);
    return environment.subarray(0, wanted.length).equals(wanted) || environment.includes(Buffer.from(`\0${entry}\0`));
  },
};

/** What every process is in but those of a few containers (linux/proc_ns.h: PROC_TIME_INIT_INO). */
const USUAL_TIME = "time:[4026531834]";

function otherTime(): string[] {
  try {
    const time = readlinkSync("/proc/self/ns/time");
    return time === USUAL_TIME ? [] : [time];
  } catch {
    return []; // a Linux before 5.6
  }
}

let boot: string | undefined;
let namespace: string | undefined;

/** Since Linux 4.2 by CONFIG_PROC_CHILDREN. */
const tellsChildren = () => existsSync(`/proc/${process.pid}/task/${process.pid}/children`);

/** None when it is gone, or is not ours to look at. Throws when no descriptor is free. */
function threadsOf(pid: number, count: number | undefined): (string | number)[] {
  if (count === 1) return [pid];
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch (error) {
    if (isStarved(error)) throw error;
    return [];
  }
}

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
function environmentOf(pid: number): Buffer {
  for (let looks = 0, certain = 0; looks < MOST_LOOKS && certain < CERTAIN_LOOKS; looks += 1) {
    const environment = read(`/proc/${pid}/environ`);
    if (environment?.length !== 0) return environment ?? Buffer.of();
    if (read(`/proc/${pid}/cmdline`)?.length !== 0) certain += 1;
    else Bun.sleepSync(BETWEEN_LOOKS_MS);
  }
  return Buffer.of();
}

/** Longer than most of what is read, and taken only when that is; pages that nothing is read into cost nothing. */
let long: Buffer | undefined;

/** A list of children comes a page at a time, all else at once: who gives less than a page less one pid has given all (seq_file). */
const LAST_BYTES = 4000;

/** The file's bytes, to be used before the next call. `undefined` when the process is gone, or is not ours to look at. */
function read(path: string): Buffer | undefined {
  long ??= Buffer.allocUnsafeSlow(64 * 1024);
  try {
    const fd = openSync(path, "r");
    try {
      let length = 0;
      for (let more = LAST_BYTES; more >= LAST_BYTES; length += more) {
        if (length === long.length) return readFileSync(path);
        more = readSync(fd, long, length, long.length - length, null);
      }
      return long.subarray(0, length);
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
