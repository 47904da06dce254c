// The task extension's own client package runs the main job against the compiled binary, in both generations of tasks.

import { expect, test } from "bun:test";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import {
  createTaskSessionFromClient,
  type JsonRpcResponse,
  type RawClientDispatch,
  resultFromTaskOutcome,
  type TaskEnabledSession,
  type ToolExecution,
} from "@modelcontextprotocol/ext-tasks/client";
import { BINARY, newHome } from "./helpers/home.ts";
import { newProject, type Project, SUITE } from "./helpers/project.ts";
import type { Shown } from "./helpers/server.ts";

const MODERN = "2026-07-28";
const INFO = { name: "session", version: "1" };
const CAPABILITIES = { extensions: { "io.modelcontextprotocol/tasks": {} } };

interface Opened extends AsyncDisposable {
  session: TaskEnabledSession;
}

async function open(home: string, generation: "v1" | "v2"): Promise<Opened> {
  const env = { ...(process.env as Record<string, string>), BACKBURNER_HOME: home };
  const transport = new StdioClientTransport({ command: BINARY, args: ["mcp"], env });
  const mode = generation === "v2" ? { pin: MODERN } : "legacy";
  const client = new Client(INFO, { capabilities: CAPABILITIES, versionNegotiation: { mode } });
  await client.connect(transport);
  const raw = {
    rawDispatch: rawDispatch(transport),
    v2RequestFraming: { protocolVersion: MODERN, clientInfo: INFO, clientCapabilities: CAPABILITIES },
  };
  const session = createTaskSessionFromClient(client, {
    endpointId: "backburner",
    ...(generation === "v2" ? raw : {}),
  });
  return {
    session,
    async [Symbol.asyncDispose]() {
      await session.close();
      await client.close();
    },
  };
}

/** What the package wants of a host for 2026-07-28: requests beside those of the SDK, whose client knows no tasks. */
function rawDispatch(transport: StdioClientTransport): RawClientDispatch {
  const asked = new Map<unknown, (response: JsonRpcResponse) => void>();
  const others = transport.onmessage;
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is no EventTarget
  transport.onmessage = (message, ...more) => {
    const answer = "id" in message ? asked.get(message.id) : undefined;
    if (!answer) others?.(message, ...more);
    else if ("result" in message) answer({ kind: "result", result: message.result as never });
    else if ("error" in message) answer({ kind: "error", error: message.error as never });
  };
  return async (request) => {
    const id = `raw-${asked.size}`;
    const { promise, resolve } = Promise.withResolvers<JsonRpcResponse>();
    asked.set(id, resolve);
    await transport.send({ jsonrpc: "2.0", id, ...(request as { method: string }) });
    return promise;
  };
}

async function settled(execution: ToolExecution<unknown>): Promise<Shown & { isError?: boolean }> {
  const { outcome } = await execution.settle();
  const { structuredContent, isError } = resultFromTaskOutcome(outcome) as {
    structuredContent: Shown;
    isError?: boolean;
  };
  return { ...structuredContent, ...(isError !== undefined && { isError }) };
}

const suites = ({ good, broken }: Project) => [
  { command: SUITE, cwd: good, name: "passing" },
  { command: SUITE, cwd: broken, name: "failing" },
];
const ENDS = [
  { name: "passing", status: "completed", exit_code: 0 },
  { name: "failing", status: "failed", exit_code: 1 },
];

test("2025-11-25: start_task is answered at once, wait_task becomes a task and settles with both exit codes", async () => {
  await using opened = await open(newHome(), "v1");
  const { session } = opened;
  for (const suite of suites(newProject(newHome())))
    expect((await session.callTool("start_task", suite)).kind).toBe("immediate");
  const wait = await session.callTool(
    "wait_task",
    { task_ids: ["passing", "failing"] },
    { task: { preference: "prefer" } },
  );
  expect(wait.kind).toBe("task");
  expect(await settled(await session.callTool("list_tasks"))).toMatchObject({ total: 2 });
  expect(await settled(wait)).toMatchObject({ reason: "ended", tasks: ENDS });
  const result = await settled(await session.callTool("task_result", { task_id: "failing", grep: "^# fail" }));
  expect(result).toMatchObject({ ...ENDS[1], output: expect.stringMatching(/# fail +\d+/) });
});

test("2026-07-28: start_task becomes a task, which settles with the command's output and exit code", async () => {
  await using opened = await open(newHome(), "v2");
  const { session } = opened;
  const executions: ToolExecution<unknown>[] = [];
  for (const suite of suites(newProject(newHome()))) executions.push(await session.callTool("start_task", suite));
  expect(executions.map(({ kind }) => kind)).toEqual(["task", "task"]);
  expect(await settled(await session.callTool("list_tasks"))).toMatchObject({ total: 2 });
  const [passing, failing] = await Promise.all(executions.map(settled));
  expect(passing).toMatchObject({ ...ENDS[0], output: expect.stringContaining("# ok") });
  expect(failing).toMatchObject({ ...ENDS[1], isError: true, output: expect.stringMatching(/# fail +\d+/) });
  const waited = await settled(await session.callTool("wait_task", { task_ids: ["passing", "failing"] }));
  expect(waited).toMatchObject({ reason: "ended", tasks: ENDS });
});
