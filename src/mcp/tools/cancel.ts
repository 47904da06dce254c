// cancel_task: end a task and everything it started.

import * as z from "zod/mini";
import { cancel, DEFAULT_GRACE_SECONDS } from "../../operations/cancel.ts";
import { wireProcess, wireTask } from "../../wire.ts";
import { brief } from "./brief.ts";
import { byDefault, durationOrZero, taskId } from "./parameters.ts";
import { survivorFields, taskFields } from "./shapes.ts";
import { defineTool } from "./tool.ts";

export const cancelTask = defineTool({
  name: "cancel_task",
  title: "Cancel background task",
  description:
    "Stop (kill) a background task with every process it started, such as a server. Answers once all are dead. Of a task that has ended, it ends what that left running.",
  keywords: "stop, kill, end a background task, process or server",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({
    task_id: taskId(),
    grace_seconds: byDefault(durationOrZero("From SIGTERM to SIGKILL"), DEFAULT_GRACE_SECONDS),
  }),
  output: z.object({ ...taskFields, ...survivorFields }),
  async run({ app }, { task_id, grace_seconds }) {
    const { task, survivors } = await cancel(app, task_id, grace_seconds);
    return { ...brief(wireTask(task)), ...(survivors.length > 0 && { survivors: survivors.map(wireProcess) }) };
  },
});
