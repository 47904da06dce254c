// list_tasks: the tasks of this home, newest first.

import * as z from "zod/mini";
import { list } from "../../operations/list.ts";
import { TASK_STATUSES } from "../../task.ts";
import { wireTask } from "../../wire.ts";
import { brief } from "./brief.ts";
import { byDefault, wholeNumber } from "./parameters.ts";
import { taskFields } from "./shapes.ts";
import { defineTool } from "./tool.ts";

const anyStatus = `one of ${TASK_STATUSES.join(", ")}`;

export const listTasks = defineTool({
  name: "list_tasks",
  title: "List background tasks",
  description: "List background tasks, newest first, also those of earlier sessions: running, queued and finished.",
  keywords: "background tasks: running, queued, finished",
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.strictObject({
    limit: byDefault(wholeNumber(1, 1_000, "Most tasks to return"), 20),
    status: z.optional(z.enum(TASK_STATUSES, anyStatus).check(z.describe("Only these"))),
    offset: byDefault(wholeNumber(0, 1_000_000_000, "How many to skip"), 0),
  }),
  output: z.object({ tasks: z.array(z.object(taskFields)), total: z.int() }),
  async run({ app }, request) {
    const { tasks, total } = await list(app, request);
    return { tasks: tasks.map((task) => brief(wireTask(task))), total };
  },
});
