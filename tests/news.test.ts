// finished_since_last_call: what a connection started and what has ended since, each told once.

import { expect, test } from "bun:test";
import { cli, gate } from "./helpers/cli.ts";
import { newHome, waitUntil } from "./helpers/home.ts";
import { Wire } from "./helpers/mcp.ts";
import { Server, type Shown } from "./helpers/server.ts";

interface News {
  finished_since_last_call?: Record<string, unknown>[];
}

/** Ends are made sure of by the CLI, which is no connection. */
async function ended(home: string, ...ids: string[]): Promise<void> {
  await cli(home, ["wait", ...ids]);
}

test("the next reply of any tool tells what has ended, once, in the order of the ends", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const [one, two] = [gate(home, "one"), gate(home, "two")];
  const first = await server.start(`${one.command}; exit 3`, { name: "build" });
  const second = await server.start(`${two.command}; kill -KILL $$`);
  two.open();
  await ended(home, second.task_id);
  one.open();
  await ended(home, first.task_id);
  const other = await server.start("sleep 60");
  expect(other.finished_since_last_call).toEqual([
    { task_id: second.task_id, status: "failed", signal: "SIGKILL", duration_seconds: expect.any(Number) },
    { task_id: first.task_id, name: "build", status: "failed", exit_code: 3, duration_seconds: expect.any(Number) },
  ]);
  expect(await server.status(other.task_id)).not.toHaveProperty("finished_since_last_call");
  await server.cancel(other.task_id);
  expect(await server.call<News>("list_tasks")).not.toHaveProperty("finished_since_last_call");
  await server.close();
});

test("an end that the reply is about is not told as well, and not later", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.push((await server.start("sleep 60")).task_id);
  const [waited = "", read = "", asked = "", cancelled = "", rest = ""] = ids;
  await cli(home, ["cancel", ...ids]);
  const news = async (tool: string, args: object) =>
    (await server.call<News>(tool, { ...args })).finished_since_last_call?.map(({ task_id }) => task_id);
  expect((await news("wait_task", { task_ids: [waited] }))?.toSorted()).toEqual(
    [read, asked, cancelled, rest].toSorted(),
  );
  expect(await news("task_result", { task_id: read })).toBeUndefined();

  const again: string[] = [];
  for (let n = 0; n < 4; n += 1) again.push((await server.start("sleep 60")).task_id);
  await cli(home, ["cancel", ...again]);
  expect(await news("task_status", { task_id: again[0] })).toHaveLength(3);
  expect(await news("list_tasks", {})).toBeUndefined();
  expect(await news("start_task", { command: "true", wait_seconds: 20 })).toBeUndefined();
  expect(await news("list_tasks", {})).toBeUndefined();
  await server.close();
});

test("of a hundred tasks too each end is told once", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const started = await Promise.all(Array.from({ length: 100 }, () => server.start("sleep 60")));
  const ids = started.map(({ task_id }) => task_id);
  await cli(home, ["cancel", ...ids]);
  const told: string[] = [];
  await waitUntil("all are told", async () => {
    const { finished_since_last_call: news = [] } = await server.call<News>("list_tasks", { status: "queued" });
    told.push(...news.map(({ task_id }) => String(task_id)));
    return told.length >= ids.length;
  });
  expect(told.toSorted()).toEqual(ids.toSorted());
  expect(await server.call("list_tasks", { status: "queued" })).not.toHaveProperty("finished_since_last_call");
  await server.close();
});

test("a call that waits tells the end itself: no other reply does meanwhile", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const { command, open } = gate(home);
  const { task_id } = await wire.call<Shown>("start_task", { command });
  const other = gate(home, "other");
  const { task_id: longer } = await wire.call<Shown>("start_task", { command: other.command });
  const waiting = wire.askTool("wait_task", { task_ids: [task_id, longer] });
  const words = wire.askTool("wait_task", { task_ids: [longer], pattern: "never" });
  open();
  await ended(home, task_id);
  expect(await wire.call("list_tasks", { limit: 1, status: "queued" })).not.toHaveProperty("finished_since_last_call");
  wire.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: waiting } });
  const told = await waitUntil("it is told after the wait was given up", async () => {
    return (await wire.call<News>("list_tasks", { limit: 1, status: "queued" })).finished_since_last_call;
  });
  expect(told).toMatchObject([{ task_id, status: "completed", exit_code: 0 }]);
  other.open();
  expect((await wire.answer(words)).result).toMatchObject({ structuredContent: { reason: "ended" } });
  await wire.close();
});

test("ends of others' tasks are not told, neither those of an earlier session nor those of the CLI", async () => {
  const home = newHome();
  const earlier = await Server.open(home);
  const { task_id } = await earlier.start("sleep 60");
  await earlier.close();
  const server = await Server.open(home);
  await cli(home, ["start", "--wait", "--", "true"]);
  await cli(home, ["cancel", task_id]);
  expect(await server.call("list_tasks", { limit: 1 })).not.toHaveProperty("finished_since_last_call");
  await server.close();
});

test("the text of a reply holds the news as well", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const { command, open } = gate(home);
  const { task_id } = await wire.call<Shown>("start_task", { command });
  open();
  await ended(home, task_id);
  const { content, structuredContent } = await wire.tool("list_tasks", { status: "queued" });
  expect(structuredContent?.finished_since_last_call).toMatchObject([{ task_id }]);
  expect(JSON.parse(content[0]?.text ?? "")).toEqual(structuredContent);
  await wire.close();
});
