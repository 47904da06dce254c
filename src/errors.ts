// The one error type for what a user can do something about, and which of the errors that others throw are such. Pure. What is said: wording.ts.

export type ErrorCode =
  | "bad_request" // wrong or missing argument: usage
  | "not_found"
  | "ambiguous"
  | "refused" // by policy
  | "bad_config"
  | "unavailable"; // the home, the store or a supervisor does not answer

/** A failure that is told to the user in one line. Anything else that is thrown is a fault of ours. */
export class BackburnerError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
    this.name = "BackburnerError";
  }
}

const unavailable = (message: string) => new BackburnerError("unavailable", message);
const storeBusy = (why: string) => unavailable(`other processes keep the store busy (${why}); try again in a moment`);
const diskFull = (why: string) =>
  unavailable(
    `no space is left on the disk (${why}); free some ("backburner prune" removes old tasks), or set BACKBURNER_HOME to another disk`,
  );
const homeReadOnly = (why: string) =>
  unavailable(`BACKBURNER_HOME can't be written (${why}); make it writable, or set it to another directory`);
const noDescriptors = (why: string) =>
  unavailable(`no file descriptor is free (${why}); close some programs, or raise the limit ("ulimit -n")`);
const noProcesses = (why: string) =>
  unavailable(`no process can be started (${why}); end some, or raise the limit ("ulimit -u")`);

const DISK_FULL = /^(ENOSPC|EDQUOT|SQLITE_FULL)$/;
const STARVED = /^(EMFILE|ENFILE)$/;
const NO_PROCESSES = /^(EAGAIN|ENOMEM)$/;
const READ_ONLY = /^(EROFS|SQLITE_READONLY.*)$/;
/** What a machine refuses, by the error's code: fs's, or SQLite's. */
const REFUSALS: [code: RegExp, told: (why: string) => BackburnerError][] = [
  [DISK_FULL, diskFull],
  [READ_ONLY, homeReadOnly],
  [STARVED, noDescriptors],
  [NO_PROCESSES, noProcesses],
  [/^SQLITE_BUSY/, storeBusy],
];

export const isDiskFull = (error: unknown) => DISK_FULL.test(codeOf(error));
/** No file can be opened now, or no process be started, whatever it is. */
export const isStarved = (error: unknown) => STARVED.test(codeOf(error)) || NO_PROCESSES.test(codeOf(error));
/** Where it happened, nothing can be written now. */
export const isUnwritable = (error: unknown) => isDiskFull(error) || READ_ONLY.test(codeOf(error));

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** What was thrown as the user is to be told of it: what the machine refuses is no fault of ours. */
export function toldOf(error: unknown): unknown {
  if (error instanceof BackburnerError) return error;
  const told = REFUSALS.find(([codes]) => codes.test(codeOf(error)))?.[1];
  return told ? told(messageOf(error)) : error;
}

/** The line a door shows for whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
