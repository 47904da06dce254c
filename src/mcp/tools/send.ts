// send_input: type into a task, and see what it answers.

import * as z from "zod/mini";
import { send } from "../../operations/send.ts";
import type { Task } from "../../task.ts";
import { wireTask } from "../../wire.ts";
import { brief } from "./brief.ts";
import { byDefault, durationOrZero, taskId, text } from "./parameters.ts";
import { taskFields } from "./shapes.ts";
import { defineTool } from "./tool.ts";

export const sendInput = defineTool({
  name: "send_input",
  title: "Send input to background task",
  description:
    "Type into a running task that was started with interactive or pty: answer a prompt, drive a REPL. Returns what it printed since. End a line with \\n. With pty, <ctrl-c>, <up>, <tab>, <escape>, … are keys (\\<up>: text).",
  keywords: "type into a running background task: prompt, password, REPL",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  input: z.strictObject({
    task_id: taskId(),
    input: byDefault(text("a text", "Sent as it is; no newline is added"), ""),
    eof: byDefault(z.boolean("true or false").check(z.describe("End stdin after it")), false),
    wait_seconds: byDefault(durationOrZero("Wait up to this long for output"), 1),
  }),
  output: z.object({
    ...taskFields,
    output: z.string(),
    omitted_bytes: z.optional(z.int()),
    hint: z.optional(z.string()),
  }),
  async run({ app, connection, signal }, { task_id, input, eof, wait_seconds }) {
    const request = { input, named: true, eof, waitMs: wait_seconds * 1000, signal };
    const { task, beforeBytes, shown } = await send(app, task_id, request);
    connection.looked(task.id, beforeBytes); // an old prompt is not the answer that is waited for
    return {
      ...brief(wireTask(task)),
      output: shown.text,
      ...(shown.omittedBytes > 0 && { omitted_bytes: shown.omittedBytes }),
      ...(shown.text === "" && isOpenLine(task, input) && !eof && { hint: OPEN_LINE }),
    };
  },
});

const OPEN_LINE = 'nothing came back; the input did not end with a newline, which most commands wait for: send "\\n"';

/** Most commands read whole lines. On a terminal Enter is a key, and others count as well. */
function isOpenLine(task: Task, input: string): boolean {
  return task.status === "working" && !task.pty && input !== "" && !input.endsWith("\n");
}
