// task_result: a task with its output.

import * as z from "zod/mini";
import { result } from "../../operations/result.ts";
import { wireTask } from "../../wire.ts";
import { byDefault, taskId, wholeNumber } from "./parameters.ts";
import { outputFields, outputOf, taskFields } from "./shapes.ts";
import { defineTool } from "./tool.ts";

export const DEFAULT_TAIL_LINES = 100;
export const DEFAULT_MAX_CHARS = 30_000;

export const taskResult = defineTool({
  name: "task_result",
  title: "Background task output",
  description:
    "Output (logs) of a background task, with its status and exit code; also while it runs. Returns the last lines; log_path is the file with all of them.",
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.strictObject({
    task_id: taskId(),
    tail_lines: byDefault(wholeNumber(0, 100_000, "How many of the last lines"), DEFAULT_TAIL_LINES),
    max_chars: byDefault(wholeNumber(1, 10_000_000, "Most characters of output"), DEFAULT_MAX_CHARS),
  }),
  output: z.object({
    ...taskFields,
    ...outputFields,
    output_total_lines: z.int(),
    next_cursor: z.int(),
    log_path: z.string(),
  }),
  async run({ app, connection }, { task_id, tail_lines, max_chars }) {
    const { task, output, logPath } = await result(app, task_id, tail_lines, max_chars);
    if (tail_lines > 0) connection.looked(task.id, output.nextCursor);
    return {
      ...wireTask(task),
      ...outputOf(output),
      output_total_lines: output.totalLines,
      next_cursor: output.nextCursor,
      log_path: logPath,
    };
  },
});
