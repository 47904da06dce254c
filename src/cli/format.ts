// Times and ends of tasks in a person's words. Pure.

import type { Task } from "../task.ts";

/** "0.3s", "42s", "3m20s", "2h05m", "3d4h": two units at most. */
export function span(ms: number): string {
  const tenths = Math.max(0, Math.floor(ms / 100));
  if (tenths < 100) return `${(tenths / 10).toFixed(1)}s`;
  const seconds = Math.floor(tenths / 10);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${two(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d${hours % 24}h`;
}

/** "just now", "42s ago", "3m ago", "2h ago", "5d ago": one unit. */
export function ago(atMs: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - atMs) / 1000);
  if (seconds < 1) return "just now"; // also for a clock that was set back
  if (seconds < 60) return `${seconds}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ago`;
  return `${Math.floor(seconds / 86_400)}d ago`;
}

/** "812 bytes", "12.3KB", "1.5GB": exact while that is short. */
export function size(bytes: number): string {
  if (bytes < 10_000) return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)}${" KMGT"[power]}B`;
}

/** In the reader's time zone, to the second. */
export function instant(atMs: number): string {
  const at = new Date(atMs);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** How the command itself ended: "0", "3", "SIGTERM". Empty while that is not known. */
export function exit(task: Task): string {
  const { outcome } = task;
  if (!outcome) return "";
  return "exitCode" in outcome ? String(outcome.exitCode) : outcome.signal;
}

/** How long it ran, or has run by now. `undefined` when it never ran, or nobody knows. */
export function ranForMs(task: Task, nowMs: number): number | undefined {
  if (task.durationMs !== undefined) return task.durationMs;
  return task.status === "working" && task.startedAtMs !== undefined ? nowMs - task.startedAtMs : undefined;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
