// Which revision a connection speaks: how it is found out, what is said of one that nobody knows, and that none leaks into another.

import { expect, test } from "bun:test";
import { cli } from "./helpers/cli.ts";
import { newHome, waitUntil } from "./helpers/home.ts";
import { Gate, Wire } from "./helpers/mcp.ts";
import { DECLARING, ModernWire } from "./helpers/modern.ts";

const hello = (protocolVersion: string) => ({
  protocolVersion,
  capabilities: {},
  clientInfo: { name: "test", version: "1" },
});
const claims = (revision: string, more = {}) => ({
  _meta: { "io.modelcontextprotocol/protocolVersion": revision, ...more },
});
const UNSUPPORTED = { code: -32022, data: { supported: ["2026-07-28"] } };
const list = { name: "list_tasks", arguments: {} };

test("initialize with a revision that nobody knows is answered with the newest of its era", async () => {
  const wire = new Wire(newHome());
  const { result } = await wire.request("initialize", hello("2099-01-01"));
  expect(result).toMatchObject({ protocolVersion: "2025-11-25", capabilities: { tasks: { list: {} } } });
  expect((await wire.request("tasks/list", {})).result).toEqual({ tasks: [] });
  await wire.close();
});

test("a request that names a revision nobody knows is -32022, as the first and as any later one", async () => {
  const wire = new ModernWire(newHome());
  expect(await wire.error("server/discover", claims("2099-01-01"))).toMatchObject(UNSUPPORTED);
  expect(await wire.error("tools/call", { ...list, ...claims("2099-01-01") })).toMatchObject(UNSUPPORTED);
  expect(await wire.result("tools/call", list)).toMatchObject({ resultType: "complete" });
  expect(await wire.error("tools/call", { ...list, ...claims("2099-01-01") })).toMatchObject(UNSUPPORTED);
  expect(await wire.error("tasks/get", { taskId: "x", ...claims("2025-11-25") })).toMatchObject(UNSUPPORTED);
  expect(await wire.result("tools/call", list)).toMatchObject({ resultType: "complete" });
  await wire.close();
});

test("probe, then fallback: who has discovered may still initialize, and is served in that era alone", async () => {
  const wire = new Wire(newHome());
  const declaring = claims("2026-07-28", { "io.modelcontextprotocol/clientCapabilities": DECLARING });
  const probe = await wire.request("server/discover", declaring);
  expect(probe.result).toMatchObject({ supportedVersions: ["2026-07-28"] });
  const { result } = await wire.request("initialize", hello("2025-11-25"));
  expect(result).toMatchObject({ protocolVersion: "2025-11-25" });
  expect(result?.capabilities).not.toHaveProperty("extensions");
  const start = { name: "start_task", arguments: { command: "true" }, ...declaring };
  expect((await wire.request("tools/call", start)).result).not.toHaveProperty("resultType");
  for (const method of ["tasks/update", "subscriptions/listen", "server/discover"]) {
    const params = { taskId: "x", notifications: { taskIds: ["x"] }, ...declaring };
    expect((await wire.request(method, params)).error).toMatchObject({ code: -32601 });
  }
  expect((await wire.request("tasks/list", {})).result?.tasks).toHaveLength(1);
  await wire.close();
});

test("a late initialize is refused, and the connection goes on in its era", async () => {
  const wire = new ModernWire(newHome());
  await wire.result("tools/call", list);
  wire.send({ jsonrpc: "2.0", id: "late", method: "initialize", params: hello("2025-11-25") });
  const refused = await waitUntil("it is answered", () => wire.messages.find(({ id }) => id === "late"));
  expect(refused.error).toMatchObject(UNSUPPORTED);
  const { resultType } = await wire.handle("start_task", { command: "true" });
  expect(resultType).toBe("task");
  expect(await wire.error("tasks/list")).toMatchObject({ code: -32601 });
  await wire.close();
});

test("a request without an envelope, or with half of one, is -32602 where each must have one", async () => {
  const wire = new ModernWire(newHome());
  await wire.result("tools/call", list);
  for (const [id, params] of [
    ["none", list],
    ["half", { ...list, ...claims("2026-07-28") }],
  ] as const) {
    wire.send({ jsonrpc: "2.0", id, method: "tools/call", params });
    const refused = await waitUntil("it is answered", () => wire.messages.find((message) => message.id === id));
    expect(refused.error?.code).toBe(-32602);
  }
  await wire.close();
});

test("before initialize there are tools, and no tasks", async () => {
  const wire = new Wire(newHome());
  expect(await wire.request("tools/call", { ...list, task: {} })).toMatchObject({
    result: { structuredContent: { total: 0 } },
  });
  expect((await wire.request("tasks/list", {})).error).toMatchObject({ code: -32601 });
  await wire.close();
});

test("giving up a start_task that waits leaves the task running, and its end is told later", async () => {
  const home = newHome();
  const wire = new ModernWire(home, { capabilities: DECLARING });
  const gate = new Gate(home, "given up");
  const call = wire.askTool("start_task", { command: gate.command, name: "orphan", wait_seconds: 60 });
  await waitUntil("it works", async () => {
    const { tasks } = await wire.call<{ tasks: { status: string }[] }>("list_tasks");
    return tasks[0]?.status === "working";
  });
  wire.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: call } });
  const { task_id } = await wire.call("task_status", { task_id: "orphan" });
  gate.open();
  await cli(home, ["wait", String(task_id)]);
  const news = await waitUntil("its end is told", async () => {
    const reply = await wire.call<{ finished_since_last_call?: object[] }>("list_tasks", { status: "queued" });
    return reply.finished_since_last_call;
  });
  expect(news).toMatchObject([{ task_id, name: "orphan", status: "completed" }]);
  expect(wire.messages.some(({ id }) => id === call)).toBe(false);
  await wire.close();
});
