// The processes below a supervisor: who of them belongs to its task, and whether any is left. One implementation per platform.

import type { TaskId } from "../task.ts";
import { foundFamily as posix } from "./family.posix.ts";
import { foundFamily as windows } from "./family.windows.ts";
import type { ProcessInfo } from "./table.ts";

export interface Family {
  /** Children that this process started itself and waits for, or that are supervisors: nobody else may reap them. */
  own: Set<number>;
  /** One of them has been waited for. */
  reaped(pid: number): void;
  /** Every process of the task that is running now; `root` is its command. */
  membersOf(task: TaskId, root: number | undefined): ProcessInfo[];
  /** True when nothing at all is left below this process. Certain and cheap; false also where that can't be known. */
  isChildless(): boolean;
  /** Resolves at the next end of a child, or when it is time to look again. */
  nextDeath(): Promise<void>;
  /** This process is about to end, and what is left below it is to go on. */
  release(): void;
}

/** Makes this process the one that what its descendants leave behind stays with, where the system has that. */
export const foundFamily: () => Family = process.platform === "win32" ? windows : posix;
