// task_status: one task as it is now.

import * as z from "zod/mini";
import { status } from "../../operations/status.ts";
import { wireTask } from "../../wire.ts";
import { taskId } from "./parameters.ts";
import { taskFields } from "./shapes.ts";
import { defineTool } from "./tool.ts";

export const taskStatus = defineTool({
  name: "task_status",
  title: "Background task status",
  description:
    "Status of a background task right now: whether it is running, its exit code, duration, and how much it has printed. Not for waiting: use wait_task.",
  keywords: "is a background task running, exit code",
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.strictObject({ task_id: taskId() }),
  output: z.object(taskFields),
  async run({ app }, { task_id }) {
    return wireTask(await status(app, task_id));
  },
});
