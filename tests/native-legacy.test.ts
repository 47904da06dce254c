// Native tasks of 2025-11-25 (in the protocol's core) in raw JSON-RPC: shapes, codes and gates; and the revisions before it.

import { expect, test } from "bun:test";
import {
  CancelTaskResultV1Schema,
  CreateTaskResultV1Schema,
  GetTaskResultV1Schema,
  ListTasksResultV1Schema,
  ServerCapabilitiesV1Schema,
} from "@modelcontextprotocol/ext-tasks/core/v1";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { cli } from "./helpers/cli.ts";
import { BINARY, newHome, waitUntil } from "./helpers/home.ts";
import { Gate, type Message, Wire } from "./helpers/mcp.ts";
import { DECLARING } from "./helpers/modern.ts";

/** What a server can do without tasks. */
const BESIDE_TASKS = { tools: {}, resources: { subscribe: true }, completions: {} };

interface CoreTask {
  taskId: string;
  status: string;
  statusMessage?: string;
  ttl?: number;
  [more: string]: unknown;
}

const RELATED = "io.modelcontextprotocol/related-task";

async function result<T = Record<string, unknown>>(wire: Wire, method: string, params = {}): Promise<T> {
  const answer = await wire.request(method, params);
  if (!answer.result) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
  return answer.result as T;
}

const get = (wire: Wire, taskId: string) => result<CoreTask>(wire, "tasks/get", { taskId });
const error = async (wire: Wire, method: string, params = {}): Promise<Message["error"]> =>
  (await wire.request(method, params)).error;

/** Calls wait_task as a task. */
async function waitAsTask(wire: Wire, args: Record<string, unknown>, task = {}): Promise<CoreTask> {
  const created = await result<{ task: CoreTask }>(wire, "tools/call", { name: "wait_task", arguments: args, task });
  expect(CreateTaskResultV1Schema.safeParse(created).error).toBeUndefined();
  return created.task;
}

async function hello(wire: Wire, protocolVersion: string, capabilities = {}): Promise<Record<string, unknown>> {
  const clientInfo = { name: "test", version: "1" };
  const answer = await result(wire, "initialize", { protocolVersion, capabilities, clientInfo });
  expect(answer.protocolVersion).toBe(protocolVersion);
  wire.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  return answer.capabilities as Record<string, unknown>;
}

async function supportOf(wire: Wire): Promise<Record<string, string | undefined>> {
  const { tools } = await result<{ tools: { name: string; execution?: { taskSupport: string } }[] }>(
    wire,
    "tools/list",
  );
  return Object.fromEntries(tools.flatMap(({ name, execution }) => (execution ? [[name, execution.taskSupport]] : [])));
}

test("2025-11-25 is told that wait_task may be called as a task, and start_task may not", async () => {
  const wire = new Wire(newHome());
  const capabilities = await hello(wire, "2025-11-25", DECLARING);
  expect(capabilities).toEqual({ ...BESIDE_TASKS, tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } });
  expect(ServerCapabilitiesV1Schema.safeParse(capabilities).success).toBe(true);
  expect(await supportOf(wire)).toEqual({ start_task: "forbidden", wait_task: "optional" });
  await wire.close();
});

test.each(["2024-11-05", "2025-03-26", "2025-06-18"])("%s knows plain tools only", async (revision) => {
  const wire = new Wire(newHome());
  expect(await hello(wire, revision, DECLARING)).toEqual(BESIDE_TASKS);
  expect(await supportOf(wire)).toEqual({});
  const { task_id } = await wire.call<{ task_id: string }>("start_task", { command: "true" });
  // What means nothing to the revision is passed over.
  const waited = await result(wire, "tools/call", { name: "wait_task", arguments: { task_ids: [task_id] }, task: {} });
  expect(waited).toMatchObject({ structuredContent: { reason: "ended" } });
  for (const method of ["tasks/get", "tasks/result", "tasks/list", "tasks/cancel", "tasks/update"])
    expect(await error(wire, method, { taskId: task_id })).toMatchObject({ code: -32601 });
  await wire.close();
});

test("the extension of 2026-07-28 enables nothing here, even when it is declared on a call", async () => {
  const wire = new Wire(newHome());
  await hello(wire, "2025-11-25", DECLARING);
  const started = await result(wire, "tools/call", {
    name: "start_task",
    arguments: { command: "true" },
    _meta: { "io.modelcontextprotocol/clientCapabilities": DECLARING },
  });
  expect(started).not.toHaveProperty("resultType");
  expect(started).toMatchObject({ structuredContent: { command: "true" } });
  expect(await error(wire, "tasks/update", { taskId: "x", inputResponses: {} })).toMatchObject({ code: -32601 });
  await wire.close();
});

test("wait_task as a task: created at once, polled, and its result blocks until it is over", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const gate = new Gate(home, "tested", 1);
  const { task_id } = await wire.call<{ task_id: string }>("start_task", { command: gate.command, name: "tests" });
  const created = await waitAsTask(wire, { task_ids: ["tests"] }, { ttl: 60_000 });
  expect(created).toMatchObject({ status: "working", ttl: 60_000, pollInterval: 1000 });
  const blocked = wire.ask("tasks/result", { taskId: created.taskId });
  const working = await get(wire, created.taskId);
  expect(GetTaskResultV1Schema.safeParse(working).error).toBeUndefined();
  expect(working).toMatchObject({ taskId: created.taskId, status: "working", ttl: 60_000 });
  expect(working).not.toHaveProperty("_meta");
  expect(wire.messages.some(({ id }) => id === blocked)).toBe(false);
  gate.open();
  const { result: answer } = await wire.answer(blocked);
  expect(answer).toMatchObject({
    structuredContent: { reason: "ended", tasks: [{ task_id, status: "failed", exit_code: 1 }] },
    _meta: { [RELATED]: { taskId: created.taskId } },
  });
  expect(answer).not.toHaveProperty("isError");
  expect(await result(wire, "tasks/result", { taskId: created.taskId })).toEqual(answer ?? {});
  expect(await get(wire, created.taskId)).toMatchObject({ status: "completed" });
  await wire.close();
});

test("a task whose command failed has failed, and its result is an error's", async () => {
  const wire = await Wire.open(newHome());
  const ends: [command: string, status: string][] = [
    ["true", "completed"],
    ["exit 1", "failed"],
    ["kill -KILL $$", "failed"],
  ];
  for (const [command, status] of ends) {
    const { task_id: taskId } = await wire.call<{ task_id: string }>("start_task", { command });
    const answer = await result(wire, "tasks/result", { taskId });
    expect(answer).toMatchObject({ structuredContent: { task_id: taskId }, _meta: { [RELATED]: { taskId } } });
    expect(answer.isError).toBe(status === "failed" ? true : undefined);
    expect(await get(wire, taskId)).toMatchObject({ taskId, status });
  }
  await wire.close();
});

test("a wait begins as working, also for what is over already, and keeps the tool's own timeout", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const { task_id } = await wire.call<{ task_id: string }>("start_task", { command: "true", wait_seconds: 20 });
  const created = await waitAsTask(wire, { task_ids: [task_id] });
  expect(created.status).toBe("working");
  expect(created.ttl).toBeGreaterThanOrEqual(30 * 86_400_000);
  expect(await result(wire, "tasks/result", { taskId: created.taskId })).toMatchObject({
    structuredContent: { reason: "ended" },
  });
  const endless = await wire.call<{ task_id: string }>("start_task", { command: "sleep 60" });
  const brief = await waitAsTask(wire, { task_ids: [endless.task_id], timeout_seconds: 0.2 });
  expect(await result(wire, "tasks/result", { taskId: brief.taskId })).toMatchObject({
    structuredContent: { reason: "timeout" },
  });
  await wire.call("cancel_task", { task_id: endless.task_id });
  await wire.close();
});

test("start_task can't be called as a task, nor any tool that does not say it may", async () => {
  const wire = await Wire.open(newHome());
  for (const name of ["start_task", "task_status", "list_tasks"]) {
    const refused = await error(wire, "tools/call", { name, arguments: { command: "true" }, task: {} });
    expect(refused?.code).toBe(-32601);
    expect(refused?.message).toBe(`${name} can't be called as a task; call it without "task", it answers at once`);
  }
  expect(await wire.call("list_tasks")).toMatchObject({ total: 0 });
  await wire.close();
});

test("a client that calls as a task whatever it may has start_task answered at once", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const support = await supportOf(wire);
  const call = (name: string, args: Record<string, unknown>) =>
    result(wire, "tools/call", { name, arguments: args, ...(support[name] === "optional" && { task: {} }) });
  const gate = new Gate(home, "long");
  const started = await call("start_task", { command: gate.command });
  expect(started).toMatchObject({ structuredContent: { command: gate.command } });
  const { task_id } = started.structuredContent as { task_id: string };
  const { task } = (await call("wait_task", { task_ids: [task_id] })) as { task: CoreTask };
  expect(task.status).toBe("working");
  gate.open();
  expect(await result(wire, "tasks/result", { taskId: task.taskId })).toMatchObject({
    structuredContent: { reason: "ended", tasks: [{ task_id, exit_code: 0 }] },
  });
  await wire.close();
});

test("the time that a client asks for is kept to, up to what the settings keep", async () => {
  const wire = await Wire.open(newHome(), { env: { BACKBURNER_KEEP_DAYS: "2" } });
  const { task_id } = await wire.call<{ task_id: string }>("start_task", { command: "true" });
  const ttlOf = async (task: object) => (await waitAsTask(wire, { task_ids: [task_id] }, task)).ttl;
  expect(await ttlOf({ ttl: 1_500.4 })).toBe(1_500);
  expect(await ttlOf({ ttl: 90 * 86_400_000 })).toBe(2 * 86_400_000);
  expect(await ttlOf({ ttl: -1 })).toBe(0);
  expect(await ttlOf({})).toBeGreaterThanOrEqual(2 * 86_400_000);
  await wire.close();
});

test("a wrong call as a task is -32602 with the tool's own sentence", async () => {
  const wire = await Wire.open(newHome());
  const call = (args: object) => error(wire, "tools/call", { name: "wait_task", arguments: args, task: {} });
  const unknown = { code: -32602, message: 'no task is called "nobody"; list the tasks to see their ids and names' };
  expect(await call({ task_ids: ["nobody"] })).toMatchObject(unknown);
  expect((await call({}))?.message).toStartWith("wait_task needs task_ids");
  await wire.close();
});

test("tasks/cancel ends a task, of a wait only the waiting; what is over is -32602", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const { task_id: taskId } = await wire.call<{ task_id: string }>("start_task", { command: "sleep 60" });
  const wait = await waitAsTask(wire, { task_ids: [taskId] });
  const blocked = wire.ask("tasks/result", { taskId: wait.taskId });
  const given = await result<CoreTask>(wire, "tasks/cancel", { taskId: wait.taskId });
  expect(CancelTaskResultV1Schema.safeParse(given).error).toBeUndefined();
  expect(given).toMatchObject({ taskId: wait.taskId, status: "cancelled" });
  expect((await wire.answer(blocked)).result).toMatchObject({
    isError: true,
    content: [{ text: "the waiting was given up; the tasks go on" }],
    _meta: { [RELATED]: { taskId: wait.taskId } },
  });
  expect(await get(wire, taskId)).toMatchObject({ status: "working" });
  expect(await result(wire, "tasks/cancel", { taskId })).toMatchObject({ taskId, status: "cancelled" });
  expect(await wire.call("task_status", { task_id: taskId })).toMatchObject({ status: "cancelled" });
  for (const over of [taskId, wait.taskId])
    expect(await error(wire, "tasks/cancel", { taskId: over })).toMatchObject({
      code: -32602,
      message: `task ${over} has ended (cancelled) and can't be cancelled any more; read its result instead`,
    });
  await wire.close();
});

test("unknown ids, missing ones and foreign cursors are -32602", async () => {
  const wire = await Wire.open(newHome());
  for (const method of ["tasks/get", "tasks/result", "tasks/cancel"]) {
    for (const taskId of ["nobody", "2abcdefghijkmn", "wabcdefghijkmn", ""])
      expect(await error(wire, method, { taskId })).toMatchObject({ code: -32602 });
    expect(await error(wire, method)).toMatchObject({ code: -32602 });
  }
  for (const cursor of ["x", "", "LTEgLTE", "MSAyIDM"])
    expect(await error(wire, "tasks/list", { cursor })).toMatchObject({ code: -32602 });
  await wire.close();
});

test("tasks/list pages through tasks and waits, newest first, each once", async () => {
  const home = newHome();
  await cli(home, ["start", "--", "true"]);
  const wire = await Wire.open(home, { env: { BACKBURNER_MAX_TASKS: "1" } });
  const made: string[] = [];
  const { task_id: first } = await wire.call<{ task_id: string }>("start_task", { command: "sleep 60" });
  made.push(first);
  for (let n = 0; n < 60; n += 1) {
    const { task_id } = await wire.call<{ task_id: string }>("start_task", { command: "true" });
    made.push(task_id);
    if (n % 2 === 0) made.push((await waitAsTask(wire, { task_ids: [task_id] })).taskId);
  }
  const seen: string[] = [];
  let [cursor, pages]: [string | undefined, number] = [undefined, 0];
  do {
    const page: { tasks: CoreTask[]; nextCursor?: string } = await result(wire, "tasks/list", cursor ? { cursor } : {});
    expect(ListTasksResultV1Schema.safeParse(page).error).toBeUndefined();
    expect(page.tasks.length).toBeLessThanOrEqual(50);
    seen.push(...page.tasks.map(({ taskId }) => taskId));
    cursor = page.nextCursor;
    pages += 1;
  } while (cursor !== undefined);
  expect(pages).toBe(2);
  expect(seen).toHaveLength(made.length + 1);
  expect(new Set(seen).size).toBe(seen.length);
  expect(made.filter((id) => !seen.includes(id))).toEqual([]);
  const tasks = (of: string[]) => of.filter((id) => !id.startsWith("w"));
  expect(tasks(seen).slice(0, -1)).toEqual(tasks(made).toReversed());
  await wire.call("cancel_task", { task_id: first });
  await wire.close();
});

test("another server answers for a wait whose server was killed", async () => {
  const home = newHome();
  const first = await Wire.open(home);
  const gate = new Gate(home, "outlived", 5);
  const { task_id } = await first.call<{ task_id: string }>("start_task", { command: gate.command });
  const { taskId } = await waitAsTask(first, { task_ids: [task_id] });
  await first.kill();
  const second = await Wire.open(home);
  const blocked = second.request("tasks/result", { taskId });
  expect(await get(second, taskId)).toMatchObject({ status: "working" });
  gate.open();
  expect((await blocked).result).toMatchObject({
    structuredContent: { reason: "ended", tasks: [{ task_id, exit_code: 5, output: "outlived is through\n" }] },
  });
  await second.close();
});

test("giving up tasks/result ends neither the wait nor the task", async () => {
  const home = newHome();
  const gate = new Gate(home, "kept");
  const server = await Wire.open(home);
  const { task_id } = await server.call<{ task_id: string }>("start_task", { command: gate.command });
  const { taskId } = await waitAsTask(server, { task_ids: [task_id] });
  const blocked = server.ask("tasks/result", { taskId });
  server.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: blocked } });
  expect(await get(server, taskId)).toMatchObject({ status: "working" });
  gate.open();
  await waitUntil("the wait is over", async () => (await get(server, taskId)).status === "completed");
  expect(server.messages.some(({ id }) => id === blocked)).toBe(false);
  await server.close();
});

test("BACKBURNER_NATIVE_TASKS=off: no capability, no methods, and `task` is passed over", async () => {
  const server = new Wire(newHome(), { env: { BACKBURNER_NATIVE_TASKS: "off" } });
  expect(await hello(server, "2025-11-25")).toEqual(BESIDE_TASKS);
  expect(await supportOf(server)).toEqual({});
  const started = await result(server, "tools/call", { name: "start_task", arguments: { command: "true" }, task: {} });
  expect(started).toMatchObject({ structuredContent: { command: "true" } });
  expect(await error(server, "tasks/list")).toMatchObject({ code: -32601 });
  await server.close();
});

test("the first SDK's own task calls: stream, list, result and cancel", async () => {
  const home = newHome();
  const client = new Client({ name: "first", version: "1" });
  const env = { ...(process.env as Record<string, string>), BACKBURNER_HOME: home };
  await client.connect(new StdioClientTransport({ command: BINARY, args: ["mcp"], env }));
  await client.listTools();
  const gate = new Gate(home, "streamed", 4);
  const started = await client.callTool({ name: "start_task", arguments: { command: gate.command } });
  const { task_id } = started.structuredContent as { task_id: string };
  const { tasks } = client.experimental;
  const kinds: string[] = [];
  const stream = tasks.callToolStream({ name: "wait_task", arguments: { task_ids: [task_id] } }, CallToolResultSchema, {
    task: { ttl: 60_000 },
  });
  for await (const message of stream) {
    kinds.push(message.type);
    if (message.type === "taskCreated") gate.open();
    if (message.type === "error") throw message.error;
    if (message.type === "result")
      expect(message.result.structuredContent).toMatchObject({ reason: "ended", tasks: [{ task_id, exit_code: 4 }] });
  }
  expect([kinds[0], kinds.at(-1)]).toEqual(["taskCreated", "result"]);
  const listed = await tasks.listTasks();
  expect(listed.tasks.map(({ taskId }) => taskId)).toContain(task_id);
  const endless = await client.callTool({ name: "start_task", arguments: { command: "sleep 60" } });
  const taskId = (endless.structuredContent as { task_id: string }).task_id;
  expect(await tasks.cancelTask(taskId)).toMatchObject({ taskId, status: "cancelled" });
  await client.close();
});
