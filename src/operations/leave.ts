// The end of this process, with the exit code of a command.

import { leaveWith } from "../process/leave.windows.ts";

/** What a process can leave with. */
export const LARGEST_CODE = process.platform === "win32" ? 2 ** 32 - 1 : 255;

export function leave(code: number): never {
  if (process.platform === "win32" && code > 255) leaveWith(code);
  process.exit(code);
}
