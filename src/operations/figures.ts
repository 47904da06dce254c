// Figures that change while a task's processes live, read where they are true: the output's from its log, leftovers' from the process table.

import { outputState } from "../output/reader.ts";
import { leftRunningOf } from "../supervisor/orphans.ts";
import type { Task } from "../task.ts";
import type { App } from "./app.ts";

/** The task with its output's size as it is now, and only those leftovers that still run. */
export function withOutput(app: App, task: Task): Task {
  if (task.status === "queued") return task;
  const leftRunning = leftRunningOf(task);
  const settled = task.status !== "working" && task.leftRunning.length === 0 && task.outputBytes !== undefined;
  if (settled) return task;
  const { bytes, lines, lastAtMs } = outputState(app.config.home, task.id);
  return {
    ...task,
    leftRunning,
    outputBytes: bytes,
    outputLines: lines,
    ...(lastAtMs !== undefined && { lastOutputAtMs: lastAtMs }),
  };
}
