// Our task in the words of 2025-11-25. There a call has failed when its result is an error: so has a command that exits with 1. Pure.

import type { CreateTaskResultV1, TaskStatusV1, TaskV1 } from "@modelcontextprotocol/ext-tasks/core/v1";
import { type CallToolResult, RELATED_TASK_META_KEY } from "@modelcontextprotocol/server";
import type { TaskStatus } from "../../task.ts";
import { pollIntervalMs } from "../interval.ts";
import { type Polled, resultOf } from "../polled.ts";

const STATUS = {
  queued: "working",
  working: "working",
  completed: "completed",
  failed: "failed",
  timed_out: "failed",
  interrupted: "failed",
  cancelled: "cancelled",
} as const satisfies Record<TaskStatus, TaskStatusV1>;

export function coreTask(polled: Polled, nowMs: number): TaskV1 {
  return {
    taskId: polled.id,
    status: STATUS[polled.status],
    statusMessage: polled.message,
    createdAt: new Date(polled.createdAtMs).toISOString(),
    lastUpdatedAt: new Date(polled.updatedAtMs).toISOString(),
    ttl: polled.keptMs,
    pollInterval: pollIntervalMs(nowMs - polled.createdAtMs),
  };
}

/** What a host may give the model at once, in place of the result (a note in the specification, under "Creating Tasks"). */
const IMMEDIATE_RESPONSE = "io.modelcontextprotocol/model-immediate-response";

/** What a call is answered with that is made as a task. */
export function createdTask(polled: Polled, nowMs: number): CreateTaskResultV1 {
  return { task: coreTask(polled, nowMs), _meta: { [IMMEDIATE_RESPONSE]: `${polled.message}; the result follows` } };
}

/** What the call itself would have answered, once it is over. */
export function taskResult(polled: Polled): CallToolResult {
  return { ...resultOf(polled), _meta: { [RELATED_TASK_META_KEY]: { taskId: polled.id } } };
}
