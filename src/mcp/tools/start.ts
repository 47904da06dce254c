// start_task: run a command in the background.

import * as z from "zod/mini";
import type { App } from "../../operations/app.ts";
import { tailOf } from "../../operations/result.ts";
import { start } from "../../operations/start.ts";
import { tidy } from "../../operations/tidy.ts";
import { wait } from "../../operations/wait.ts";
import { isTerminal, type Task } from "../../task.ts";
import { type WireOutput, wireOutput, type WireTask, wireTask } from "../../wire.ts";
import { byDefault, duration, durationOrZero, text } from "./parameters.ts";
import { DEFAULT_MAX_CHARS, DEFAULT_TAIL_LINES } from "./result.ts";
import { outputFields, taskFields } from "./shapes.ts";
import { type Call, defineTool } from "./tool.ts";

const input = z.strictObject({
  command: text("a shell command", "Shell command line (bash)"),
  cwd: z.optional(text("the path of a directory", "Working directory; default: the server's")),
  timeout_seconds: z.optional(duration("End it with all its processes after this time")),
  idle_timeout_seconds: z.optional(duration("End it when it prints nothing for this long")),
  name: z.optional(text("a short text", "To use in place of the id")),
  env: z.optional(
    z
      .record(z.string(), z.string("a text"), "an object of variable names and texts")
      .check(z.describe("Set beside the server's variables")),
  ),
  stdin: z.optional(text("a text", "Text to feed to its stdin")),
  interactive: byDefault(
    z.boolean("true or false").check(z.describe("Keep stdin open for send_input; else it is empty")),
    false,
  ),
  pty: byDefault(
    z.boolean("true or false").check(z.describe("Run in a terminal, stdin open: REPLs, password prompts")),
    false,
  ),
  wait_seconds: byDefault(durationOrZero("Wait up to this long for the end; if it comes, the output comes along"), 0),
});

export const startTask = defineTool({
  name: "start_task",
  title: "Start background task",
  description:
    "Start a shell command as a background task: anything long-running, such as a build, test suite, install or dev server. Returns at once with a task_id; it goes on after this session too. Get its outcome with wait_task or task_result.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  input,
  output: z.object({ ...taskFields, ...z.partial(z.object(outputFields)).shape }),
  async run(call, { wait_seconds, ...request }) {
    const task = await begin(call, request);
    call.connection.started(task.id);
    if (wait_seconds === 0) return wireTask(task);
    const told = call.connection.awaiting([task.id]);
    const now = await untilEnded(call, task, wait_seconds).finally(told);
    return isTerminal(now.status) ? wireEnded(call.app, now) : wireTask(now);
  },
  begin: {
    of: "task",
    async run(call, { wait_seconds, ...request }) {
      const task = await begin(call, request);
      if (wait_seconds === 0) return { handle: { task }, plainWhenOver: false };
      const now = await untilEnded(call, task, wait_seconds);
      if (call.signal.aborted) call.connection.started(task.id); // nobody gets the handle
      return { handle: { task: now }, plainWhenOver: true };
    },
  },
});

type Request = Omit<z.output<typeof input>, "wait_seconds">;

async function begin(call: Call, { timeout_seconds, idle_timeout_seconds, ...request }: Request): Promise<Task> {
  const { app, caller } = call;
  const limits = { timeoutSeconds: timeout_seconds, idleTimeoutSeconds: idle_timeout_seconds };
  const task = await start(app, { ...request, ...limits }, await caller());
  setImmediate(() => void tidy(app)); // behind the answer
  return task;
}

/** The task once it has ended, or as it is after that long. */
async function untilEnded({ app, signal }: Call, task: Task, seconds: number): Promise<Task> {
  const { tasks } = await wait(app, { tasks: [task.id], until: "all", timeoutMs: seconds * 1000, signal });
  return tasks[0] ?? task;
}

/** A task that has ended, with the end of its output. */
export function wireEnded(app: App, task: Task): Record<string, unknown> & WireTask & WireOutput {
  return { ...wireTask(task), ...wireOutput(tailOf(app, task, DEFAULT_TAIL_LINES, DEFAULT_MAX_CHARS)) };
}
