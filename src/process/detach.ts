// Starting a process that nobody holds: it outlives whoever starts it and all above that. One implementation per platform.

import { startDetached as posix } from "./detach.posix.ts";
import { startDetached as windows } from "./detach.windows.ts";

export interface DetachedRequest {
  command: string[];
  env: Record<string, string>;
  /** The file that its stderr is added to. What can't be written is left out: nobody is to wait for that. */
  tracePath: string;
}

/** Who stands in between while it is being started: the launching process may leave once that has ended. */
export interface Launched {
  pid: number;
  exited: Promise<void>;
}

/** Returns as soon as it is on its way; throws when that fails (EAGAIN, ENOMEM). */
export const startDetached: (request: DetachedRequest) => Launched = process.platform === "win32" ? windows : posix;
