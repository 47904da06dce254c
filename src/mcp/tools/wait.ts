// wait_task: one call that waits for many tasks.

import * as z from "zod/mini";
import type { App } from "../../operations/app.ts";
import { findAll } from "../../operations/find.ts";
import { type Matched, patternOf, waitForMatch } from "../../operations/match.ts";
import { keptOf } from "../../operations/news.ts";
import { type Tailed, WAIT_TAIL_LINES, withTail } from "../../operations/tails.ts";
import { wait, type WaitRequest } from "../../operations/wait.ts";
import { openWait } from "../../operations/waits.ts";
import { isTerminal } from "../../task.ts";
import { wireOutput, wireTask } from "../../wire.ts";
import type { Connection } from "../connection.ts";
import { brief } from "./brief.ts";
import { byDefault, durationOrZero, text } from "./parameters.ts";
import { outputFields, taskFields } from "./shapes.ts";
import { defineTool } from "./tool.ts";
import { shortened } from "../../cut.ts";

/** A client that does not poll gets its answer by then: many end calls after 60 s. */
export const PLAIN_TIMEOUT_SECONDS = 45;
const MOST_TASKS = 1_000;

const taskIds = `a list of 1 to ${MOST_TASKS} ids or names of tasks`;

export const waitTask = defineTool({
  name: "wait_task",
  title: "Wait for background tasks",
  description: `Wait until background tasks finish: one call for several tasks, answered the moment the last (until "any": the first) ends, with status, exit code and last ${WAIT_TAIL_LINES} lines of output of each. Use this instead of sleep or polling.`,
  keywords: "wait for background tasks to finish; for a server to be ready",
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.strictObject({
    task_ids: z
      .array(z.string("the id or the name of a task"), taskIds)
      .check(z.minLength(1, taskIds), z.maxLength(MOST_TASKS, taskIds), z.describe("Ids or names")),
    until: byDefault(z.enum(["all", "any"], '"all" or "any"'), "all"),
    pattern: z.optional(
      text("a regular expression", "Answer when a line of output not read yet matches (regex): server ready, prompt"),
    ),
    timeout_seconds: z.optional(
      durationOrZero(
        'Answer by then, with reason "timeout"; the tasks run on. Clients often end calls after 60 s',
        PLAIN_TIMEOUT_SECONDS,
      ),
    ),
  }),
  output: z.object({
    tasks: z.array(z.object({ ...taskFields, ...outputFields })),
    reason: z.enum(["ended", "matched", "timeout"]),
    matches: z.optional(z.array(z.object({ task_id: z.string(), line: z.string() }))),
    hint: z.optional(z.string()),
  }),
  async run({ app, signal, progress, connection }, { task_ids, until, pattern, timeout_seconds }) {
    const seconds = timeout_seconds ?? PLAIN_TIMEOUT_SECONDS;
    const ids = findAll(app, task_ids).map((task) => task.id);
    const told = connection.awaiting(ids);
    const stopReporting = progress(`waiting for ${until} of ${ids.length}`, seconds, () => keptOf(app, ids));
    try {
      const request = { tasks: ids, until, timeoutMs: seconds * 1000, signal };
      const { tasks, ...how } = await (pattern === undefined
        ? waitForEnd(app, request)
        : waitForWords(app, request, pattern, connection));
      return wireWaited({ ...how, tasks: tasks.map((task) => withTail(app, task, tasks.length)) });
    } finally {
      stopReporting();
      told();
    }
  },
  begin: {
    of: "wait",
    async run({ app, connection }, { task_ids, until, pattern, timeout_seconds }, terms) {
      const seconds = timeout_seconds ?? terms.timeoutSeconds;
      const request = {
        tasks: task_ids,
        until,
        pattern,
        fromBytes: (id: string) => connection.lookedTo(id),
        timeoutMs: seconds === undefined ? undefined : seconds * 1000,
        ttlMs: terms.ttlMs,
      };
      return { handle: { wait: openWait(app, request) }, plainWhenOver: true };
    },
  },
});

interface Waited extends Pick<Matched, "reason"> {
  tasks: Tailed[];
  matches: Matched["matches"];
}

/** What a wait is answered with. */
export function wireWaited({ tasks, reason, matches }: Waited) {
  const running = tasks.filter(({ task }) => !isTerminal(task.status)).length;
  return {
    tasks: tasks.map(({ task, output }) => ({ ...brief(wireTask(task)), ...wireOutput(output) })),
    reason,
    ...(matches.length > 0 && {
      matches: matches.map(({ id, line }) => ({ task_id: id, line: shortened(line, LONGEST_LINE_SHOWN) })),
    }),
    ...(reason === "timeout" && { hint: `${running} still going; call wait_task again, or do other work first` }),
  };
}

async function waitForEnd(app: App, request: WaitRequest): Promise<Matched> {
  return { ...(await wait(app, request)), matches: [] };
}

/**
 * What was read already is not looked at again: a second wait for the same words waits for their next coming. One that ran out or was
 * given up uses nothing up, or the next could never have the words of all.
 */
async function waitForWords(app: App, request: WaitRequest, written: string, connection: Connection): Promise<Matched> {
  const fromBytes = (id: string) => connection.lookedTo(id);
  const waited = await waitForMatch(app, { ...request, pattern: patternOf(written), fromBytes });
  if (waited.reason === "matched" && !request.signal?.aborted)
    for (const { id, endBytes } of waited.matches) connection.looked(id, endBytes);
  return waited;
}

const LONGEST_LINE_SHOWN = 500;
