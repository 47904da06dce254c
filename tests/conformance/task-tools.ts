// The suite's fixtures that may go on as tasks: each is a command, begun and told as those of start_task are.

import {
  acceptedContent,
  type ElicitInputParams,
  inputRequired,
  MissingRequiredClientCapabilityError,
} from "@modelcontextprotocol/server";
import * as z from "zod/mini";
import { InputNeeded } from "../../src/mcp/input-needed.ts";
import { type Call, defineTool, type Tool } from "../../src/mcp/tools/tool.ts";
import { wireEnded } from "../../src/mcp/tools/start.ts";
import { start } from "../../src/operations/start.ts";
import { wait } from "../../src/operations/wait.ts";
import type { Task } from "../../src/task.ts";
import { fixture } from "./plain-tools.ts";

const TASKS_EXTENSION = { extensions: { "io.modelcontextprotocol/tasks": {} } };

const ASK_NAME: ElicitInputParams = {
  message: "What is your name?",
  requestedSchema: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
};

type Given = Record<string, string | number>;

interface TaskFixture {
  takes?: Record<string, z.ZodMiniType<string | number>>;
  command: (given: Given, call: Call) => string;
  /** To be answered before it runs. */
  questions?: string[];
  /** A client that does not know tasks can't have it. */
  onlyAsTask?: true;
}

function taskFixture(name: string, { takes = {}, command, questions, onlyAsTask }: TaskFixture): Tool {
  const begin = async (call: Call, given: Given): Promise<Task> =>
    start(call.app, { command: command(given, call) }, await call.caller(), questions);
  return defineTool({
    name,
    title: name,
    description: `Fixture of the conformance suite: ${name}`,
    annotations: {},
    input: z.strictObject(takes),
    output: z.looseObject({}),
    async run(call, given) {
      if (onlyAsTask) throw new MissingRequiredClientCapabilityError({ requiredCapabilities: TASKS_EXTENSION });
      const { id } = await begin(call, given);
      const { tasks } = await wait(call.app, { tasks: [id], until: "all", signal: call.signal });
      return tasks[0] ? wireEnded(call.app, tasks[0]) : {};
    },
    begin: {
      of: "task",
      run: async (call, given) => ({ handle: { task: await begin(call, given) }, plainWhenOver: false }),
    },
  });
}

export const TASK_FIXTURES: Tool[] = [
  fixture("greet", {
    takes: ["name"],
    run: (_, { name }) => ({ content: [{ type: "text", text: `Hello, ${name}!` }] }),
  }),
  taskFixture("slow_compute", {
    takes: { seconds: z.number("a number"), label: z.string("a text") },
    command: ({ seconds, label }) => `sleep ${seconds}; echo '${label} is computed'`,
  }),
  taskFixture("failing_job", { onlyAsTask: true, command: () => "sleep 1; echo 'it fails' >&2; exit 1" }),
  taskFixture("test_tool_with_task", {
    onlyAsTask: true,
    command(_, { context }) {
      const name = acceptedContent(context.mcpReq.inputResponses, "user_name", z.object({ name: z.string() }))?.name;
      if (name === undefined) throw new InputNeeded({ user_name: inputRequired.elicit(ASK_NAME) });
      return `echo 'Hello, ${name}!'`;
    },
  }),
  taskFixture("confirm_delete", {
    takes: { filename: z.string("a text") },
    onlyAsTask: true,
    questions: ["Delete the file?"],
    command: ({ filename }) => `echo 'as if ${filename} were deleted'`,
  }),
  taskFixture("multi_input", {
    onlyAsTask: true,
    questions: ["Do the one?", "Do the other?"],
    command: () => "echo 'both'",
  }),
  // Nobody knows how it ends: it takes its own supervisor along.
  taskFixture("protocol_error_job", { command: () => "kill -KILL $PPID" }),
];
