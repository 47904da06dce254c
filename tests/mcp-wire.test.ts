// How eras and revisions are told apart, and what JSON-RPC asks of a server, in raw messages. Each of them is held against the schema
// of its revision by the wire itself; native tasks have files of their own (native-*.test.ts).

import { expect, test } from "bun:test";
import { version } from "../package.json";
import { newHome, waitUntil } from "./helpers/home.ts";
import { Gate, type Message, Wire } from "./helpers/mcp.ts";
import { ModernWire } from "./helpers/modern.ts";
import { REVISIONS, type Revision } from "./helpers/published-schemas.ts";
import { type Asked, complaints } from "./helpers/schema-check.ts";
import type { Shown } from "./helpers/server.ts";

const LEGACY = REVISIONS.slice(0, -1);
const LATEST_LEGACY = "2025-11-25";
const MODERN = "2026-07-28";

const hello = (protocolVersion: string) => ({
  protocolVersion,
  capabilities: {},
  clientInfo: { name: "test", version: "1" },
});

const envelope = (protocolVersion: string, more: Record<string, unknown> = {}) => ({
  _meta: {
    "io.modelcontextprotocol/protocolVersion": protocolVersion,
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
    ...more,
  },
});

const error = async (wire: Wire, method: string, params = {}): Promise<Message["error"]> =>
  (await wire.request(method, params)).error;

/** Runs what every revision knows: a list of tools, a good call and a wrong one. */
async function useTools(wire: Wire): Promise<void> {
  const { result } = await wire.request("tools/list", {});
  expect(result?.tools).toHaveLength(7);
  expect(await wire.call("start_task", { command: "echo used", wait_seconds: 20 })).toMatchObject({ output: "used\n" });
  expect(await wire.tool("task_status", { task_id: "nobody" })).toMatchObject({ isError: true });
}

test.each([...LEGACY])("a client that asks for %s gets it, and messages as its schema says", async (revision) => {
  const wire = new Wire(newHome());
  const { result } = await wire.request("initialize", hello(revision));
  expect(result).toMatchObject({ protocolVersion: revision, serverInfo: { name: "backburner", version } });
  wire.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  await useTools(wire);
  expect((await wire.request("ping", {})).result).toEqual({});
  expect([...wire.schemas.checked.keys()]).toEqual([revision]);
  await wire.close();
});

test("2026-07-28 needs no handshake: each request says what it is, each result what it is and from whom", async () => {
  const wire = new ModernWire(newHome(), { capabilities: {} });
  const discovered = await wire.result("server/discover");
  expect(discovered).toMatchObject({
    resultType: "complete",
    supportedVersions: [MODERN],
    capabilities: { tools: {} },
    _meta: { "io.modelcontextprotocol/serverInfo": { name: "backburner", version } },
  });
  expect(await wire.result("tools/list")).toMatchObject({
    resultType: "complete",
    ttlMs: expect.any(Number),
    cacheScope: expect.stringMatching(/^(public|private)$/),
  });
  expect(await wire.result("tools/call", { name: "list_tasks" })).toMatchObject({ resultType: "complete" });
  await useTools(wire);
  expect([...wire.schemas.checked.keys()]).toEqual([MODERN]);
  await wire.close();
});

test.each(["2099-01-01", MODERN, "latest"])(
  "initialize with %s, which has no handshake or is unknown, is offered the newest that has one",
  async (revision) => {
    const wire = new Wire(newHome());
    const { result } = await wire.request("initialize", hello(revision));
    expect(result).toMatchObject({ protocolVersion: LATEST_LEGACY });
    await useTools(wire);
    await wire.close();
  },
);

test("an unknown revision in a request is -32022 with those that are known, and the next request may know better", async () => {
  const wire = new Wire(newHome());
  for (const requested of ["2099-01-01", LATEST_LEGACY]) {
    expect(await error(wire, "server/discover", envelope(requested))).toMatchObject({
      code: -32022,
      data: { supported: [MODERN], requested },
    });
  }
  expect((await wire.request("tools/list", envelope(MODERN))).result?.tools).toHaveLength(7);
  await wire.close();
});

test("a probe and then initialize: the connection is of the initialize era, with its revision", async () => {
  for (const probed of [MODERN, "2099-01-01"]) {
    const wire = new Wire(newHome());
    await wire.request("server/discover", envelope(probed));
    const { result } = await wire.request("initialize", hello("2025-06-18"));
    expect(result).toMatchObject({ protocolVersion: "2025-06-18", serverInfo: { name: "backburner" } });
    expect(result).not.toHaveProperty("resultType");
    wire.send({ jsonrpc: "2.0", method: "notifications/initialized" });
    await useTools(wire);
    await wire.close();
  }
});

test("a probe that was answered can be followed by requests of its era", async () => {
  const wire = new ModernWire(newHome());
  expect(await wire.result("server/discover")).toMatchObject({ supportedVersions: [MODERN] });
  await wire.result("tools/list");
  expect(await wire.result("server/discover")).toMatchObject({ supportedVersions: [MODERN] });
  await wire.close();
});

test("initialize that comes late, or again, still opens the session; its last revision counts", async () => {
  const wire = new Wire(newHome());
  expect((await wire.request("ping", {})).result).toEqual({});
  expect((await wire.request("tools/list", {})).result?.tools).toHaveLength(7);
  expect((await wire.request("initialize", hello("2025-03-26"))).result).toMatchObject({
    protocolVersion: "2025-03-26",
  });
  await useTools(wire);
  expect((await wire.request("initialize", hello("2025-11-25"))).result).toMatchObject({
    protocolVersion: "2025-11-25",
  });
  expect(await error(wire, "tasks/get", { taskId: "nobody" })).toMatchObject({ code: -32602 }); // this revision has it
  await wire.close();
});

test("initialize after a request of 2026-07-28 is refused with the revision that the connection speaks", async () => {
  const wire = new Wire(newHome());
  await wire.request("tools/list", envelope(MODERN));
  expect(await error(wire, "initialize", hello(LATEST_LEGACY))).toMatchObject({
    code: -32022,
    data: { supported: [MODERN], requested: LATEST_LEGACY },
  });
  expect((await wire.request("tools/list", envelope(MODERN))).result?.tools).toHaveLength(7);
  await wire.close();
});

test("an envelope that lacks what it must have is -32602 and names it; the client's name it need not have", async () => {
  const wire = new Wire(newHome());
  const without = (key: string) => {
    const { _meta } = envelope(MODERN);
    return { _meta: Object.fromEntries(Object.entries(_meta).filter(([name]) => !name.endsWith(key))) };
  };
  const refused = await error(wire, "server/discover", without("/clientCapabilities"));
  expect(refused).toMatchObject({ code: -32602, message: expect.stringContaining("clientCapabilities") });
  expect((await wire.request("server/discover", without("/clientInfo"))).result).toMatchObject({
    resultType: "complete",
  });
  expect((await wire.request("tools/list", without("/clientInfo"))).result?.tools).toHaveLength(7);
  const bare = await error(wire, "tools/list");
  expect(bare).toMatchObject({
    code: -32602,
    message: expect.stringContaining("io.modelcontextprotocol/protocolVersion"),
  });
  expect(
    await error(wire, "tools/list", envelope(MODERN, { "io.modelcontextprotocol/clientCapabilities": 7 })),
  ).toMatchObject({
    code: -32602,
  });
  await wire.close();
});

test("methods of the other era, and those nobody knows, are -32601", async () => {
  const first = await Wire.open(newHome());
  for (const method of ["server/discover", "subscriptions/listen", "tasks/update", "tools/nothing", "rpc.discover", ""])
    expect({ method, error: await error(first, method) }).toMatchObject({ error: { code: -32601 } });
  for (const method of ["prompts/list", "logging/setLevel"])
    expect({ method, error: await error(first, method) }).toMatchObject({ error: { code: -32601 } });
  await first.close();
  const modern = new ModernWire(newHome());
  await modern.result("tools/list");
  for (const method of [
    "initialize",
    "ping",
    "logging/setLevel",
    "resources/subscribe",
    "resources/unsubscribe",
    "tasks/list",
    "tasks/result",
    "prompts/list",
    "tools/nothing",
  ])
    expect({ method, error: await error(modern, method) }).toMatchObject({ error: { code: -32601 } });
  await modern.close();
});

test("parameters that a method can't take are -32602, in both eras", async () => {
  const wrong: [string, Record<string, unknown>][] = [
    ["tools/call", {}],
    ["tools/call", { name: 7 }],
    ["tools/call", { name: "no_such_tool" }],
    ["tools/call", { name: "list_tasks", arguments: "none" }],
    ["tools/call", { name: "list_tasks", arguments: [] }],
    ["tools/list", { cursor: "2" }],
    ["tools/list", { cursor: 2 }],
    ["tasks/get", {}],
  ];
  for (const wire of [await Wire.open(newHome()), new ModernWire(newHome())]) {
    for (const [method, params] of wrong)
      expect({ method, params, error: await error(wire, method, params) }).toMatchObject({ error: { code: -32602 } });
    await useTools(wire);
    await wire.close();
  }
});

test("parameters may be missing where none are needed", async () => {
  const wire = await Wire.open(newHome());
  for (const method of ["ping", "tools/list", "tasks/list"]) {
    const before = wire.messages.length;
    wire.send({ jsonrpc: "2.0", id: method, method });
    const reply = await waitUntil("it is answered", () => wire.messages[before]);
    expect(reply).toMatchObject({ id: method, result: expect.any(Object) });
  }
  await wire.close();
});

test("an id comes back as it was sent", async () => {
  const wire = await Wire.open(newHome());
  for (const id of [0, -1, 2 ** 53 - 1, "", "a string", "7"]) {
    const before = wire.messages.length;
    wire.send({ jsonrpc: "2.0", id, method: "ping" });
    const reply: unknown = await waitUntil("the ping is answered", () => wire.messages[before]);
    expect(reply).toEqual({ jsonrpc: "2.0", id, result: {} });
  }
  await wire.close();
});

test("an id that is none is refused without being run", async () => {
  const wire = await Wire.open(newHome());
  for (const id of [null, 1.5, true, {}, []]) {
    const before = wire.messages.length;
    wire.send({
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: { name: "start_task", arguments: { command: "true" } },
    });
    const reply = await waitUntil("it is answered", () => wire.messages[before]);
    expect({ id, reply }).toMatchObject({ id, reply: { error: { code: -32600 } } });
  }
  expect(await wire.call("list_tasks")).toMatchObject({ total: 0 });
  await wire.close();
});

test("notifications are never answered, known or not, nor replies that nobody asked for", async () => {
  for (const wire of [await Wire.open(newHome()), new ModernWire(newHome())]) {
    await wire.request("tools/list", {});
    const { length } = wire.messages;
    wire.send({ jsonrpc: "2.0", method: "notifications/nothing", params: { a: 1 } });
    wire.send({ jsonrpc: "2.0", method: "notifications/initialized" });
    wire.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 4711 } });
    wire.send({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: 1, progress: 1 } });
    wire.send({ jsonrpc: "2.0", method: "tools/call", params: { name: "start_task", arguments: { command: "true" } } });
    wire.send({ jsonrpc: "2.0", id: 4711, result: {} });
    wire.send({ jsonrpc: "2.0", id: 4712, error: { code: -32603, message: "no" } });
    expect(await wire.call("list_tasks")).toMatchObject({ total: 0 });
    expect(wire.messages).toHaveLength(length + 1);
    await wire.close();
  }
});

test("a call that was given up gets no answer, and what it waited for goes on", async () => {
  const home = newHome();
  for (const wire of [await Wire.open(home), new ModernWire(home, { capabilities: {} })]) {
    const gate = new Gate(home, `given up ${wire.pid}`);
    const { task_id } = await wire.call("start_task", { command: gate.command });
    const id = wire.askTool("wait_task", { task_ids: [task_id] });
    wire.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
    gate.open();
    await waitUntil("it has ended", async () => (await wire.call("task_status", { task_id })).status === "completed");
    expect(wire.messages.filter((message) => message.id === id)).toEqual([]);
    await wire.close();
  }
});

test("a stream of changes is acknowledged first, with what there is to hear of, and ends when it is given up", async () => {
  const wire = new ModernWire(newHome());
  const id = wire.ask("subscriptions/listen", { notifications: { toolsListChanged: true } });
  const acknowledged = await waitUntil("it is acknowledged", () => wire.messages[0]);
  expect(acknowledged).toMatchObject({
    method: "notifications/subscriptions/acknowledged",
    params: { _meta: { "io.modelcontextprotocol/subscriptionId": id } },
  });
  expect(await error(wire, "subscriptions/listen")).toMatchObject({ code: -32602 });
  wire.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
  expect(await wire.result("tools/list")).toMatchObject({ resultType: "complete" });
  await wire.close();
});

test("what is not as the schema says is noticed", () => {
  const list = { method: "tools/list", params: {} };
  const call = { method: "tools/call", params: {} };
  const asTask = { method: "tools/call", params: { task: {} } };
  const tool = { name: "x", inputSchema: { type: "object" } };
  const text = [{ type: "text", text: "" }];
  const task = { taskId: "x", status: "working", createdAt: "", lastUpdatedAt: "", ttl: 1 };
  const cases: [Revision, Record<string, unknown>, Asked | undefined, string | undefined][] = [
    ["2024-11-05", { id: 1, result: { tools: [tool] } }, list, undefined],
    ["2024-11-05", { id: 1, result: { tools: [{ name: "x" }] } }, list, "inputSchema"],
    ["2024-11-05", { id: 1, result: { content: [{ type: "audio", data: "", mimeType: "" }] } }, call, "const"],
    ["2025-03-26", { id: 1, result: { content: [{ type: "audio", data: "", mimeType: "" }] } }, call, undefined],
    ["2025-06-18", { id: 1, result: { content: [{ type: "text" }] } }, call, "text"],
    ["2025-06-18", { id: 1, result: { some: "thing" } }, { method: "ping", params: {} }, "empty"],
    ["2025-06-18", { method: "roots/list" }, undefined, "id"],
    ["2025-06-18", { id: 1, method: "roots/list" }, undefined, undefined],
    ["2025-06-18", { method: "tools/list", id: 1 }, undefined, "no tools/list"],
    ["2025-06-18", { method: "notifications/progress", params: {} }, undefined, "progressToken"],
    ["2025-06-18", { id: null, error: { code: -32601, message: "" } }, undefined, "without an id"],
    ["2025-06-18", { id: null, error: { code: -32700, message: "" } }, undefined, undefined],
    ["2025-11-25", { id: 1, error: { code: "no", message: "" } }, undefined, "integer"],
    ["2025-11-25", { id: 1, result: { content: text } }, asTask, "task"],
    ["2025-11-25", { id: 1, result: { task } }, asTask, undefined],
    ["2025-11-25", { id: 1, result: { task: { ...task, ttl: "1" } } }, asTask, "ttl"],
    [MODERN, { id: 1, result: { content: text } }, call, "resultType"],
    [MODERN, { id: 1, result: { content: text, resultType: "complete" } }, call, undefined],
    [MODERN, { id: 1, result: { tools: [tool], resultType: "complete" } }, list, "ttlMs"],
    [MODERN, { id: 1, result: { resultType: "task", taskId: "x" } }, call, "status"],
    [MODERN, { id: 1, result: {} }, { method: "tasks/get", params: {} }, "status"],
    [MODERN, { id: 1, error: { code: -32022, message: "" } }, undefined, "data"],
    [MODERN, { method: "notifications/tasks", params: { taskId: "x" } }, undefined, "status"],
    [MODERN, { id: 1, method: "roots/list" }, undefined, "no roots/list"],
  ];
  for (const [revision, message, asked, expected] of cases) {
    const found = complaints(revision, { jsonrpc: "2.0", ...message }, asked).join("; ");
    if (expected === undefined) expect({ revision, message, found }).toMatchObject({ found: "" });
    else expect({ revision, message, found }).toMatchObject({ found: expect.stringContaining(expected) });
  }
});

test("no message holds half of a character, wherever a text is cut", async () => {
  const wire = await Wire.open(newHome());
  const many = "😀".repeat(300);
  for (const shift of ["", "x"]) {
    const last = `[1/3] ${shift}${"😀".repeat(60)}`;
    const print = `printf 'ready ${shift}${many}\\n${last}\\n'`;
    const command = `bash -c 'sleep 60; :' ${shift}${many} & ${print}; wait`;
    const { task_id } = await wire.call<Shown>("start_task", { command, name: `emoji${shift}` });
    const matched = await wire.call("wait_task", { task_ids: [task_id], pattern: "ready" });
    expect(matched).toMatchObject({ reason: "matched" });
    await waitUntil("its progress is known", async () => {
      return (await wire.call<Shown>("task_status", { task_id })).progress;
    });
    const leaving = await wire.call<Shown>("start_task", { command: command.replace("; wait", "") });
    const [left] = (await wire.call<{ tasks: Shown[] }>("wait_task", { task_ids: [leaving.task_id] })).tasks;
    expect(left?.left_running).toHaveLength(2);
    for (const id of [task_id, leaving.task_id]) await wire.call("cancel_task", { task_id: id, grace_seconds: 0 });
    await wire.request("tools/call", { name: "task_status", arguments: { task_id: shift + many } });
    await wire.request("resources/list", {});
  }
  for (const message of wire.messages) expect(JSON.stringify(message)).not.toMatch(/\\ud[89a-f]/);
  await wire.close();
});
