// Our task in the words of 2026-07-28 (extension io.modelcontextprotocol/tasks). There a command that failed has completed: "failed"
// is what has no result, and that is only a task whose outcome nobody knows. Pure.

import type {
  CompletedTaskV2,
  CreateTaskResultV2,
  DetailedTaskV2,
  TaskV2,
} from "@modelcontextprotocol/ext-tasks/core/v2";
import { ProtocolErrorCode } from "@modelcontextprotocol/server";
import type { TaskStatus } from "../../task.ts";
import { pollIntervalMs } from "../interval.ts";
import { type Polled, resultOf } from "../polled.ts";
import { inputRequestsOf } from "./questions.ts";

const STATUS = {
  queued: "working",
  working: "working",
  completed: "completed",
  failed: "completed",
  timed_out: "completed",
  cancelled: "cancelled",
  interrupted: "failed",
} as const satisfies Record<TaskStatus, TaskV2["status"]>;

/** With its result or its error, when there is one. */
export function detailedTask(polled: Polled, nowMs: number): DetailedTaskV2 {
  const fields = fieldsOf(polled, nowMs);
  const status = statusOf(polled);
  switch (status) {
    case "input_required":
      return { ...fields, status, inputRequests: inputRequestsOf(polled.questions) };
    case "completed":
      return { ...fields, status, result: completeResult(polled) };
    case "failed":
      return { ...fields, status, error: { code: ProtocolErrorCode.InternalError, message: polled.message } };
    default:
      return { ...fields, status };
  }
}

/** What a call is answered with that goes on. */
export function createdTask(polled: Polled, nowMs: number): CreateTaskResultV2 {
  return { resultType: "task", ...fieldsOf(polled, nowMs), status: statusOf(polled) };
}

function statusOf({ status, questions }: Polled): TaskV2["status"] {
  return STATUS[status] === "working" && questions.length > 0 ? "input_required" : STATUS[status];
}

/** Clients refuse an inner result without its type. */
function completeResult(polled: Polled): CompletedTaskV2["result"] {
  return { resultType: "complete", ...resultOf(polled) } as CompletedTaskV2["result"];
}

function fieldsOf(polled: Polled, nowMs: number): Omit<TaskV2, "status"> {
  return {
    taskId: polled.id,
    statusMessage: polled.message,
    createdAt: new Date(polled.createdAtMs).toISOString(),
    lastUpdatedAt: new Date(polled.updatedAtMs).toISOString(),
    ttlMs: polled.keptMs,
    pollIntervalMs: pollIntervalMs(nowMs - polled.createdAtMs),
  };
}
