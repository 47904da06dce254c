// Starts a command together with the supervisor that is its parent, so that it need not wait until that is up. Linux alone: elsewhere,
// and where it can't be done, a supervisor starts its command itself.

import { headStart as onLinux, prepareHeadStart as prepareOnLinux } from "./head-start.linux.ts";
import type { CommandRequest, Program } from "./spawn.ts";

export interface HeadStart {
  /**
   * One more is added to its argv: what became of the command (given.ts). A running command's pipes are open in it. It begins in "/" with
   * umask 077, and SIGHUP is ignored.
   */
  supervisor: Program;
  /** The file that its stderr is added to. */
  tracePath: string;
  /** A file that is emptied, and gets the name of the other, in the moment before the command begins; without it that is not begun. */
  submissionPath: string;
  logPath: string;
  command: CommandRequest;
  /** Called when no supervisor could be started after all, for which there are no processes left; nothing has begun. */
  onFailure: () => void;
}

/**
 * False when that can't be done here or for this command: nothing is started. What the command prints waits until the supervisor reads
 * it: the order of the two streams is the one in which it reads them. Returns when it goes on whatever becomes of this process, which
 * is before either has been executed.
 */
export const headStart: (request: HeadStart) => boolean = process.platform === "linux" ? onLinux : () => false;

/** Has it made ready before somebody waits for it: that takes two milliseconds. */
export const prepareHeadStart: () => void = process.platform === "linux" ? prepareOnLinux : () => {};
