// Who is who among the processes of one trial, read from proc(5) and not from the product: by home, by working directory, by argv.
// Nobody else's process is ever named.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Target } from "./plan.ts";

/** Where a trial takes place. Both paths are its own, so that a process that names one of them is its own as well. */
export interface Place {
  home: string;
  /** The working directory of every command. */
  work: string;
  /** The program that is tried. */
  binary: string;
}

export interface Found {
  pid: number;
  startedAt: string;
  target: Target;
  argv: string[];
}

/** Every living process of the trial. */
export function findAll(place: Place): Found[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (find(place, Number(name)) ?? []) : []));
}

/** `undefined` when it is not of the trial, or has ended. */
export function find(place: Place, pid: number): Found | undefined {
  const { state, startedAt } = statOf(pid);
  if (state === undefined || pid === process.pid) return undefined;
  const argv = read(`/proc/${pid}/cmdline`).replace(/\0$/, "").split("\0");
  const target = targetOf(place, pid, argv);
  // A thread answers by a number of its own, and is not in the list (proc(5)).
  return target && isProcess(pid) ? { pid, startedAt, target, argv } : undefined;
}

function isProcess(pid: number): boolean {
  return read(`/proc/${pid}/status`).includes(`\nTgid:\t${pid}\n`);
}

function targetOf({ home, work }: Place, pid: number, argv: string[]): Target | undefined {
  if (cwdOf(pid) === work) return "command";
  if (!`\0${read(`/proc/${pid}/environ`)}`.includes(`\0BACKBURNER_HOME=${home}\0`)) return undefined;
  if (argv.includes("__supervise")) return /(^|\/)sh$/.test(argv[0] ?? "") ? "launcher" : "supervisor";
  return argv[1] === "mcp" ? "server" : "cli";
}

/** `state` is undefined when there is no such process, or only its status is still there. */
export function statOf(pid: number): { state: string | undefined; startedAt: string } {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = ""] = fields;
  return { state: ["", "Z", "X"].includes(state) ? undefined : state, startedAt: fields[19] ?? "" };
}

/** The pid that was given out last (proc_loadavg(5)). */
export function lastPid(): number {
  return Number(read("/proc/loadavg").trim().split(" ").at(-1));
}

function cwdOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
