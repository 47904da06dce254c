// A task as both doors show it: snake_case, seconds, ISO 8601; what is not known is absent, never null. Pure.

import type { Leftover, Progress, Task, TaskStatus } from "./task.ts";

export interface WireTask {
  task_id: string;
  name?: string;
  command: string;
  cwd: string;
  status: TaskStatus;
  /** One clause: which timeout, what was not found, who died. */
  reason?: string;
  created_at: string;
  started_at?: string;
  finished_at?: string;
  /** While it runs. */
  running_for_seconds?: number;
  /** Once it has ended. */
  duration_seconds?: number;
  exit_code?: number;
  signal?: string;
  pid?: number;
  timeout_seconds?: number;
  idle_timeout_seconds?: number;
  /** Unless it completed. */
  progress?: Progress;
  output_bytes?: number;
  output_lines?: number;
  last_output_at?: string;
  /** While it runs; without output, since it started. */
  seconds_since_output?: number;
  left_running?: WireProcess[];
  /** It seems to wait for input; `last_line` is what it printed last. */
  waiting_for_input?: true;
  last_line?: string;
}

export interface WireProcess {
  pid: number;
  command: string;
}

export function wireTask(task: Task, nowMs = Date.now()): WireTask {
  const { outcome } = task;
  return {
    task_id: task.id,
    ...(task.name !== undefined && { name: task.name }),
    command: task.command,
    cwd: task.cwd,
    status: task.status,
    ...(task.reason !== undefined && { reason: task.reason }),
    created_at: instant(task.createdAtMs),
    ...(task.startedAtMs !== undefined && { started_at: instant(task.startedAtMs) }),
    ...(task.finishedAtMs !== undefined && { finished_at: instant(task.finishedAtMs) }),
    ...(task.status === "working" && { running_for_seconds: seconds(nowMs - (task.startedAtMs ?? nowMs)) }),
    ...(task.durationMs !== undefined && { duration_seconds: seconds(task.durationMs) }),
    ...(outcome && ("exitCode" in outcome ? { exit_code: outcome.exitCode } : { signal: outcome.signal })),
    ...(task.process && { pid: task.process.pid }),
    ...(task.timeoutMs !== undefined && { timeout_seconds: seconds(task.timeoutMs) }),
    ...(task.idleTimeoutMs !== undefined && { idle_timeout_seconds: seconds(task.idleTimeoutMs) }),
    ...(task.progress && task.status !== "completed" && { progress: task.progress }),
    ...(task.outputBytes !== undefined && { output_bytes: task.outputBytes }),
    ...(task.outputLines !== undefined && { output_lines: task.outputLines }),
    ...(task.lastOutputAtMs !== undefined && { last_output_at: instant(task.lastOutputAtMs) }),
    ...(task.status === "working" && {
      seconds_since_output: seconds(nowMs - (task.lastOutputAtMs ?? task.startedAtMs ?? nowMs)),
    }),
    ...(task.leftRunning.length > 0 && { left_running: task.leftRunning.map(wireProcess) }),
    ...(task.waitsForInput && { waiting_for_input: true, last_line: task.waitsForInput.lastLine }),
  };
}

/** A part of a task's output. */
export interface WireOutput {
  output: string;
  /** The output is no UTF-8 and comes in this form. Only where it was asked for raw. */
  encoding?: "base64";
  /** Lines before the output, or left out in its middle. */
  omitted_lines?: number;
  /** What is not kept any more. */
  dropped_bytes?: number;
  /** What follows the output; `next_cursor` shows it. */
  remaining_bytes?: number;
  /** How many lines match. */
  matches?: number;
}

interface Excerpt {
  text: string;
  base64?: true;
  omittedLines: number;
  droppedBytes: number;
  remainingBytes: number;
  matches?: number;
}

export function wireOutput(excerpt: Excerpt): WireOutput {
  const { text, base64, omittedLines, droppedBytes, remainingBytes, matches } = excerpt;
  return {
    output: text,
    ...(base64 && { encoding: "base64" }),
    ...(omittedLines > 0 && { omitted_lines: omittedLines }),
    ...(droppedBytes > 0 && { dropped_bytes: droppedBytes }),
    ...(remainingBytes > 0 && { remaining_bytes: remainingBytes }),
    ...(matches !== undefined && { matches }),
  };
}

/** A part of a whole, and where to go on reading. */
interface PlacedExcerpt extends Excerpt {
  totalLines: number;
  nextCursor: number;
}

/** A task with a part of its output. */
export function wireResult({ task, output, logPath }: { task: Task; output: PlacedExcerpt; logPath: string }) {
  return {
    ...wireTask(task),
    ...wireOutput(output),
    output_total_lines: output.totalLines,
    next_cursor: output.nextCursor,
    log_path: logPath,
  };
}

export function wireProcess({ pid, command }: Leftover): WireProcess {
  return { pid, command };
}

/** What lies beyond any date is shown as the last there is. */
export function instant(ms: number): string {
  return new Date(Math.max(-LATEST_MS, Math.min(LATEST_MS, ms))).toISOString();
}

/** ECMA-262: time values and time range. */
const LATEST_MS = 8.64e15;

/** To the millisecond. */
function seconds(ms: number): number {
  return Math.max(0, Math.round(ms)) / 1000;
}
