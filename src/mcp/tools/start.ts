// start_task: run a command in the background.

import * as z from "zod/mini";
import { tailOf } from "../../operations/result.ts";
import { start } from "../../operations/start.ts";
import { tidy } from "../../operations/tidy.ts";
import { wait, type WaitRequest } from "../../operations/wait.ts";
import { isTerminal } from "../../task.ts";
import { wireOutput, wireTask } from "../../wire.ts";
import { byDefault, duration, durationOrZero, text } from "./parameters.ts";
import { DEFAULT_MAX_CHARS, DEFAULT_TAIL_LINES } from "./result.ts";
import { outputFields, taskFields } from "./shapes.ts";
import { defineTool } from "./tool.ts";

export const startTask = defineTool({
  name: "start_task",
  title: "Start background task",
  description:
    "Start a shell command as a background task: anything long-running, such as a build, test suite, install or dev server. Returns at once with a task_id; it goes on after this session too. Get its outcome with wait_task or task_result.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  input: z.strictObject({
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
  }),
  output: z.object({ ...taskFields, ...z.partial(z.object(outputFields)).shape }),
  async run({ app, caller, connection, signal }, { timeout_seconds, idle_timeout_seconds, wait_seconds, ...request }) {
    const limits = { timeoutSeconds: timeout_seconds, idleTimeoutSeconds: idle_timeout_seconds };
    const task = await start(app, { ...request, ...limits }, await caller());
    connection.started(task.id);
    setImmediate(() => void tidy(app)); // behind the answer
    if (wait_seconds === 0) return wireTask(task);
    const told = connection.awaiting([task.id]);
    const forEnd: WaitRequest = { tasks: [task.id], until: "all", timeoutMs: wait_seconds * 1000, signal };
    const waited = await wait(app, forEnd).finally(told);
    const now = waited.tasks[0] ?? task;
    if (!isTerminal(now.status)) return wireTask(now);
    return { ...wireTask(now), ...wireOutput(tailOf(app, now, DEFAULT_TAIL_LINES, DEFAULT_MAX_CHARS)) };
  },
});
