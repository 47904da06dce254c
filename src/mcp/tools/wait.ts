// wait_task: one call that waits for many tasks.

import * as z from "zod/mini";
import type { App } from "../../operations/app.ts";
import { tailOf } from "../../operations/result.ts";
import { wait } from "../../operations/wait.ts";
import { isTerminal, type Task } from "../../task.ts";
import { wireOutput, wireTask } from "../../wire.ts";
import { byDefault, durationOrZero } from "./parameters.ts";
import { outputFields, taskFields } from "./shapes.ts";
import { defineTool } from "./tool.ts";

const TAIL_LINES = 20;
/** For the output of all tasks together, and within that for one. */
const TOTAL_CHARS = 30_000;
const LEAST_CHARS = 400;
const MOST_CHARS = 4_000;
const MOST_TASKS = 1_000;

const taskIds = `a list of 1 to ${MOST_TASKS} ids or names of tasks`;

export const waitTask = defineTool({
  name: "wait_task",
  title: "Wait for background tasks",
  description: `Wait until background tasks finish: one call for several tasks, answered the moment the last (until "any": the first) ends, with status, exit code and last ${TAIL_LINES} lines of output of each. Use this instead of sleep or polling.`,
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.strictObject({
    task_ids: z
      .array(z.string("the id or the name of a task"), taskIds)
      .check(z.minLength(1, taskIds), z.maxLength(MOST_TASKS, taskIds), z.describe("Ids or names")),
    until: byDefault(z.enum(["all", "any"], '"all" or "any"'), "all"),
    timeout_seconds: byDefault(
      durationOrZero('Answer by then, with reason "timeout"; the tasks run on. Clients often end calls after 60 s'),
      45,
    ),
  }),
  output: z.object({
    tasks: z.array(z.object({ ...taskFields, ...outputFields })),
    reason: z.enum(["ended", "timeout"]),
    hint: z.optional(z.string()),
  }),
  async run({ app, signal, progress }, { task_ids, until, timeout_seconds }) {
    const stopReporting = progress(`waiting for ${until} of ${task_ids.length}`, timeout_seconds);
    try {
      const request = { tasks: task_ids, until, timeoutMs: timeout_seconds * 1000, signal };
      const { tasks, reason } = await wait(app, request);
      const chars = Math.min(MOST_CHARS, Math.max(LEAST_CHARS, Math.floor(TOTAL_CHARS / tasks.length)));
      const running = tasks.filter(({ status }) => !isTerminal(status)).length;
      return {
        tasks: tasks.map((task) => withTail(app, task, chars)),
        reason,
        ...(reason === "timeout" && { hint: `${running} still going; call wait_task again, or do other work first` }),
      };
    } finally {
      stopReporting();
    }
  },
});

function withTail(app: App, task: Task, chars: number) {
  return { ...wireTask(task), ...wireOutput(tailOf(app, task, TAIL_LINES, chars)) };
}
