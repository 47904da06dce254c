// start_task: run a command in the background.

import * as z from "zod/mini";
import { keptOf } from "../../operations/news.ts";
import { questionsOf, takeAnswer, taskAskedAbout } from "../../operations/questions.ts";
import type { App } from "../../operations/app.ts";
import { tailOf } from "../../operations/result.ts";
import { start } from "../../operations/start.ts";
import { tidy } from "../../operations/tidy.ts";
import { wait } from "../../operations/wait.ts";
import { awaitsApproval, isTerminal, type Task } from "../../task.ts";
import { type WireOutput, wireOutput, type WireTask, wireTask } from "../../wire.ts";
import { isYes } from "../modern/questions.ts";
import { brief } from "./brief.ts";
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
    "Run a shell command as a background task: anything long-running, such as a build, test suite, install or dev server. Returns at once with a task_id; it goes on after this session too. Get its outcome with wait_task or task_result.",
  keywords: "run command in background, long-running: build, test suite, npm install, dev server",
  alwaysShown: true,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  input,
  output: z.object({ ...taskFields, ...z.partial(z.object(outputFields)).shape }),
  async run(call, { wait_seconds, ...request }) {
    const task = await approved(call, await begin(call, request));
    call.connection.started(task.id);
    if (wait_seconds === 0) return brief(wireTask(task));
    const told = call.connection.awaiting([task.id]);
    const now = await untilEnded(call, task, wait_seconds).finally(told);
    return isTerminal(now.status) ? wireEnded(call.app, now) : brief(wireTask(now));
  },
  begin: {
    of: "task",
    async run(call, { wait_seconds, ...request }) {
      const task = await begin(call, request);
      if (wait_seconds === 0 || awaitsApproval(task)) return { handle: { task }, plainWhenOver: false };
      const now = await untilEnded(call, task, wait_seconds);
      if (call.signal.aborted) call.connection.started(task.id); // nobody gets the handle
      return { handle: { task: now }, plainWhenOver: true };
    },
  },
});

type Request = Omit<z.output<typeof input>, "wait_seconds">;

async function begin(call: Call, { timeout_seconds, idle_timeout_seconds, ...request }: Request): Promise<Task> {
  const { app, caller, asking } = call;
  const asked = askedBefore(call, request.command);
  if (asked) return asked;
  const limits = { timeoutSeconds: timeout_seconds, idleTimeoutSeconds: idle_timeout_seconds };
  const task = await start(app, { ...request, ...limits, canAsk: asking.able }, await caller());
  setImmediate(() => void tidy(app)); // behind the answer
  return task;
}

/** The task that an earlier round of this call has made, after the answers that came back. */
function askedBefore({ app, asking }: Call, command: string): Task | undefined {
  const task = taskAskedAbout(app, Object.keys(asking.responses));
  if (task?.command !== command) return undefined;
  for (const question of questionsOf(app, task)) {
    const yes = isYes(asking.responses[question.key]);
    if (yes !== undefined) takeAnswer(app, question, yes);
  }
  return keptOf(app, [task.id])[0];
}

/** The task once a person has been asked, where that is to be. */
async function approved({ app, asking }: Call, task: Task): Promise<Task> {
  if (!awaitsApproval(task)) return task;
  for (const question of questionsOf(app, task)) await asking.ask(app, question);
  return keptOf(app, [task.id])[0] ?? task;
}

/** The task once it has ended, or as it is after that long. */
async function untilEnded({ app, signal }: Call, task: Task, seconds: number): Promise<Task> {
  const { tasks } = await wait(app, { tasks: [task.id], until: "all", timeoutMs: seconds * 1000, signal });
  return tasks[0] ?? task;
}

/** A task that has ended, with the end of its output. */
export function wireEnded(
  app: App,
  task: Task,
  tailLines = DEFAULT_TAIL_LINES,
): Record<string, unknown> & WireTask & WireOutput {
  return { ...brief(wireTask(task)), ...wireOutput(tailOf(app, task, tailLines, DEFAULT_MAX_CHARS)) };
}
