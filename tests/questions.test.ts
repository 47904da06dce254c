// A task that a person has to say yes to first, as a client of 2026-07-28 is asked. The fixtures of the conformance suite ask.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { getOpenQuestions, getUnanswered } from "../src/store/questions.ts";
import { openStore } from "../src/store/open.ts";
import { deleteEnded } from "../src/store/prune.ts";
import { getTask } from "../src/store/read.ts";
import { reserveSlots } from "../src/store/slots.ts";
import { answerQuestion, endQueued, insertTask } from "../src/store/write.ts";
import { newTaskId } from "../src/task.ts";
import { cli, cliJson } from "./helpers/cli.ts";
import { newHome, waitUntil } from "./helpers/home.ts";
import { DECLARING, type ModernTask, ModernWire } from "./helpers/modern.ts";

const ASKING = [process.execPath, join(import.meta.dir, "conformance/stdio.ts")];

const yes = { action: "accept", content: { confirm: true } };

interface Asked extends ModernTask {
  inputRequests?: Record<string, unknown>;
}

/** A client that can ask its person. */
const capabilities = { ...DECLARING, elicitation: {} };
const asking = (home: string, env = {}) => new ModernWire(home, { command: ASKING, env, capabilities });
const keysOf = (task: Asked) => Object.keys(task.inputRequests ?? {});
const confirm = (wire: ModernWire) => wire.handle("confirm_delete", { filename: "a.txt" });
const update = (wire: ModernWire, taskId: string, inputResponses: Record<string, unknown>) =>
  wire.result("tasks/update", { taskId, inputResponses });

test("a task that is asked about waits for the answer, and a yes lets it run", async () => {
  const wire = asking(newHome());
  const { taskId, status, inputRequests } = await confirm(wire);
  expect({ status, inputRequests }).toEqual({ status: "input_required", inputRequests: undefined });
  const asked: Asked = await wire.get(taskId);
  expect(asked).toMatchObject({
    status: "input_required",
    statusMessage: "waiting for a person's yes: Delete the file?",
  });
  expect(Object.values(asked.inputRequests ?? {})).toEqual([
    {
      method: "elicitation/create",
      params: {
        mode: "form",
        message: "Delete the file?",
        requestedSchema: {
          type: "object",
          properties: { confirm: { type: "boolean", title: "Run it", default: false } },
          required: ["confirm"],
        },
      },
    },
  ]);
  const [key = ""] = keysOf(asked);
  expect(await update(wire, taskId, { [key]: yes })).toEqual({ resultType: "complete", _meta: expect.any(Object) });
  expect(await wire.settled(taskId)).toMatchObject({
    status: "completed",
    result: { structuredContent: { output: "as if a.txt were deleted\n" } },
  });
  await wire.close();
});

test.each([
  ["decline", { action: "decline" }],
  ["cancel", { action: "cancel" }],
  ["an accepted no", { action: "accept", content: { confirm: false } }],
  ["accept without a word", { action: "accept", content: {} }],
])("%s is a no: the task never runs", async (_, response) => {
  const home = newHome();
  const wire = asking(home);
  const { taskId } = await confirm(wire);
  const [key = ""] = keysOf(await wire.get(taskId));
  await update(wire, taskId, { [key]: response });
  expect(await wire.get(taskId)).toMatchObject({ status: "cancelled" });
  await update(wire, taskId, { [key]: yes }); // too late
  expect(await cliJson(home, ["status", taskId])).toMatchObject({
    status: "cancelled",
    reason: "the person who was asked said no",
  });
  expect(await cliJson(home, ["status", taskId])).not.toHaveProperty("started_at");
  await wire.close();
});

test("answers to what was not asked, or that are none, change nothing", async () => {
  const wire = asking(newHome());
  const [first, second] = [await confirm(wire), await confirm(wire)];
  const [key = ""] = keysOf(await wire.get(first.taskId));
  for (const responses of [{ other: yes }, { [key]: { ignored: true } }, { [key]: "yes" }, {}])
    await update(wire, first.taskId, responses);
  await update(wire, second.taskId, { [key]: yes }); // the key is that of the other task
  for (const { taskId } of [first, second]) expect(await wire.get(taskId)).toMatchObject({ status: "input_required" });
  expect(keysOf(await wire.get(first.taskId))).toEqual([key]);
  await wire.close();
});

test("of two questions each is answered by itself, and the last yes counts", async () => {
  const wire = asking(newHome());
  const { taskId } = await wire.handle("multi_input", {});
  const [first = "", second = ""] = keysOf(await wire.get(taskId));
  await update(wire, taskId, { [first]: yes });
  const half: Asked = await wire.get(taskId);
  expect({ status: half.status, keys: keysOf(half) }).toEqual({ status: "input_required", keys: [second] });
  await update(wire, taskId, { [first]: { action: "decline" } }); // it has been answered
  await update(wire, taskId, { [second]: yes });
  expect(await wire.settled(taskId)).toMatchObject({ status: "completed" });
  await wire.close();
});

test("a server of another process hears the answer, and a handle of a wait asks what its tasks ask", async () => {
  const home = newHome();
  const [one, other] = [asking(home), new ModernWire(home, { capabilities })];
  const { taskId } = await confirm(one);
  await one.kill();
  const wait: Asked = await other.handle("wait_task", { task_ids: [taskId] });
  const asked: Asked = await other.get(wait.taskId);
  expect(asked).toMatchObject({ status: "input_required" });
  expect(asked.inputRequests).toEqual(((await other.get(taskId)) as Asked).inputRequests ?? {});
  const [key = ""] = keysOf(asked);
  await update(other, wait.taskId, { [key]: yes });
  expect(await other.settled(wait.taskId)).toMatchObject({ status: "completed" });
  expect(await other.get(taskId)).toMatchObject({ status: "completed" });
  await other.close();
});

test("a client that can't ask is told that the task waits, and is asked nothing", async () => {
  const home = newHome();
  const [asks, doesNot] = [asking(home), new ModernWire(home)];
  const { taskId } = await confirm(asks);
  const task: Asked = await doesNot.get(taskId);
  expect(task).toMatchObject({ status: "working", statusMessage: "waiting for a person's yes: Delete the file?" });
  expect(task.inputRequests).toBeUndefined();
  await Promise.all([asks.close(), doesNot.close()]);
});

test("the queue passes over what is asked about, which takes its place once it may run", async () => {
  const home = newHome();
  const wire = asking(home, { BACKBURNER_MAX_TASKS: "1" });
  const { taskId } = await confirm(wire);
  expect((await cli(home, ["start", "--wait", "--", "true"])).code).toBe(0);
  expect(await wire.get(taskId)).toMatchObject({ status: "input_required" });
  const [key = ""] = keysOf(await wire.get(taskId));
  await update(wire, taskId, { [key]: yes });
  expect(await wire.settled(taskId)).toMatchObject({ status: "completed" });
  await wire.close();
});

test("cancelling a task that waits for an answer ends it, and nothing is asked any more", async () => {
  const home = newHome();
  const wire = asking(home);
  const { taskId } = await confirm(wire);
  const waiting = cli(home, ["wait", taskId]);
  const [key = ""] = keysOf(await wire.get(taskId));
  await wire.result("tasks/cancel", { taskId });
  const task: Asked = await wire.get(taskId);
  expect({ status: task.status, keys: keysOf(task) }).toEqual({ status: "cancelled", keys: [] });
  await update(wire, taskId, { [key]: yes });
  expect(await wire.get(taskId)).toMatchObject({ status: "cancelled" });
  expect((await waiting).code).toBe(130);
  await wire.close();
});

const task = (expiresAtMs: number) => {
  const id = newTaskId();
  return {
    id,
    command: "true",
    cwd: "/",
    shell: ["sh", "-c"],
    maxTasks: 1,
    maxOutputBytes: 1e6,
    interactive: false,
    pty: false,
    questions: [{ key: `${id}-1`, message: "May it?", digest: "d", expiresAtMs }],
  };
};

test("what nobody answers in time is cancelled by whoever looks next", async () => {
  const home = newHome();
  const store = openStore(home);
  const late = task(Date.now() - 1);
  expect(insertTask(store, late)).toEqual([]);
  await Bun.write(join(home, "tasks", late.id, "environment"), "{}");
  expect(getUnanswered(store)).toEqual([late.id]);
  const status = await waitUntil("it is over", async () => cliJson(home, ["status", late.id]));
  expect(status).toMatchObject({ status: "cancelled", reason: "nobody said yes to it in time" });
  expect(getUnanswered(store)).toEqual([]);
});

test("an answer counts once, together with what follows from it", () => {
  const store = openStore(newHome());
  const [first, second] = [task(Date.now() + 60_000), task(Date.now() + 60_000)];
  for (const one of [first, second]) insertTask(store, one);
  const question = (one: typeof first) => ({ key: `${one.id}-1`, taskId: one.id, message: "May it?", digest: "d" });
  const no = { status: "cancelled" } as const;
  expect(answerQuestion(store, question(first), no)).toEqual({ won: true, launch: [] });
  expect(getTask(store, first.id)).toMatchObject({ status: "cancelled" });
  expect(answerQuestion(store, question(first), undefined)).toEqual({ won: false, launch: [] });
  expect(answerQuestion(store, question(second), undefined)).toEqual({ won: true, launch: [second.id] });
  expect(answerQuestion(store, question(second), no)).toEqual({ won: false, launch: [] });
  expect(getTask(store, second.id)).toMatchObject({ status: "queued", reservedAtMs: expect.any(Number) });
});

test("questions go with their task", () => {
  const store = openStore(newHome());
  const asked = task(Date.now() + 60_000);
  insertTask(store, asked);
  expect(reserveSlots(store)).toEqual([]);
  expect(getOpenQuestions(store, asked.id)).toEqual([
    { key: `${asked.id}-1`, taskId: asked.id, message: "May it?", digest: "d" },
  ]);
  endQueued(store, asked.id, { status: "cancelled" });
  expect(getOpenQuestions(store, asked.id)).toEqual([]);
  expect(deleteEnded(store, asked.id)).toBe(true);
  expect(store.query("SELECT count(*) AS n FROM questions").get()).toEqual({ n: 0 });
});
