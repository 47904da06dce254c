// wait_task: one call that waits for many tasks.

import * as z from "zod/mini";
import type { App } from "../../operations/app.ts";
import { findTask } from "../../operations/find.ts";
import { type Matched, patternOf, waitForMatch } from "../../operations/match.ts";
import { keptOf } from "../../operations/news.ts";
import { tailOf } from "../../operations/result.ts";
import { wait, type WaitRequest } from "../../operations/wait.ts";
import { isTerminal, type Task } from "../../task.ts";
import { wireOutput, wireTask } from "../../wire.ts";
import type { Connection } from "../connection.ts";
import { byDefault, durationOrZero, text } from "./parameters.ts";
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
    pattern: z.optional(
      text("a regular expression", "Answer when a line of output not read yet matches (regex): server ready, prompt"),
    ),
    timeout_seconds: byDefault(
      durationOrZero('Answer by then, with reason "timeout"; the tasks run on. Clients often end calls after 60 s'),
      45,
    ),
  }),
  output: z.object({
    tasks: z.array(z.object({ ...taskFields, ...outputFields })),
    reason: z.enum(["ended", "matched", "timeout"]),
    matches: z.optional(z.array(z.object({ task_id: z.string(), line: z.string() }))),
    hint: z.optional(z.string()),
  }),
  async run({ app, signal, progress, connection }, { task_ids, until, pattern, timeout_seconds }) {
    const ids = task_ids.map((given) => findTask(app, given).id);
    const told = connection.awaiting(ids);
    const stopReporting = progress(`waiting for ${until} of ${ids.length}`, timeout_seconds, () => keptOf(app, ids));
    try {
      const request = { tasks: ids, until, timeoutMs: timeout_seconds * 1000, signal };
      const { tasks, reason, matches } = await (pattern === undefined
        ? waitForEnd(app, request)
        : waitForWords(app, request, pattern, connection));
      const chars = Math.min(MOST_CHARS, Math.max(LEAST_CHARS, Math.floor(TOTAL_CHARS / tasks.length)));
      const running = tasks.filter(({ status }) => !isTerminal(status)).length;
      return {
        tasks: tasks.map((task) => withTail(app, task, chars)),
        reason,
        ...(matches && { matches }),
        ...(reason === "timeout" && { hint: `${running} still going; call wait_task again, or do other work first` }),
      };
    } finally {
      stopReporting();
      told();
    }
  },
});

interface Answer extends Pick<Matched, "tasks" | "reason"> {
  matches?: { task_id: string; line: string }[];
}

function waitForEnd(app: App, request: WaitRequest): Promise<Answer> {
  return wait(app, request);
}

/** What was read already is not looked at again: a second wait for the same words waits for their next coming. */
async function waitForWords(app: App, request: WaitRequest, written: string, connection: Connection): Promise<Answer> {
  const pattern = patternOf(written);
  const fromBytes = (id: string) => connection.lookedTo(id);
  const { matches, ...waited } = await waitForMatch(app, { ...request, pattern, fromBytes });
  for (const { id, endBytes } of matches) connection.looked(id, endBytes);
  return {
    ...waited,
    ...(matches.length > 0 && { matches: matches.map(({ id, line }) => ({ task_id: id, line: cut(line) })) }),
  };
}

const LONGEST_LINE_SHOWN = 500;

function cut(line: string): string {
  return line.length > LONGEST_LINE_SHOWN ? `${line.slice(0, LONGEST_LINE_SHOWN)}…` : line;
}

function withTail(app: App, task: Task, chars: number) {
  return { ...wireTask(task), ...wireOutput(tailOf(app, task, TAIL_LINES, chars)) };
}
