// Starting a task's command on pipes of ours, or in a terminal of its own. One implementation per platform.

import type { Outcome } from "../task.ts";
import type { Running } from "./given.ts";
import type { CommandInput } from "./input.ts";
import { OutputPipes } from "./output-pipes.posix.ts";
import { adoptCommand as posixAdopt, spawnCommand as posix } from "./spawn.posix.ts";
import { spawnCommand as windows } from "./spawn.windows.ts";
import { spawnInTerminal as posixInTerminal } from "./terminal.posix.ts";
import { spawnInTerminal as windowsInTerminal } from "./terminal.windows.ts";

/** What execve(2) takes. */
export interface Program {
  path: string;
  argv: string[];
  env: Record<string, string>;
}

/** What is to be run. */
export interface CommandRequest {
  /** argv, which the command follows. */
  shell: string[];
  command: string;
  cwd: string;
  env: Record<string, string>;
  /** The submitter's umask. */
  umask: number;
  /** Whether something will be written to its stdin; else that is at its end at once. A terminal's is always open. */
  openStdin: boolean;
}

export interface SpawnRequest extends CommandRequest {
  /** The chunk may be gone once this has returned. */
  onOutput: (stream: "stdout" | "stderr", chunk: Uint8Array) => void;
  /** The memory that much output is read into. Asked for anew for each chunk, which is handed on before the next is read. */
  block: () => Uint8Array;
}

export interface Spawned {
  pid: number;
  /** Resolves when the command itself has ended and was reaped, whatever its pipes do. */
  exited: Promise<Outcome>;
  /** Resolves when nobody holds the other end of either pipe any more; we do until `leave` is called. */
  closed: Promise<void>;
  /**
   * Once nobody waits for the end of the command any more. While a pipe is open at our side it is at no end, and what a runtime does
   * there (Bun starts a thread to close it) is not on the way from the command's exit to those who wait. `oneFollows`: another command
   * is about to be spawned, which may get the same pipes if nobody else holds them.
   */
  leave?(oneFollows: boolean): void;
  /** Takes what lies in the pipes at this moment; `exited` first, and it is all that the command has written. */
  drain(): Promise<void>;
  /** The same while it runs: what it has written before this moment is handed on. */
  catchUp(): Promise<void>;
  /** Where its stdin is open. */
  input?: CommandInput;
}

export interface TerminalSize {
  cols: number;
  rows: number;
}

export const DEFAULT_SIZE: TerminalSize = { cols: 80, rows: 24 };

/** Throws what Bun.spawn throws: ENOENT for a missing program or directory, EACCES, EAGAIN. */
export const spawnCommand: (request: SpawnRequest) => Spawned = process.platform === "win32" ? windows : posix;

/** As spawnCommand, for one that was started together with this process (head-start.ts). */
export const adoptCommand: (command: Running, request: SpawnRequest) => Spawned =
  process.platform === "win32" ? (_, request) => windows(request) : posixAdopt;

/** No command follows: lets go of the pipes that were kept for one. */
export const releasePipes: () => void = process.platform === "win32" ? () => {} : () => OutputPipes.closeSpare();

/** As spawnCommand; all output is of the stream stdout. */
export const spawnInTerminal: (request: Omit<SpawnRequest, "openStdin" | "block">, size: TerminalSize) => Spawned =
  process.platform === "win32" ? windowsInTerminal : posixInTerminal;
