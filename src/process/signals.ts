// Asking processes to end, and ending them. One implementation per platform.

import { posixSignals } from "./signals.posix.ts";
import { windowsSignals } from "./signals.windows.ts";
import type { ProcessInfo } from "./table.ts";

/** A way to ask processes to end. */
export interface Way {
  /** False when there is nobody that can be asked in this way: then nobody is to be waited for either. */
  ask: (processes: ProcessInfo[]) => boolean;
  /** Its part of the grace. */
  share: number;
}

export interface Signals {
  /**
   * The ways to ask, one after the other. `groupId` is the group to be asked as a whole; `hangUp` tells them as well that
   * their terminal is gone: a shell at its prompt ends at nothing else.
   */
  ways(groupId: number | undefined, hangUp: boolean): Way[];
  /** Ends processes now, a group as a whole: it may grow meanwhile. Who is gone meanwhile, or not ours, is no error. */
  kill(processes: ProcessInfo[], groupId: number | undefined): void;
  /** Lets a process go on that was stopped. */
  resume(pid: number): void;
}

export const signals: Signals = process.platform === "win32" ? windowsSignals : posixSignals;
