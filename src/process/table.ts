// The process table: who runs, whose child it is, since when. One implementation per platform behind one interface.

import type { ProcessIdentity } from "../task.ts";
import { takesLinuxWays } from "./system.ts";
import { procTable } from "./table.linux.ts";
import { psTable } from "./table.ps.ts";
import { windowsTable } from "./table.windows.ts";

export interface ProcessInfo extends ProcessIdentity {
  parentPid: number;
  groupId: number;
  /** `undefined` where that can't be seen. */
  threads?: number;
}

/** Zombies are nowhere in here: who has ended has ended. */
export interface ProcessTable {
  /** Changes with every boot: pids and start times mean nothing across it. */
  bootId(): string;
  /** Within a boot, where this process's pids mean something; `undefined` where there is one numbering only. */
  pidNamespace(): string | undefined;
  find(pid: number): ProcessInfo | undefined;
  list(): ProcessInfo[];
  /**
   * Pids of the children of a process, zombies among them, without a look at anybody else. `undefined` where the kernel doesn't tell.
   * While some of them end it may miss others that live (proc_tid_children(5)). `threads`: how many it has, if that is known.
   */
  childrenOf?(pid: number, threads?: number): number[] | undefined;
  /** argv, empty when it can't be read. */
  commandLine(pid: number): string[];
  /** Whether the environment the process was started with holds `entry` ("NAME=value"). False when it can't be read. */
  hasInEnvironment(pid: number, entry: string): boolean;
}

export const table: ProcessTable = process.platform === "win32" ? windowsTable : takesLinuxWays ? procTable : psTable;

/** Whether that very process, not a later one with its pid, is still running. */
export function isAlive(identity: ProcessIdentity): boolean {
  return table.find(identity.pid)?.startedAt === identity.startedAt;
}

export function identify(pid: number): ProcessIdentity | undefined {
  const found = table.find(pid);
  return found && { pid, startedAt: found.startedAt };
}
