// A row of the table as SQLite gives it, and the task it stands for.

import { type Decided, isTaskId, type Leftover, type Progress, type Task, type TaskStatus } from "../task.ts";

export interface TaskRow {
  seq: number;
  id: string;
  name: string | null;
  command: string;
  cwd: string;
  shell: string;
  timeout_ms: number | null;
  idle_timeout_ms: number | null;
  interactive: number;
  pty: number;
  max_output_bytes: number;
  max_tasks: number;
  status: TaskStatus;
  slot: number;
  launches: number;
  created_at_ms: number;
  reserved_at_ms: number | null;
  started_at_ms: number | null;
  finished_at_ms: number | null;
  duration_ms: number | null;
  supervisor_pid: number | null;
  supervisor_started: string | null;
  boot_id: string | null;
  pid_namespace: string | null;
  pid: number | null;
  pid_started: string | null;
  exit_code: number | null;
  signal: string | null;
  reason: string | null;
  output_bytes: number | null;
  output_lines: number | null;
  last_output_at_ms: number | null;
  left_running: string | null;
  progress: string | null;
  verdict: string | null;
}

/** The tasks of rows; what has no id of ours is none, and nothing is built from it. */
export function tasksOf(rows: TaskRow[]): Task[] {
  return rows.filter(({ id }) => isTaskId(id)).map(taskOf);
}

/** Of a row that somebody has damaged what still makes sense: readers go on. */
export function taskOf(row: TaskRow): Task {
  const task: Task = {
    id: row.id,
    command: row.command,
    cwd: row.cwd,
    status: row.status,
    createdAtMs: row.created_at_ms,
    shell: listOf(row.shell, isText),
    maxTasks: row.max_tasks,
    maxOutputBytes: row.max_output_bytes,
    interactive: row.interactive === 1,
    pty: row.pty === 1,
    launches: row.launches,
    leftRunning: row.left_running === null ? [] : listOf(row.left_running, isLeftover),
  };
  if (row.name !== null) task.name = row.name;
  if (row.timeout_ms !== null) task.timeoutMs = row.timeout_ms;
  if (row.idle_timeout_ms !== null) task.idleTimeoutMs = row.idle_timeout_ms;
  const progress = row.progress === null ? undefined : parsed(row.progress);
  if (isProgress(progress)) task.progress = progress;
  if (row.slot === 1 && row.reserved_at_ms !== null) task.reservedAtMs = row.reserved_at_ms;
  if (row.started_at_ms !== null) task.startedAtMs = row.started_at_ms;
  if (row.finished_at_ms !== null) task.finishedAtMs = row.finished_at_ms;
  if (row.duration_ms !== null) task.durationMs = row.duration_ms;
  if (row.supervisor_pid !== null) {
    task.supervisor = { pid: row.supervisor_pid, startedAt: row.supervisor_started ?? "", bootId: row.boot_id ?? "" };
    if (row.pid_namespace !== null) task.supervisor.pidNamespace = row.pid_namespace;
  }
  if (row.status === "queued" && row.pid_namespace !== null) task.submittedIn = row.pid_namespace;
  if (row.pid !== null) task.process = { pid: row.pid, startedAt: row.pid_started ?? "" };
  if (row.exit_code !== null) task.outcome = { exitCode: row.exit_code };
  else if (row.signal !== null) task.outcome = { signal: row.signal };
  if (row.reason !== null) task.reason = row.reason;
  if (row.output_bytes !== null) task.outputBytes = row.output_bytes;
  if (row.output_lines !== null) task.outputLines = row.output_lines;
  if (row.last_output_at_ms !== null) task.lastOutputAtMs = row.last_output_at_ms;
  const verdict = row.verdict === null ? undefined : parsed(row.verdict);
  if (isDecided(verdict)) task.verdict = verdict;
  return task;
}

/** `undefined` for what is no JSON. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Empty unless it is a list of nothing else. */
function listOf<T>(json: string, is: (one: unknown) => one is T): T[] {
  const list = parsed(json);
  return Array.isArray(list) && list.every(is) ? list : [];
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isDecided(value: unknown): value is Decided {
  return isRecord(value) && isText(value.decision) && Array.isArray(value.patterns) && value.patterns.every(isText);
}

function isLeftover(value: unknown): value is Leftover {
  return isRecord(value) && Number.isInteger(value.pid) && isText(value.startedAt) && isText(value.command);
}

function isProgress(value: unknown): value is Progress {
  if (!isRecord(value)) return false;
  const { percent, step, total, message } = value;
  const areNumbers = [percent, step, total].every((one) => one === undefined || typeof one === "number");
  return areNumbers && (message === undefined || isText(message));
}
