// What comes out of the tools: a task as `wireTask` writes it, and the end of its output.

import * as z from "zod/mini";
import { TASK_STATUSES } from "../../task.ts";

const processes = z.array(z.object({ pid: z.int(), command: z.string() }));

const progress = z.object({
  percent: z.optional(z.number()),
  step: z.optional(z.int()),
  total: z.optional(z.int()),
  message: z.optional(z.string()),
});

/** Fields of `WireTask`. Which of them are there depends on how far the task has come. */
export const taskFields = {
  task_id: z.string(),
  name: z.optional(z.string()),
  command: z.string(),
  cwd: z.string(),
  status: z.enum(TASK_STATUSES),
  reason: z.optional(z.string()),
  created_at: z.string(),
  started_at: z.optional(z.string()),
  finished_at: z.optional(z.string()),
  running_for_seconds: z.optional(z.number()),
  duration_seconds: z.optional(z.number()),
  exit_code: z.optional(z.int()),
  signal: z.optional(z.string()),
  pid: z.optional(z.int()),
  timeout_seconds: z.optional(z.number()),
  idle_timeout_seconds: z.optional(z.number()),
  progress: z.optional(progress),
  output_bytes: z.optional(z.int()),
  output_lines: z.optional(z.int()),
  last_output_at: z.optional(z.string()),
  seconds_since_output: z.optional(z.number()),
  left_running: z.optional(processes),
  waiting_for_input: z.optional(z.literal(true)),
  last_line: z.optional(z.string()),
};

export const survivorFields = { survivors: z.optional(processes) };

/** Fields of `WireOutput` that the end of an output may have. */
export const outputFields = {
  output: z.string(),
  omitted_lines: z.optional(z.int()),
  dropped_bytes: z.optional(z.int()),
};
