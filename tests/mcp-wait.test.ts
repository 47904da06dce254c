// Waiting through the MCP door: one call for many tasks, reports meanwhile, and giving it up.

import { expect, test } from "bun:test";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { BINARY, newHome, waitUntil } from "./helpers/home.ts";
import { Gate, type Message, Wire } from "./helpers/mcp.ts";
import type { Shown } from "./helpers/server.ts";

interface Waited {
  tasks: Shown[];
  reason: string;
  hint?: string;
}

const live = ["queued", "working"];

const isReport = ({ method }: Message) => method === "notifications/progress";

async function waitedOf(wire: Wire, call: number): Promise<Waited> {
  const { result } = await wire.answer(call);
  return result?.structuredContent as Waited;
}

async function startFive(wire: Wire, home: string): Promise<{ gate: Gate; id: string }[]> {
  const gates = ["a", "b", "c", "d", "e"].map((name) => new Gate(home, name));
  const started = [];
  for (const gate of gates) {
    const { task_id } = await wire.call<Shown>("start_task", { command: gate.command });
    started.push({ gate, id: task_id });
  }
  return started;
}

test("a wait for any of five tasks is answered when the first one ends", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const five = await startFive(wire, home);
  const call = wire.askTool("wait_task", { task_ids: five.map(({ id }) => id), until: "any" });
  five[2]?.gate.open();
  const { tasks, reason } = await waitedOf(wire, call);
  expect(reason).toBe("ended");
  expect(tasks.map(({ task_id }) => task_id)).toEqual(five.map(({ id }) => id));
  expect(tasks[2]).toMatchObject({ status: "completed", output: "c is through\n" });
  expect(tasks.filter(({ status }) => live.includes(status))).toHaveLength(4);
  for (const { gate } of five) gate.open();
  await wire.close();
});

test("a wait for all of five tasks is answered once, when the last one ends", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const five = await startFive(wire, home);
  const call = wire.askTool("wait_task", { task_ids: five.map(({ id }) => id) });
  for (const { gate, id } of five.slice(0, 4)) {
    gate.open();
    await waitUntil("it has ended", async () => (await wire.call<Shown>("task_status", { task_id: id })).finished_at);
  }
  expect(wire.messages.some(({ id }) => id === call)).toBe(false);
  five[4]?.gate.open();
  const { tasks, reason } = await waitedOf(wire, call);
  expect(reason).toBe("ended");
  expect(tasks.map(({ output }) => output)).toEqual(["a", "b", "c", "d", "e"].map((name) => `${name} is through\n`));
  expect(wire.messages.filter(({ id }) => id === call)).toHaveLength(1);
  await wire.close();
});

test("a wait that runs out says so, and the task runs on", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const gate = new Gate(home, "slow");
  const { task_id } = await wire.call<Shown>("start_task", { command: gate.command, wait_seconds: 0.05 });
  const waited = await wire.call<Waited>("wait_task", { task_ids: [task_id], timeout_seconds: 0.05 });
  expect(waited).toMatchObject({
    reason: "timeout",
    hint: "1 still going; call wait_task again, or do other work first",
  });
  expect(live).toContain(waited.tasks[0]?.status ?? "");
  gate.open();
  expect(await wire.call("wait_task", { task_ids: [task_id] })).toMatchObject({ tasks: [{ status: "completed" }] });
  await wire.close();
});

test("giving up a wait leaves the task running", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const gate = new Gate(home, "given up");
  const { task_id } = await wire.call<Shown>("start_task", { command: gate.command });
  const call = wire.askTool("wait_task", { task_ids: [task_id] });
  wire.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: call, reason: "enough" } });
  const working = await waitUntil("it works", async () => {
    const task = await wire.call<Shown>("task_status", { task_id });
    return task.status !== "queued" && task;
  });
  expect(working.status).toBe("working");
  gate.open();
  const end = { status: "completed", exit_code: 0, output: "given up is through\n" };
  expect(await wire.call("wait_task", { task_ids: [task_id] })).toMatchObject({ tasks: [end] });
  expect(wire.messages.some(({ id }) => id === call)).toBe(false);
  await wire.close();
});

test("a wait reports its progress to clients of both eras that ask for it, and to no other", async () => {
  const home = newHome();
  const gate = new Gate(home, "reported");
  const wire = await Wire.open(home);
  const { task_id } = await wire.call<Shown>("start_task", { command: gate.command });
  const silent = wire.askTool("wait_task", { task_ids: [task_id] });
  const reporting = wire.askTool("wait_task", { task_ids: [task_id], timeout_seconds: 40 }, { progressToken: "tok" });

  const modern = new Client({ name: "modern", version: "1" }, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
  const env = { ...(process.env as Record<string, string>), BACKBURNER_HOME: home };
  await modern.connect(new StdioClientTransport({ command: BINARY, args: ["mcp"], env }));
  const seen: unknown[] = [];
  const onprogress = (progress: unknown) => void seen.push(progress);
  const waiting = modern.callTool({ name: "wait_task", arguments: { task_ids: [task_id] } }, { onprogress });

  await waitUntil("both have heard of it", () => wire.messages.some(isReport) && seen.length > 0);
  gate.open();
  expect((await wire.answer(silent)).result).toMatchObject({ structuredContent: { reason: "ended" } });
  expect((await wire.answer(reporting)).result).toMatchObject({ structuredContent: { reason: "ended" } });
  expect((await waiting).structuredContent).toMatchObject({ reason: "ended" });
  const reports = wire.messages.filter(isReport).map(({ params }) => params);
  expect(reports[0]).toMatchObject({
    progressToken: "tok",
    total: 40,
    message: expect.stringMatching(/^waiting for all of 1 for \d+ s$/),
  });
  expect(reports.every((report) => report?.progressToken === "tok")).toBe(true);
  expect(seen[0]).toMatchObject({ total: 45 });
  await modern.close();
  await wire.close();
}, 30_000); // a report comes every 5 s
