// What a client hears of native tasks without asking: notifications/tasks of a subscription (2026-07-28), notifications/tasks/status and
// progress of a call that was made as a task (2025-11-25).

import { expect, test } from "bun:test";
import { TaskStatusNotificationV1Schema } from "@modelcontextprotocol/ext-tasks/core/v1";
import { readAcceptedTaskIdsV2, TaskStatusNotificationV2Schema } from "@modelcontextprotocol/ext-tasks/core/v2";
import { cli } from "./helpers/cli.ts";
import { newHome, waitUntil } from "./helpers/home.ts";
import { Gate, type Message, Wire } from "./helpers/mcp.ts";
import { ModernWire } from "./helpers/modern.ts";

const SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";
const RELATED = "io.modelcontextprotocol/related-task";

interface Told {
  taskId: string;
  status: string;
  statusMessage: string;
  result?: Record<string, unknown>;
  _meta?: Record<string, unknown>;
}

const toldBy = (wire: Wire, method: string, taskId: string): Told[] =>
  wire.messages.flatMap((message) => {
    const told = message.params as unknown as Told | undefined;
    return message.method === method && told?.taskId === taskId ? [told] : [];
  });

function subscriptionOf(params: Message["params"] = {}): unknown {
  const { _meta: meta = {} } = params as { _meta?: Record<string, unknown> };
  return meta[SUBSCRIPTION];
}

/** Subscribes, and gives the acknowledgement. */
async function listen(wire: ModernWire, notifications: object): Promise<{ id: number; params: Message["params"] }> {
  const id = wire.ask("subscriptions/listen", { notifications });
  const acknowledged = await waitUntil("the subscription is acknowledged", () =>
    wire.messages.find(
      ({ method, params }) => method === "notifications/subscriptions/acknowledged" && subscriptionOf(params) === id,
    ),
  );
  return { id, params: acknowledged.params };
}

test("a subscription for tasks and waits hears what tasks/get would answer, from now to the end", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const gate = new Gate(home, "heard", 2);
  const { taskId } = await wire.handle("start_task", { command: `echo '[1/4] one'; ${gate.command}` });
  const wait = await wire.handle("wait_task", { task_ids: [taskId] });
  const { id, params } = await listen(wire, { taskIds: [taskId, wait.taskId, taskId] });
  expect(params?.notifications).toEqual({ taskIds: [taskId, wait.taskId] });
  expect(readAcceptedTaskIdsV2(params)).toEqual([taskId, wait.taskId]);
  const heard = (of: string) => toldBy(wire, "notifications/tasks", of);
  await waitUntil("it is told of the output", () => heard(taskId).some((told) => told.statusMessage.includes("[1/4]")));
  gate.open();
  for (const of of [taskId, wait.taskId]) {
    const end = await waitUntil("the end is told", () => heard(of).find(({ status }) => status === "completed"));
    const { _meta: _told, ...told } = end;
    const { _meta: _got, resultType, ...got } = await wire.get(of);
    expect(resultType).toBe("complete");
    expect(told as object).toEqual(got);
  }
  for (const message of wire.messages.filter(({ method }) => method === "notifications/tasks")) {
    expect(TaskStatusNotificationV2Schema.safeParse(message).error).toBeUndefined();
    expect(subscriptionOf(message.params)).toBe(id);
  }
  expect(heard(taskId).filter(({ status }) => status === "completed")).toHaveLength(1);
  expect(wire.messages.some(({ method }) => method === "notifications/progress")).toBe(false);
  await wire.close();
});

test("what has ended is told at once, and ids that nobody knows are not agreed to", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const { taskId } = await wire.handle("start_task", { command: "exit 4" });
  await cli(home, ["wait", taskId]);
  const { params } = await listen(wire, { taskIds: ["nobody", taskId, "wabcdefghijkmn"] });
  expect(params?.notifications).toEqual({ taskIds: [taskId] });
  const [told] = await waitUntil("it is told", () => {
    const all = toldBy(wire, "notifications/tasks", taskId);
    return all.length > 0 && all;
  });
  expect(told).toMatchObject({ status: "completed", result: { resultType: "complete", isError: true } });
  await wire.close();
});

test("a task that prints all the time is told of once a second, and not at all after the subscription is cancelled", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const { taskId } = await wire.handle("start_task", {
    command: "n=0; while :; do n=$((n+1)); echo line $n; sleep 0.01; done",
  });
  const { id } = await listen(wire, { taskIds: [taskId] });
  const began = performance.now();
  const heard = () => toldBy(wire, "notifications/tasks", taskId).length;
  await waitUntil("it is told thrice", () => heard() >= 3);
  const seconds = (performance.now() - began) / 1000;
  expect(heard()).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
  wire.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
  await wire.result("tasks/get", { taskId }); // it was read
  const before = heard();
  await wire.result("tasks/cancel", { taskId });
  await wire.settled(taskId);
  expect(heard()).toBe(before);
  await wire.close();
});

test("who does not declare the extension may listen, but not for tasks", async () => {
  const wire = new ModernWire(newHome(), { capabilities: {} });
  const task = await wire.call("start_task", { command: "true" });
  const refused = await wire.error("subscriptions/listen", { notifications: { taskIds: [task.task_id] } });
  expect(refused).toMatchObject({
    code: -32021,
    data: { requiredCapabilities: { extensions: { "io.modelcontextprotocol/tasks": {} } } },
  });
  const { params } = await listen(wire, {});
  expect(params?.notifications).toEqual({});
  expect(wire.messages.some(({ method }) => method === "notifications/tasks")).toBe(false);
  await wire.close();
});

test("two subscriptions are told each under its own id, and a client without any of nothing", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const gate = new Gate(home, "both");
  const { taskId } = await wire.handle("start_task", { command: gate.command });
  const first = await listen(wire, { taskIds: [taskId] });
  const second = await listen(wire, { taskIds: [taskId] });
  const other = new ModernWire(home);
  await other.get(taskId);
  gate.open();
  await waitUntil("both are told", () => {
    const ends = toldBy(wire, "notifications/tasks", taskId).filter(({ status }) => status === "completed");
    return (
      ends.length === 2 && ends.every(({ _meta: meta }) => [first.id, second.id].includes(Number(meta?.[SUBSCRIPTION])))
    );
  });
  expect(other.messages.some(({ method }) => method === "notifications/tasks")).toBe(false);
  await other.close();
  await wire.close();
});

test("in 2025-11-25 there is no subscription, and with native tasks off none for tasks", async () => {
  const legacy = await Wire.open(newHome());
  const asked = await legacy.request("subscriptions/listen", { notifications: { taskIds: ["x"] } });
  expect(asked.error).toMatchObject({ code: -32601 });
  await legacy.close();
  const off = new ModernWire(newHome(), { env: { BACKBURNER_NATIVE_TASKS: "off" } });
  const { params } = await listen(off, { taskIds: ["x"] });
  expect(params?.notifications).toEqual({});
  await off.close();
});

test("whoever called as a task hears of each change of its status, once a second at most, and of the end", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const gate = new Gate(home, "noticed");
  const { task_id } = await wire.call<{ task_id: string }>("start_task", {
    command: `for n in 1 2 3 4; do echo "[$n/4] part"; sleep 0.4; done; ${gate.command}`,
    name: "parts",
  });
  const other = await Wire.open(home);
  const params = { name: "wait_task", arguments: { task_ids: [task_id] }, task: {}, _meta: { progressToken: "tok" } };
  const { result } = await wire.request("tools/call", params);
  const { taskId } = (result as { task: { taskId: string } }).task;
  const heard = () => toldBy(wire, "notifications/tasks/status", taskId);
  await waitUntil("the last part is told", () => heard().some((told) => told.statusMessage.includes("[4/4] part")));
  expect(heard().every(({ status }) => status === "working")).toBe(true);
  const report = await waitUntil("progress is reported", () =>
    wire.messages.find(
      ({ method, params: { message = "" } = {} }) =>
        method === "notifications/progress" && String(message).startsWith("parts: 4/4; waiting for all of 1 for "),
    ),
  );
  expect(report.params).toMatchObject({ progressToken: "tok", total: 45, _meta: { [RELATED]: { taskId } } });
  gate.open();
  const end = await waitUntil("the end is told", () => heard().find(({ status }) => status === "completed"));
  expect(end).not.toHaveProperty("_meta");
  expect(end.statusMessage).toBe("ended: parts: completed, exit code 0");
  expect(heard().at(-1)).toEqual(end);
  for (const message of wire.messages.filter(({ method }) => method === "notifications/tasks/status"))
    expect(TaskStatusNotificationV1Schema.safeParse(message).error).toBeUndefined();
  const answered = wire.messages.findIndex((message) => message.result === result);
  const first = wire.messages.findIndex(({ method }) => method === "notifications/tasks/status");
  expect(answered).toBeLessThan(first);
  expect(other.messages.some(({ method }) => method === "notifications/tasks/status")).toBe(false);
  await other.close();
  await wire.close();
}, 60_000); // a progress report comes every 5 s

test("a wait that is given up is told as cancelled", async () => {
  const wire = await Wire.open(newHome());
  const { task_id } = await wire.call<{ task_id: string }>("start_task", { command: "sleep 60" });
  const { result } = await wire.request("tools/call", {
    name: "wait_task",
    arguments: { task_ids: [task_id] },
    task: {},
  });
  const { taskId } = (result as { task: { taskId: string } }).task;
  await wire.request("tasks/cancel", { taskId });
  await waitUntil("it is told", () =>
    toldBy(wire, "notifications/tasks/status", taskId).some(({ status }) => status === "cancelled"),
  );
  await wire.call("cancel_task", { task_id });
  await wire.close();
});
