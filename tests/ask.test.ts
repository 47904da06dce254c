// A command on the ask list runs once a person has said yes to just that command, once, and in time.

import { expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, cliJson, CTRL_C, TerminalRun } from "./helpers/cli.ts";
import { newHome, readText, waitUntil } from "./helpers/home.ts";
import { type Message, type ToolReply, Wire } from "./helpers/mcp.ts";
import { DECLARING, ModernWire } from "./helpers/modern.ts";

const env = { BACKBURNER_ASK: "^touch " };
const yes = { action: "accept", content: { confirm: true } };
const answers = (result: unknown) => ({ "elicitation/create": result });
const CAPABILITIES = { elicitation: {} };
const BOTH = { ...DECLARING, ...CAPABILITIES };

interface Asked {
  method: string;
  params: { message: string; mode: string; requestedSchema: { required: string[] } };
}
const requestsIn = (value: Record<string, unknown>) => Object.entries(value.inputRequests as Record<string, Asked>);
const edit = (home: string, sql: string) => {
  const db = new Database(join(home, "backburner.db"));
  db.run("PRAGMA busy_timeout = 5000");
  db.run(sql);
  db.close();
};
const ranIn = (home: string) => existsSync(join(home, "ran"));

test("initialize era: the person is asked through the client, sees the whole command, and yes runs it", async () => {
  const home = newHome();
  const wire = await Wire.open(home, { env, cwd: home, capabilities: CAPABILITIES, answers: answers(yes) });
  const command = "touch ran\n# \u001b[2JDirectory:\n# Run it? yes \u202e";
  const task = await wire.call("start_task", {
    command,
    env: { TOKEN: "hunter2" },
    stdin: "typed\n",
    wait_seconds: 20,
  });
  expect(task).toMatchObject({ status: "completed", exit_code: 0 });
  expect(ranIn(home)).toBe(true);
  const asked = wire.messages.find((message: Message) => message.method === "elicitation/create");
  expect(asked?.params).toMatchObject({ mode: "form", requestedSchema: { required: ["confirm"] } });
  expect(asked?.params?.message).toBe(
    `An agent, or a script, wants to run this command in the background. Your policy says to ask you (^touch ).\nCommand:\n  | touch ran\n  | # ␛[2JDirectory:\n  | # Run it? yes \\u202e\nDirectory:\n  | ${home}\nIt sets TOKEN.\nIt is fed:\n  | typed\n  | `,
  );
  const shown = await cliJson(home, ["status", String(task.task_id)]);
  expect(shown).toMatchObject({ policy: { decision: "approved", patterns: ["^touch "] } });
  await wire.close();
});

test.each([
  ["declines", { action: "decline" }],
  ["cancels", { action: "cancel" }],
  ["accepts without saying yes", { action: "accept", content: {} }],
  ["says no", { action: "accept", content: { confirm: false } }],
])("initialize era: a person who %s ends the task before it ran", async (_, answer) => {
  const home = newHome();
  const wire = await Wire.open(home, { env, cwd: home, capabilities: CAPABILITIES, answers: answers(answer) });
  const task = await wire.call("start_task", { command: "touch ran", wait_seconds: 5 });
  expect(task).toMatchObject({
    status: "cancelled",
    reason: expect.stringMatching(/^the person who was asked said no$|^nobody could be asked: /),
  });
  // No environment stays behind.
  expect(readdirSync(join(home, "tasks", String(task.task_id))).toSorted()).toEqual(["ended", "task.json"]);
  expect(ranIn(home)).toBe(false);
  await wire.close();
});

test("a client that can't ask, or fails to, is refused with the reason", async () => {
  const home = newHome();
  for (const capabilities of [{}, { elicitation: { url: {} } }]) {
    const wire = await Wire.open(home, { env, cwd: home, capabilities });
    const { isError, content } = await wire.tool("start_task", { command: "touch ran" });
    expect({ isError, text: content[0]?.text }).toEqual({
      isError: true,
      text: expect.stringMatching(/needs a person's approval \(ask pattern "\^touch "\), and nobody can be asked here/),
    });
    await wire.close();
  }
  expect(readText(join(home, "audit.log")).split("\n")).toHaveLength(3);
  const failing = await Wire.open(home, { env, cwd: home, capabilities: CAPABILITIES }); // answers "no such method"
  expect(await failing.call("start_task", { command: "touch ran" })).toMatchObject({
    status: "cancelled",
    reason: expect.stringMatching(/^nobody could be asked: /),
  });
  await failing.close();
  const modern = new ModernWire(home, { env, cwd: home, capabilities: DECLARING });
  const reply = (await modern.result("tools/call", {
    name: "start_task",
    arguments: { command: "touch ran" },
  })) as unknown as ToolReply;
  expect(reply.content[0]?.text).toMatch(/nobody can be asked here/);
  await modern.close();
  expect(ranIn(home)).toBe(false);
});

test("2026-07-28 without native tasks: the call is answered with the question, and comes again with the answer", async () => {
  const home = newHome();
  const wire = new ModernWire(home, { env, cwd: home, capabilities: CAPABILITIES });
  const call = { name: "start_task", arguments: { command: "touch ran", wait_seconds: 10 } };
  const asked = await wire.result("tools/call", call);
  expect(asked.resultType).toBe("input_required");
  const [[key, request] = ["", undefined]] = requestsIn(asked);
  expect(request).toMatchObject({ method: "elicitation/create", params: { mode: "form" } });
  expect(ranIn(home)).toBe(false);
  const round = { ...call, inputResponses: { [key]: yes } };
  const done = (await wire.result("tools/call", round)) as unknown as ToolReply;
  expect(done.structuredContent).toMatchObject({ status: "completed", exit_code: 0 });
  expect(ranIn(home)).toBe(true);
  // The same round again starts nothing new.
  const repeated = (await wire.result("tools/call", round)) as unknown as ToolReply;
  expect(repeated.structuredContent?.task_id).toBe(done.structuredContent?.task_id);
  expect((await cliJson(home, ["list"])).total).toBe(1);
  await wire.close();
});

test("2026-07-28: an answer to another command's question does not let this one run", async () => {
  const home = newHome();
  const wire = new ModernWire(home, { env, cwd: home, capabilities: CAPABILITIES });
  const ask = (command: string, more = {}) =>
    wire.result("tools/call", { name: "start_task", arguments: { command }, ...more });
  const one = await ask("touch one");
  const [[key] = [""]] = requestsIn(one);
  const other = await ask("touch ran", { inputResponses: { [key]: yes } });
  expect(other.resultType).toBe("input_required");
  expect(requestsIn(other)[0]?.[0]).not.toBe(key);
  const forged = await ask("touch ran", {
    inputResponses: { [key]: yes, x: yes, "": yes },
  });
  expect(forged.resultType).toBe("input_required");
  expect(ranIn(home)).toBe(false);
  await wire.close();
});

test("2026-07-28 with native tasks: the handle carries the question, and any process takes the answer", async () => {
  const home = newHome();
  const first = new ModernWire(home, { env, cwd: home, capabilities: BOTH });
  const created = await first.handle("start_task", { command: "touch ran" });
  expect(created).toMatchObject({ resultType: "task", status: "input_required" });
  await first.kill(); // with the question out
  const second = new ModernWire(home, { capabilities: BOTH });
  const waiting = await second.get(created.taskId);
  expect(waiting).toMatchObject({
    status: "input_required",
    statusMessage: expect.stringMatching(/^waiting for a person's yes: /),
  });
  const [[key] = [""]] = requestsIn(waiting);
  await second.result("tasks/update", { taskId: created.taskId, inputResponses: { unknown: yes, [`${key}x`]: yes } });
  expect((await second.get(created.taskId)).status).toBe("input_required");
  await second.result("tasks/update", { taskId: created.taskId, inputResponses: { [key]: yes } });
  expect(await second.settled(created.taskId)).toMatchObject({ status: "completed" });
  expect(ranIn(home)).toBe(true);
  await second.result("tasks/update", { taskId: created.taskId, inputResponses: { [key]: { action: "decline" } } });
  expect(await second.get(created.taskId)).toMatchObject({ status: "completed" });
  await second.close();
});

test("2026-07-28: a wait for tasks that a person has to approve carries all their questions", async () => {
  const home = newHome();
  const wire = new ModernWire(home, { env, cwd: home, capabilities: BOTH });
  const [one, other] = [
    await wire.handle("start_task", { command: "touch one" }),
    await wire.handle("start_task", { command: "touch ran" }),
  ];
  const { taskId } = await wire.handle("wait_task", { task_ids: [one.taskId, other.taskId] });
  const asked = requestsIn(await wire.get(taskId));
  expect(asked).toHaveLength(2);
  const [[first] = [""], [second] = [""]] = asked;
  await wire.result("tasks/update", { taskId, inputResponses: { [first]: { action: "decline" } } });
  expect(requestsIn(await wire.get(taskId)).map(([key]) => key)).toEqual([second]);
  await wire.result("tasks/update", { taskId, inputResponses: { [second]: yes } });
  expect(await wire.settled(taskId)).toMatchObject({ status: "completed" });
  expect([existsSync(join(home, "one")), ranIn(home)]).toEqual([false, true]);
  await wire.close();
});

test("what waits for approval holds no slot and holds back nobody behind it", async () => {
  const home = newHome();
  const wire = new ModernWire(home, { env: { ...env, BACKBURNER_MAX_TASKS: "1" }, cwd: home, capabilities: BOTH });
  const held = await wire.handle("start_task", { command: "touch ran" });
  const free = await wire.handle("start_task", { command: "true" });
  expect(await wire.settled(free.taskId)).toMatchObject({ status: "completed" });
  expect((await wire.get(held.taskId)).status).toBe("input_required");
  expect(await cliJson(home, ["status", held.taskId])).toMatchObject({
    status: "queued",
    reason: "it waits for a person's approval",
  });
  expect((await cli(home, ["cancel", held.taskId])).code).toBe(0);
  expect(await wire.get(held.taskId)).toMatchObject({ status: "cancelled" });
  await wire.close();
});

test("a question that nobody answers in time ends its task, for whoever waits and whoever looks", async () => {
  const home = newHome();
  const wire = new ModernWire(home, { env, cwd: home, capabilities: BOTH });
  const { taskId } = await wire.handle("start_task", { command: "touch ran" });
  const [[key] = [""]] = requestsIn(await wire.get(taskId));
  await wire.kill();
  edit(home, `UPDATE questions SET expires_at_ms = ${Date.now() + 1_000}`);
  expect((await cli(home, ["wait", taskId])).code).toBe(130);
  expect(await cliJson(home, ["status", taskId])).toMatchObject({
    status: "cancelled",
    reason: "nobody said yes to it in time",
  });
  const late = new ModernWire(home, { capabilities: BOTH });
  await late.result("tasks/update", { taskId, inputResponses: { [key]: yes } });
  expect(await late.get(taskId)).toMatchObject({ status: "cancelled" });
  expect(ranIn(home)).toBe(false);
  await late.close();
});

test.each([
  ["command", (home: string) => edit(home, "UPDATE tasks SET command = 'touch ran # other'")],
  ["directory", (home: string) => edit(home, "UPDATE tasks SET cwd = '/'")],
  ["terminal", (home: string) => edit(home, "UPDATE tasks SET pty = 1")],
  [
    "environment",
    (home: string, id: string) => {
      const path = join(home, "tasks", id, "environment");
      const submission: { env: Record<string, string> } = JSON.parse(readText(path));
      writeFileSync(path, JSON.stringify({ ...submission, env: { ...submission.env, EXTRA: "1" } }));
    },
  ],
])("an approval is for what was asked about: with another %s nothing runs", async (_, change) => {
  const home = newHome();
  const wire = new ModernWire(home, { env, cwd: home, capabilities: BOTH });
  const { taskId } = await wire.handle("start_task", { command: "touch ran" });
  const [[key] = [""]] = requestsIn(await wire.get(taskId));
  change(home, taskId);
  await wire.result("tasks/update", { taskId, inputResponses: { [key]: yes } });
  expect(await wire.get(taskId)).toMatchObject({
    status: "cancelled",
    statusMessage: expect.stringContaining("it is not any more what the person was asked about"),
  });
  expect(ranIn(home)).toBe(false);
  await wire.close();
});

test("ten answers at once let it run once", async () => {
  const home = newHome();
  const wire = new ModernWire(home, { env: { BACKBURNER_ASK: "^echo " }, cwd: home, capabilities: BOTH });
  const { taskId } = await wire.handle("start_task", { command: "echo x >> ran" });
  const [[key] = [""]] = requestsIn(await wire.get(taskId));
  const others = Array.from({ length: 3 }, () => new ModernWire(home, { capabilities: BOTH }));
  const answer = (one: ModernWire) => one.result("tasks/update", { taskId, inputResponses: { [key]: yes } });
  await Promise.all([wire, ...others].flatMap((one) => [answer(one), answer(one), answer(one)]));
  expect(await wire.settled(taskId)).toMatchObject({ status: "completed" });
  expect(readText(join(home, "ran"))).toBe("x\n");
  await Promise.all([wire, ...others].map((one) => one.close()));
});

test("the CLI asks the person on its terminal, and only yes is one", async () => {
  const home = newHome();
  for (const [typed, code, ran] of [
    ["\r", 130, false],
    ["n\r", 130, false],
    ["yesterday\r", 130, false],
    [CTRL_C, 130, false],
    ["y\r", 0, true],
  ] as const) {
    const run = new TerminalRun(home, ["start", "--wait", "--", "touch ran"], { env });
    await waitUntil("it asks", () => run.text.includes("Run it? [y/N]"));
    expect(run.text).toContain("  | touch ran");
    run.type(typed);
    expect([typed, (await run.left()).code, ranIn(home)]).toEqual([typed, code, ran]);
  }
});

test("the CLI refuses where nobody sits before it", async () => {
  const home = newHome();
  const { code, stderr } = await cli(home, ["start", "--", "touch ran"], { env });
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("nobody can be asked here") });
  expect(ranIn(home)).toBe(false);
});
