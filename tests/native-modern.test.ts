// Native tasks of 2026-07-28 (extension io.modelcontextprotocol/tasks) in raw JSON-RPC: shapes, codes and gates.

import { expect, test } from "bun:test";
import {
  CancelTaskResultV2Schema,
  CreateTaskResultV2Schema,
  DetailedTaskV2Schema,
  GetTaskResultV2Schema,
  ServerTaskCapabilityEnvelopeV2Schema,
  UpdateTaskResultV2Schema,
} from "@modelcontextprotocol/ext-tasks/core/v2";
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { cli } from "./helpers/cli.ts";
import { BINARY, FIXTURES, isRunning, kill, newHome, waitUntil } from "./helpers/home.ts";
import { Gate, Wire } from "./helpers/mcp.ts";
import { DECLARING, EXTENSION, ModernWire } from "./helpers/modern.ts";
import { Server } from "./helpers/server.ts";

/** What a server can do without tasks. */
const BESIDE_TASKS = { tools: {}, resources: { subscribe: true }, completions: {} };

const NEEDS_EXTENSION = { code: -32021, data: { requiredCapabilities: { extensions: { [EXTENSION]: {} } } } };

test("the extension is declared with an empty object, in this era only, and the core's tasks are not", async () => {
  const modern = new ModernWire(newHome());
  const { capabilities } = await modern.result<{ capabilities: Record<string, unknown> }>("server/discover");
  expect(capabilities).toEqual({ ...BESIDE_TASKS, extensions: { [EXTENSION]: {} } });
  expect(ServerTaskCapabilityEnvelopeV2Schema.safeParse(capabilities).success).toBe(true);
  const { tools } = await modern.result<{ tools: object[] }>("tools/list");
  expect(tools.filter((tool) => "execution" in tool)).toEqual([]);
  await modern.close();
  const legacy = new Wire(newHome());
  const hello = await legacy.request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: DECLARING,
    clientInfo: { name: "test", version: "1" },
  });
  expect(hello.result?.capabilities).not.toHaveProperty("extensions");
  const plain = await legacy.tool("start_task", { command: "true" });
  expect(plain.structuredContent).toHaveProperty("task_id");
  await legacy.close();
});

test("start_task answers with the task as a handle at once, and tasks/get with its result once it has ended", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const gate = new Gate(home, "built");
  const created = await wire.handle("start_task", { command: gate.command, name: "build" });
  expect(CreateTaskResultV2Schema.safeParse(created).success).toBe(true);
  expect(created).toMatchObject({ resultType: "task", status: "working", pollIntervalMs: 1000 });
  expect(created.statusMessage).toStartWith(`task ${created.taskId}: `);
  expect(created.ttlMs).toBeGreaterThanOrEqual(30 * 86_400_000);
  expect(created).not.toHaveProperty("content");
  const working = await wire.get(created.taskId);
  expect(GetTaskResultV2Schema.safeParse(working).success).toBe(true);
  expect(working).toMatchObject({ resultType: "complete", status: "working", createdAt: created.createdAt });
  expect(working).not.toHaveProperty("result");
  gate.open();
  const done = await wire.settled(created.taskId);
  expect(GetTaskResultV2Schema.safeParse(done).success).toBe(true);
  expect(done).toMatchObject({ status: "completed", statusMessage: "completed, exit code 0" });
  const { result } = done;
  expect(result).toMatchObject({ resultType: "complete", structuredContent: { status: "completed", exit_code: 0 } });
  expect(result).not.toHaveProperty("isError");
  expect(result?.structuredContent).toMatchObject({ task_id: created.taskId, output: "built is through\n" });
  const [text] = (result?.content ?? []) as { text: string }[];
  expect(JSON.parse(text?.text ?? "")).toEqual(result?.structuredContent);
  expect(await wire.call("task_status", { task_id: "build" })).toMatchObject({ task_id: created.taskId });
  await wire.close();
});

test("the end of a task that was polled for has its last 20 lines; a call that is answered itself has 100", async () => {
  const wire = new ModernWire(newHome());
  const { taskId } = await wire.handle("start_task", { command: "seq 1000" });
  const { result } = await wire.settled(taskId);
  expect(result?.structuredContent).toMatchObject({
    output: `${Array.from({ length: 20 }, (_, at) => at + 981).join("\n")}\n`,
    output_lines: 1000,
    omitted_lines: 980,
  });
  expect(await wire.call("start_task", { command: "seq 1000", wait_seconds: 20 })).toMatchObject({
    output: `${Array.from({ length: 100 }, (_, at) => at + 901).join("\n")}\n`,
    omitted_lines: 900,
  });
  await wire.close();
});

test("how a command ends: only what nobody knows the outcome of has failed", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const start = (command: string, more = {}) => wire.handle("start_task", { command, ...more });
  const exits = await start("echo no; exit 3");
  const killed = await start("kill -KILL $$");
  const slow = await start("sleep 60", { timeout_seconds: 0.1 });
  const given = await start("sleep 60");
  const lost = await start("sleep 60");

  expect((await wire.settled(exits.taskId)).result).toMatchObject({
    resultType: "complete",
    isError: true,
    structuredContent: { status: "failed", exit_code: 3, output: "no\n" },
  });
  expect((await wire.settled(killed.taskId)).result).toMatchObject({
    isError: true,
    structuredContent: { status: "failed", signal: "SIGKILL" },
  });
  const timedOut = await wire.settled(slow.taskId);
  expect(timedOut.status).toBe("completed");
  expect(timedOut.statusMessage).toBe("timed_out, SIGTERM, it ran longer than its timeout of 0.1 s");
  expect(timedOut.result).toMatchObject({ isError: true, structuredContent: { status: "timed_out" } });

  await wire.result("tasks/cancel", { taskId: given.taskId });
  const cancelled = await wire.settled(given.taskId);
  expect(cancelled.status).toBe("cancelled");
  expect(cancelled).not.toHaveProperty("result");

  const supervisor = await waitUntil("it runs", () => supervisorOf(home, lost.taskId));
  kill(supervisor, "SIGKILL");
  const interrupted = await wire.settled(lost.taskId);
  expect(interrupted).toMatchObject({ status: "failed", error: { code: -32603 } });
  expect(interrupted.error?.message).toContain("its supervisor died");
  expect(interrupted).not.toHaveProperty("result");
  for (const task of [timedOut, cancelled, interrupted])
    expect(GetTaskResultV2Schema.safeParse(task).error).toBeUndefined();
  await wire.close();
});

test("start_task with wait_seconds answers plainly when the command has ended by then, else with the handle", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const reply = await wire.result("tools/call", {
    name: "start_task",
    arguments: { command: "echo quick", wait_seconds: 20 },
  });
  expect(reply).toMatchObject({
    resultType: "complete",
    structuredContent: { status: "completed", output: "quick\n" },
  });
  const gate = new Gate(home, "slow");
  const created = await wire.handle("start_task", { command: gate.command, wait_seconds: 0.05 });
  expect(created).toMatchObject({ resultType: "task", status: "working" });
  gate.open();
  expect(await wire.settled(created.taskId)).toMatchObject({ status: "completed" });
  await wire.close();
});

test("wait_task answers with a handle of its own; cancelling it ends the waiting and nothing else", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const gate = new Gate(home, "tested");
  const { taskId } = await wire.handle("start_task", { command: gate.command, name: "tests" });
  const wait = await wire.handle("wait_task", { task_ids: ["tests"] });
  expect(CreateTaskResultV2Schema.safeParse(wait).success).toBe(true);
  expect(wait).toMatchObject({ resultType: "task", status: "working" });
  expect(wait.statusMessage).toStartWith("waiting for tests: ");
  expect(wait.taskId).not.toBe(taskId);
  const given = await wire.handle("wait_task", { task_ids: [taskId] });
  const acknowledged = await wire.result("tasks/cancel", { taskId: given.taskId });
  expect(CancelTaskResultV2Schema.safeParse(acknowledged).success).toBe(true);
  expect(Object.keys(acknowledged).toSorted()).toEqual(["_meta", "resultType"]);
  expect(await wire.get(given.taskId)).toMatchObject({
    status: "cancelled",
    statusMessage: "the waiting was given up; the tasks go on",
  });
  await wire.result("tasks/cancel", { taskId: given.taskId }); // again: nothing more happens
  expect(await wire.get(taskId)).toMatchObject({ status: "working" });
  expect(await wire.get(wait.taskId)).toMatchObject({ status: "working" });
  gate.open();
  const done = await wire.settled(wait.taskId);
  expect(GetTaskResultV2Schema.safeParse(done).success).toBe(true);
  expect(done).toMatchObject({ status: "completed", statusMessage: "ended: tests: completed, exit code 0" });
  expect(done.result).toMatchObject({
    resultType: "complete",
    structuredContent: { reason: "ended", tasks: [{ task_id: taskId, output: "tested is through\n" }] },
  });
  await wire.result("tasks/cancel", { taskId: wait.taskId }); // over: acknowledged, and still completed
  expect(await wire.get(wait.taskId)).toMatchObject({ status: "completed" });
  await wire.close();
});

test("two cancels at once, and a third later, are each acknowledged; the command is ended with its children", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const { taskId } = await wire.handle("start_task", { command: "trap '' TERM; sleep 60 & wait; wait" });
  const { pid } = await waitUntil("it runs", async () => {
    const task = await wire.call("task_status", { task_id: taskId });
    return task.status === "working" && task;
  });
  const asked = [wire.ask("tasks/cancel", { taskId }), wire.ask("tasks/cancel", { taskId })];
  for (const id of asked) expect((await wire.answer(id)).result).toMatchObject({ resultType: "complete" });
  expect(await wire.settled(taskId)).toMatchObject({ status: "cancelled" });
  expect(isRunning(Number(pid))).toBe(false);
  expect(await wire.result("tasks/cancel", { taskId })).toMatchObject({ resultType: "complete" });
  expect(await wire.get(taskId)).toMatchObject({ status: "cancelled" });
  await wire.close();
});

test("a cancel that comes as the supervisor takes the task over is not lost", async () => {
  const wire = new ModernWire(newHome());
  for (let n = 0; n < 30; n += 1) {
    const { taskId } = await wire.handle("start_task", { command: "sleep 60" });
    while ((await wire.call("task_status", { task_id: taskId })).status === "queued");
    expect(await wire.result("tasks/cancel", { taskId })).toMatchObject({ resultType: "complete" });
    expect(await wire.get(taskId)).toMatchObject({ status: "cancelled" });
  }
  await wire.close();
});

test("a wait has no timeout unless it is given one; it is for all or any, and for words", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const gates = [new Gate(home, "a"), new Gate(home, "b")];
  const ids: string[] = [];
  for (const gate of gates) ids.push((await wire.handle("start_task", { command: gate.command })).taskId);
  const all = await wire.handle("wait_task", { task_ids: ids });
  expect(all.statusMessage).toStartWith("waiting for all of 2: ");
  expect(deadlineOf(home, all.taskId)).toBeNull();
  const any = await wire.handle("wait_task", { task_ids: ids, until: "any" });
  const words = await wire.handle("wait_task", { task_ids: [ids[0]], pattern: "is th.*" });
  const brief = await wire.handle("wait_task", { task_ids: ids, timeout_seconds: 0.2 });
  const timedOut = await wire.settled(brief.taskId);
  expect(timedOut.result?.structuredContent).toMatchObject({ reason: "timeout", hint: expect.any(String) });
  gates[0]?.open();
  expect((await wire.settled(any.taskId)).result?.structuredContent).toMatchObject({ reason: "ended" });
  expect((await wire.settled(words.taskId)).result?.structuredContent).toMatchObject({
    reason: "matched",
    matches: [{ task_id: ids[0], line: "a is through" }],
  });
  expect(await wire.get(all.taskId)).toMatchObject({ status: "working" });
  gates[1]?.open();
  expect((await wire.settled(all.taskId)).result?.structuredContent).toMatchObject({ reason: "ended" });
  await wire.close();
});

test("a wait with a handle that runs out uses no words up", async () => {
  const home = newHome();
  const wire = new ModernWire(home, { env: { BACKBURNER_NATIVE_TASKS: "wait" } });
  const gate = new Gate(home, "late");
  const early = await wire.call("start_task", { command: "echo early is through; exec sleep 60" });
  const late = await wire.call("start_task", { command: gate.command });
  const words = { task_ids: [early.task_id, late.task_id], pattern: "is through" };
  const brief = await wire.handle("wait_task", { ...words, timeout_seconds: 0.5 });
  expect((await wire.settled(brief.taskId)).result?.structuredContent).toMatchObject({ reason: "timeout" });
  await wire.call("task_status", { task_id: early.task_id });
  const again = await wire.handle("wait_task", { ...words, timeout_seconds: 20 });
  gate.open();
  expect((await wire.settled(again.taskId)).result?.structuredContent).toMatchObject({
    reason: "matched",
    matches: [{ line: "early is through" }, { line: "late is through" }],
  });
  await wire.call("cancel_task", { task_id: early.task_id });
  await wire.close();
});

test("a wait for what has ended is answered plainly, and a wrong call in the tool's own words", async () => {
  const wire = new ModernWire(newHome());
  const failed = await wire.tool("start_task", { command: "exit 2", wait_seconds: 20 });
  expect(failed).toMatchObject({ isError: true, structuredContent: { status: "failed", exit_code: 2 } });
  const done = failed.structuredContent ?? {};
  const over = await wire.result("tools/call", { name: "wait_task", arguments: { task_ids: [done.task_id] } });
  expect(over).toMatchObject({
    resultType: "complete",
    structuredContent: { reason: "ended", tasks: [{ exit_code: 2 }] },
  });
  for (const [name, args, sentence] of [
    ["wait_task", { task_ids: ["nobody"] }, 'no task is called "nobody"'],
    ["start_task", {}, "start_task needs command"],
    ["wait_task", { task_ids: [done.task_id], pattern: "(" }, 'the pattern "(" is no regular expression'],
  ] as const) {
    const refused = await wire.result("tools/call", { name, arguments: args });
    expect(refused).toMatchObject({ isError: true, content: [{ text: expect.stringContaining(sentence) }] });
  }
  await wire.close();
});

test("a wait whose pattern takes too long is over with the tool's own sentence", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const gate = new Gate(home, "slow");
  const { taskId } = await wire.handle("start_task", {
    command: `${gate.command.split("; exit")[0]}; printf '%0.sa' $(seq 20000); echo '!'; exec sleep 60`,
  });
  const wait = await wire.handle("wait_task", { task_ids: [taskId], pattern: "a*a*a*a*z" });
  gate.open();
  const over = await wire.settled(wait.taskId);
  expect(over.status).toBe("completed");
  expect(over.result).toMatchObject({ resultType: "complete", isError: true });
  const [text] = (over.result?.content ?? []) as { text: string }[];
  expect(text?.text).toStartWith('the pattern "a*a*a*a*z" takes too long');
  await wire.result("tasks/cancel", { taskId });
  await wire.close();
});

test("a wait whose row somebody has damaged is answered with what is left of it", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const gate = new Gate(home, "damaged");
  const { taskId } = await wire.handle("start_task", { command: gate.command });
  const wait = await wire.handle("wait_task", { task_ids: [taskId] });
  gate.open();
  await wire.settled(wait.taskId);
  change(home, "UPDATE waits SET answer = '{' WHERE id = ?", wait.taskId);
  expect((await wire.get(wait.taskId)).result?.structuredContent).toEqual({ tasks: [], reason: "ended" });
  await wire.close();
});

test("a client that does not declare the extension gets plain results, and -32021 for tasks/*", async () => {
  for (const capabilities of [{}, { extensions: { other: {} } }, { tasks: {} }]) {
    const wire = new ModernWire(newHome(), { capabilities });
    const task = await wire.call("start_task", { command: "true" });
    expect(["queued", "working"]).toContain(String(task.status));
    expect(await wire.call("wait_task", { task_ids: [task.task_id] })).toMatchObject({ reason: "ended" });
    const taskId = task.task_id;
    expect(await wire.error("tasks/get", { taskId })).toMatchObject(NEEDS_EXTENSION);
    expect(await wire.error("tasks/cancel", { taskId })).toMatchObject(NEEDS_EXTENSION);
    expect(await wire.error("tasks/update", { taskId, inputResponses: {} })).toMatchObject(NEEDS_EXTENSION);
    await wire.close();
  }
});

test("the declaration counts for the request that makes it, not for the next", async () => {
  const wire = new ModernWire(newHome());
  const { taskId } = await wire.handle("start_task", { command: "true" });
  const undeclared = { _meta: { "io.modelcontextprotocol/clientCapabilities": {} } };
  expect(await wire.error("tasks/get", { taskId, ...undeclared })).toMatchObject(NEEDS_EXTENSION);
  const plain = await wire.result("tools/call", { name: "start_task", arguments: { command: "true" }, ...undeclared });
  expect(plain).toMatchObject({ resultType: "complete", structuredContent: { task_id: expect.any(String) } });
  await wire.close();
});

test("unknown ids and missing parameters are -32602, methods of the other generation -32601", async () => {
  const wire = new ModernWire(newHome());
  for (const method of ["tasks/get", "tasks/cancel", "tasks/update"]) {
    for (const taskId of ["nobody", "2abcdefghijkmn", "wabcdefghijkmn", "", "../x"])
      expect(await wire.error(method, { taskId, inputResponses: {} })).toMatchObject({ code: -32602 });
    expect(await wire.error(method, { inputResponses: {} })).toMatchObject({ code: -32602 });
    expect(await wire.error(method, { taskId: 7, inputResponses: {} })).toMatchObject({ code: -32602 });
  }
  const missing = await wire.error("tasks/get", { taskId: "2abcdefghijkmn" });
  expect(missing?.message).toStartWith('there is no task "2abcdefghijkmn": it was never here, or has been removed');
  for (const method of ["tasks/list", "tasks/result"])
    expect(await wire.error(method, { taskId: "x" })).toMatchObject({ code: -32601 });
  await wire.close();
});

test("tasks/update acknowledges, and ignores responses that nobody waits for", async () => {
  const wire = new ModernWire(newHome());
  const { taskId } = await wire.handle("start_task", { command: "sleep 60" });
  const inputResponses = { never_asked: { action: "accept", content: { yes: true } } };
  const acknowledged = await wire.result("tasks/update", { taskId, inputResponses });
  expect(UpdateTaskResultV2Schema.safeParse(acknowledged).success).toBe(true);
  expect(acknowledged.resultType).toBe("complete");
  expect(await wire.get(taskId)).toMatchObject({ status: "working" });
  expect(await wire.error("tasks/update", { taskId })).toMatchObject({ code: -32602 });
  await wire.result("tasks/cancel", { taskId });
  await wire.close();
});

test("a call that says `task` as in 2025-11-25 is answered as any other", async () => {
  const wire = new ModernWire(newHome());
  const params = { name: "list_tasks", arguments: {}, task: { ttl: 1000 } };
  expect(await wire.result("tools/call", params)).toMatchObject({ structuredContent: { total: 0 } });
  await wire.close();
});

test("BACKBURNER_NATIVE_TASKS: wait leaves start_task plain, off leaves everything plain", async () => {
  const waits = new ModernWire(newHome(), { env: { BACKBURNER_NATIVE_TASKS: "wait" } });
  const task = await waits.call("start_task", { command: "sleep 60" });
  const wait = await waits.handle("wait_task", { task_ids: [task.task_id] });
  expect(wait).toMatchObject({ resultType: "task", status: "working" });
  expect(await waits.get(String(task.task_id))).toMatchObject({ status: "working" });
  await waits.result("tasks/cancel", { taskId: task.task_id });
  expect(await waits.settled(wait.taskId)).toMatchObject({ status: "completed" });
  await waits.close();

  const off = new ModernWire(newHome(), { env: { BACKBURNER_NATIVE_TASKS: "off" } });
  expect((await off.result("server/discover")).capabilities).toEqual(BESIDE_TASKS);
  const plain = await off.call("start_task", { command: "true" });
  expect(await off.call("wait_task", { task_ids: [plain.task_id] })).toMatchObject({ reason: "ended" });
  expect(await off.error("tasks/get", { taskId: plain.task_id })).toMatchObject({ code: -32601 });
  await off.close();
});

test("the message of a working task tells its progress and its last line, and that it waits for input", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const message = (taskId: string, expected: string) =>
    waitUntil(`the message is ${expected}`, async () => (await wire.get(taskId)).statusMessage === expected);
  const step = await wire.handle("start_task", {
    command: "printf '[17/40]\\ncompiling \\033[31mx\\033[0m\\n'; sleep 60",
  });
  await message(step.taskId, "17/40: compiling x");
  const percent = await wire.handle("start_task", { command: "echo 'at 42%'; sleep 60" });
  await message(percent.taskId, "at 42%");
  const silent = await wire.handle("start_task", { command: "sleep 60" });
  await message(silent.taskId, "running");
  const asking = await wire.handle("start_task", { command: "read -p 'Go on? ' x", pty: true });
  await message(asking.taskId, "waiting for input: Go on?");
  const wait = await wire.handle("wait_task", { task_ids: [percent.taskId, silent.taskId] });
  expect(wait.statusMessage).toBe(`waiting for all of 2: ${percent.taskId}: at 42%; ${silent.taskId}: running`);
  for (const { taskId } of [step, percent, silent, asking]) await wire.result("tasks/cancel", { taskId });
  await wire.close();
});

test("the interval grows with a task's age, and the time it is kept is counted from its end", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const { taskId } = await wire.handle("start_task", { command: "sleep 60" });
  const aged = async (seconds: number) => {
    change(home, "UPDATE tasks SET created_at_ms = ? WHERE id = ?", Date.now() - seconds * 1000, taskId);
    return (await wire.get(taskId)).pollIntervalMs as number;
  };
  expect(await aged(5)).toBe(1000);
  expect(Math.abs((await aged(36)) - 3000)).toBeLessThan(1000);
  expect(await aged(600)).toBe(5000);
  await wire.result("tasks/cancel", { taskId });
  const { ttlMs } = await wire.settled(taskId);
  expect(ttlMs as number).toBeGreaterThanOrEqual((30 * 86_400 + 600) * 1000);
  await wire.close();
});

test("an end that the host announces is not told a second time in the next reply", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const own = await wire.handle("start_task", { command: "true" });
  await cli(home, ["wait", own.taskId]);
  expect(await wire.call("list_tasks", { status: "queued" })).not.toHaveProperty("finished_since_last_call");

  const waited = new ModernWire(home, { env: { BACKBURNER_NATIVE_TASKS: "wait" } });
  const gates = [new Gate(home, "x"), new Gate(home, "y")];
  const ids: unknown[] = [];
  for (const gate of gates) ids.push((await waited.call("start_task", { command: gate.command })).task_id);
  const wait = await waited.handle("wait_task", { task_ids: [ids[0]] });
  const given = await waited.handle("wait_task", { task_ids: [ids[1]] });
  for (const gate of gates) gate.open();
  await cli(home, ["wait", ...ids.map(String)]);
  await waited.settled(wait.taskId);
  await waited.settled(given.taskId);
  expect(await waited.call("list_tasks", { status: "queued" })).not.toHaveProperty("finished_since_last_call");

  const last = new Gate(home, "z");
  const { task_id } = await waited.call("start_task", { command: last.command });
  const abandoned = await waited.handle("wait_task", { task_ids: [task_id] });
  await waited.result("tasks/cancel", { taskId: abandoned.taskId });
  last.open();
  await cli(home, ["wait", String(task_id)]);
  const { finished_since_last_call: news } = await waited.call("list_tasks", { status: "queued" });
  expect(news).toMatchObject([{ task_id }]); // nobody else tells it any more
  await wire.close();
  await waited.close();
});

test("a server that was started later answers for tasks and waits of one that was killed, with the true result", async () => {
  const home = newHome();
  const first = new ModernWire(home);
  const gate = new Gate(home, "outlived", 7);
  const { taskId } = await first.handle("start_task", { command: gate.command });
  const wait = await first.handle("wait_task", { task_ids: [taskId] });
  const words = await first.handle("wait_task", { task_ids: [taskId], pattern: "through" });
  const given = await first.handle("wait_task", { task_ids: [taskId] });
  await first.result("tasks/cancel", { taskId: given.taskId });
  await first.kill();

  const second = new ModernWire(home);
  for (const id of [taskId, wait.taskId, words.taskId])
    expect(await second.get(id)).toMatchObject({ status: "working" });
  expect(await second.get(given.taskId)).toMatchObject({ status: "cancelled" });
  await second.kill();
  gate.open();
  await cli(home, ["wait", taskId]);

  const third = new ModernWire(home);
  const end = { task_id: taskId, status: "failed", exit_code: 7, output: "outlived is through\n" };
  expect(await third.get(taskId)).toMatchObject({
    status: "completed",
    result: { isError: true, structuredContent: end },
  });
  expect((await third.get(wait.taskId)).result?.structuredContent).toMatchObject({ reason: "ended", tasks: [end] });
  expect((await third.get(words.taskId)).result?.structuredContent).toMatchObject({
    reason: "matched",
    matches: [{ task_id: taskId, line: "outlived is through" }],
  });
  await third.close();
});

test("server and client are killed; a new server tells the true result of the id that was stored", async () => {
  const home = newHome();
  const gate = new Gate(home, "survivor", 9);
  const client = Bun.spawn([process.execPath, join(FIXTURES, "declaring-client.ts"), BINARY, gate.command], {
    env: { ...process.env, BACKBURNER_HOME: home },
    stdout: "pipe",
    stderr: "inherit",
  });
  const [line] = await linesOf(client.stdout, 1);
  const stored = JSON.parse(line ?? "") as { server: number; taskId: string; waitId: string };
  kill(client.pid, "SIGKILL");
  kill(stored.server, "SIGKILL");
  await waitUntil("both are gone", () => !isRunning(client.pid) && !isRunning(stored.server));
  gate.open();

  const wire = new ModernWire(home);
  const end = { task_id: stored.taskId, status: "failed", exit_code: 9, output: "survivor is through\n" };
  expect(await wire.settled(stored.taskId)).toMatchObject({
    status: "completed",
    result: { resultType: "complete", isError: true, structuredContent: end },
  });
  expect(await wire.settled(stored.waitId)).toMatchObject({
    status: "completed",
    result: { structuredContent: { reason: "ended", tasks: [end] } },
  });
  await wire.close();
});

test("a wait is answered in full after its tasks were pruned, whether it was over by then or not", async () => {
  const home = newHome();
  const first = new ModernWire(home);
  const [early, late] = [new Gate(home, "early"), new Gate(home, "late")];
  const gone = await first.handle("start_task", { command: early.command });
  const stays = await first.handle("start_task", { command: late.command });
  const over = await first.handle("wait_task", { task_ids: [gone.taskId] });
  const open = await first.handle("wait_task", { task_ids: [gone.taskId, stays.taskId] });
  const unwatched = await first.handle("wait_task", { task_ids: [gone.taskId, stays.taskId], until: "any" });
  await first.kill(); // so that nobody attends to them
  early.open();
  await cli(home, ["wait", gone.taskId]);
  expect((await cli(home, ["prune", "--keep", "0"])).stdout).toContain("removed 1 task");

  const second = new ModernWire(home);
  expect(await second.error("tasks/get", { taskId: gone.taskId })).toMatchObject({ code: -32602 });
  const told = { task_id: gone.taskId, status: "completed", exit_code: 0, output: "early is through\n" };
  for (const { taskId } of [over, unwatched])
    expect((await second.get(taskId)).result?.structuredContent).toMatchObject({
      reason: "ended",
      tasks: [told, ...(taskId === over.taskId ? [] : [{}])],
    });
  expect(await second.get(open.taskId)).toMatchObject({ status: "working" });
  late.open();
  expect((await second.settled(open.taskId)).result?.structuredContent).toMatchObject({
    reason: "ended",
    tasks: [told, { task_id: stays.taskId, output: "late is through\n" }],
  });
  await second.close();
});

test("waits are pruned with the rest: those that are over, by age, count and their own time", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { task_id } = await server.start("sleep 60");
  await server.close();
  const wire = new ModernWire(home);
  const waits: string[] = [];
  for (let n = 0; n < 4; n += 1) {
    const { taskId } = await wire.handle("wait_task", {
      task_ids: [task_id],
      timeout_seconds: n === 3 ? undefined : 0.05,
    });
    waits.push(taskId);
    if (n < 3) await wire.settled(taskId);
  }
  const [old = "", spent = "", young = "", open = ""] = waits;
  change(home, "UPDATE waits SET finished_at_ms = ? WHERE id = ?", Date.now() - 31 * 86_400_000, old);
  change(home, "UPDATE waits SET ttl_ms = 1 WHERE id = ?", spent);
  const left = async () => {
    const known = await Promise.all(
      waits.map(async (taskId) => !(await wire.error("tasks/get", { taskId })) && taskId),
    );
    return known.filter((id) => id !== false);
  };
  await cli(home, ["prune", "--dry-run"]);
  expect(await left()).toEqual([old, spent, young, open]);
  await cli(home, ["prune"]);
  expect(await left()).toEqual([young, open]);
  await cli(home, ["prune", "--keep", "0"]);
  expect(await left()).toEqual([open]);
  await wire.result("tasks/cancel", { taskId: task_id });
  await wire.close();
});

test("a wait that everybody forgot is ended by the clean-up, and goes in its time", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const gate = new Gate(home, "forgotten");
  const { taskId } = await wire.handle("start_task", { command: gate.command });
  const wait = await wire.handle("wait_task", { task_ids: [taskId] });
  await wire.kill();
  gate.open();
  await cli(home, ["wait", taskId]);
  change(home, "UPDATE waits SET created_at_ms = ? WHERE id = ?", Date.now() - 2 * 86_400_000, wait.taskId);
  await cli(home, ["prune"]);
  expect(look(home, "SELECT status FROM waits WHERE id = ?", wait.taskId)).toEqual({ status: "ended" });
});

test("every state's full form is as the extension's schema says", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const { taskId } = await wire.handle("start_task", { command: "echo x; exit 1" });
  const wait = await wire.handle("wait_task", { task_ids: [taskId] });
  for (const id of [taskId, ...("taskId" in wait ? [wait.taskId] : [])]) {
    const { resultType, _meta, ...task } = await wire.settled(id);
    expect({ resultType, named: _meta !== undefined }).toEqual({ resultType: "complete", named: true });
    expect(DetailedTaskV2Schema.safeParse(task).error).toBeUndefined();
  }
  await wire.close();
});

async function linesOf(stream: ReadableStream<Uint8Array>, count: number): Promise<string[]> {
  let text = "";
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk);
    if (text.split("\n").length > count) break;
  }
  return text.split("\n");
}

function supervisorOf(home: string, id: string): number | undefined {
  const row = look(home, "SELECT supervisor_pid AS pid FROM tasks WHERE id = ? AND pid IS NOT NULL", id);
  return (row as { pid: number } | null)?.pid;
}

function deadlineOf(home: string, id: string): unknown {
  return (look(home, "SELECT deadline_at_ms AS at FROM waits WHERE id = ?", id) as { at: unknown }).at;
}

function look(home: string, sql: string, ...values: string[]): unknown {
  const db = new Database(join(home, "backburner.db"), { readonly: true });
  try {
    return db.query(sql).get(...values);
  } finally {
    db.close();
  }
}

function change(home: string, sql: string, ...values: (string | number)[]): void {
  const db = new Database(join(home, "backburner.db"));
  db.run("PRAGMA busy_timeout = 5000");
  db.run(sql, values);
  db.close();
}
