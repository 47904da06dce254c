// Our task in the words of mcp-background-job. Pure.

import * as z from "zod/mini";
import type { Task, TaskStatus } from "../../task.ts";
import { text } from "../tools/parameters.ts";

const STATUSES = ["running", "completed", "failed", "killed"] as const;
type JobStatus = (typeof STATUSES)[number];

const STATUS = {
  queued: "running",
  working: "running",
  completed: "completed",
  failed: "failed",
  cancelled: "killed",
  timed_out: "killed",
  interrupted: "failed",
} as const satisfies Record<TaskStatus, JobStatus>;

/** A signal that was meant to end it has killed it, whoever sent it. */
const KILLING = new Set(["SIGTERM", "SIGKILL"]);

export function jobStatus({ status, outcome }: Task): JobStatus {
  return outcome && "signal" in outcome && KILLING.has(outcome.signal) ? "killed" : STATUS[status];
}

export const statusField = z.enum(STATUSES).check(z.describe("Current job status"));
const described = (description: string) => text("a text", description);

export const summary = z.object({
  job_id: described("Job identifier"),
  status: statusField,
  command: described("Shell command being executed"),
  started: z.string().check(z.meta({ format: "date-time", description: "UTC timestamp when job started" })),
});

export function summaryOf(task: Task): z.input<typeof summary> {
  return {
    job_id: task.id,
    status: jobStatus(task),
    command: task.command,
    started: new Date(task.startedAtMs ?? task.createdAtMs).toISOString(),
  };
}
