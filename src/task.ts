// The words of the project: what a task is, which states it has and how it may move between them. Pure.

/** A task's id: a digit, then 13 characters of base 32, 68 random bits. It is the MCP task's id as well. */
export type TaskId = string;

export const TASK_STATUSES = [
  "queued",
  "working",
  "completed",
  "failed",
  "cancelled",
  "timed_out",
  "interrupted",
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** A status that never changes again. */
export type TerminalStatus = Exclude<TaskStatus, "queued" | "working">;

/** How a process ended, in wait(2)'s words: exited with a code, or ended by a signal such as "SIGTERM". */
export type Outcome = { exitCode: number } | { signal: string };

/** How and why a task ended. Without `outcome` nothing is known of the command's exit. */
export interface Ending {
  status: TerminalStatus;
  outcome?: Outcome;
  /** One clause for people: which timeout, what was not found, who died. */
  reason?: string;
}

/** A process that stays the same one: pids are reused, a pid with its start time and boot is not. */
export interface ProcessIdentity {
  pid: number;
  /** Platform's start time as text, compared and never computed with. */
  startedAt: string;
}

/** A process that a task's command left running when it ended. */
export interface Leftover extends ProcessIdentity {
  command: string;
}

/** A supervisor lives only in the boot it was started in. */
export interface SupervisorIdentity extends ProcessIdentity {
  bootId: string;
  /** Whose pids these are: containers number their own. `undefined` where there is no such thing, or an older version wrote it. */
  pidNamespace?: string;
}

/** What a task's output says of how far it is. */
export interface Progress {
  percent?: number;
  step?: number;
  total?: number;
  message?: string;
}

/** What the policy decided on a task that was let in, and by which patterns. */
export interface Decided {
  decision: "allowed" | "approved" | "ask";
  patterns: string[];
}

export interface Task {
  id: TaskId;
  name?: string;
  command: string;
  cwd: string;
  status: TaskStatus;
  createdAtMs: number;
  /** When a slot was set aside for it; while it is still queued, a supervisor is on its way. */
  reservedAtMs?: number;
  /** While it is queued: where whoever submitted it sees processes, as a supervisor's `pidNamespace`. */
  submittedIn?: string;
  startedAtMs?: number;
  finishedAtMs?: number;
  /** By a monotonic clock, so that a jump of the wall clock does not change it. */
  durationMs?: number;
  outcome?: Outcome;
  reason?: string;
  timeoutMs?: number;
  /** Ends a task that prints nothing for so long. */
  idleTimeoutMs?: number;
  /** Its stdin stays open for input. */
  interactive: boolean;
  /** It runs in a terminal of its own, whose input is open as well. */
  pty: boolean;
  /** How much of its output is kept on disk. */
  maxOutputBytes: number;
  progress?: Progress;
  /** argv of the shell; the command is appended as its last argument. */
  shell: string[];
  /** How many tasks may run at once, as its submitter was configured. */
  maxTasks: number;
  /** How often a supervisor was sent for it. */
  launches: number;
  /** The command's own process, whose pid is also its process group. */
  process?: ProcessIdentity;
  supervisor?: SupervisorIdentity;
  outputBytes?: number;
  outputLines?: number;
  lastOutputAtMs?: number;
  leftRunning: Leftover[];
  /** What the policy decided; absent where none was set. */
  verdict?: Decided;
  /** It seems to wait for input. Only where that was asked for and can be seen. */
  waitsForInput?: { lastLine: string };
}

/** It can be sent input while it runs. */
export function hasOpenStdin({ interactive, pty }: Pick<Task, "interactive" | "pty">): boolean {
  return interactive || pty;
}

export function isTerminal(status: TaskStatus): status is TerminalStatus {
  return status !== "queued" && status !== "working";
}

/** The status that a command's own end gives: exit 0 is success, anything else is not. */
export function statusOf(outcome: Outcome): "completed" | "failed" {
  return "exitCode" in outcome && outcome.exitCode === 0 ? "completed" : "failed";
}

/** Of one that has ended: "failed, exit code 3", "timed_out, SIGTERM, it ran longer than its timeout of 5 s". */
export function howEnded({ status, outcome, reason }: Task): string {
  const exit = outcome && ("exitCode" in outcome ? `exit code ${outcome.exitCode}` : outcome.signal);
  return [status, exit, reason].filter(Boolean).join(", ");
}

/** "42% (17/40)", "42%" or "17/40". */
export function progressText({ percent, step, total }: Progress): string {
  const count = step === undefined || total === undefined ? undefined : `${step}/${total}`;
  if (percent === undefined) return count ?? "";
  return count === undefined ? `${percent}%` : `${percent}% (${count})`;
}

/** A wait's id: "w", then 13 characters of base 32, 65 random bits. Never that of a task. */
export type WaitId = string;

const DIGITS = "23456789";
const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"; // 32 characters that nobody confuses
const ID = /^[2-9][a-km-np-z2-9]{13}$/;
const WAIT_ID = /^w[a-km-np-z2-9]{13}$/;

export function newTaskId(): TaskId {
  return DIGITS.charAt((crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) & 7) + randomCharacters();
}

export function newWaitId(): WaitId {
  return `w${randomCharacters()}`;
}

function randomCharacters(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(13));
  let text = "";
  // Array.from and join would be 0.35 ms of a short call: what the runtime has written in JavaScript is compiled when it is first used.
  for (let at = 0; at < bytes.length; at += 1) text += ALPHABET.charAt((bytes[at] ?? 0) & 31);
  return text;
}

/** It waits in the queue until a person has approved of it. */
export function awaitsApproval({ status, verdict }: Task): boolean {
  return status === "queued" && verdict?.decision === "ask";
}

/** True for text that has the form of an id. Paths are built from such text only. */
export function isTaskId(text: string): text is TaskId {
  return ID.test(text);
}

/** True for text that has the form of a wait's id. */
export function isWaitId(text: string): text is WaitId {
  return WAIT_ID.test(text);
}
