// Slots and the queue: never more than allowed, first in first out, each task with its own submitter's environment.

import { expect, test } from "bun:test";
import { Glob } from "bun";
import { join } from "node:path";
import { openStore } from "../src/store/open.ts";
import { cli } from "./helpers/cli.ts";
import { newHome, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

test("25 tasks with 4 slots: never more than 4 at once, first in first out, each with its own environment", async () => {
  const home = newHome();
  const servers = await Promise.all(
    Array.from({ length: 5 }, (_, n) => Server.open(home, { BACKBURNER_MAX_TASKS: "4", SUBMITTER: `needle-${n}` })),
  );
  const ids: string[] = [];
  for (let n = 0; n < 25; n += 1) {
    const server = servers[n % 5] as Server;
    // One write each, so that lines of tasks that run at once stay whole.
    const task = await server.start(
      `echo "+${n} $SUBMITTER" >> '${home}/journal'; sleep 0.25; echo "-${n}" >> '${home}/journal'`,
    );
    ids.push(task.task_id);
  }
  const ended = await (servers[0] as Server).ended(...ids);
  expect(ended.map((task) => task.status)).toEqual(Array(25).fill("completed"));
  const journal = readText(join(home, "journal")).trim().split("\n");
  let atOnce = 0;
  let most = 0;
  for (const line of journal) most = Math.max(most, (atOnce += line.startsWith("+") ? 1 : -1));
  expect(most).toBe(4);
  const submitters = journal
    .filter((line) => line.startsWith("+"))
    .toSorted((a, b) => Number.parseInt(a) - Number.parseInt(b));
  expect(submitters).toEqual(Array.from({ length: 25 }, (_, n) => `+${n} needle-${n % 5}`));
  // Slots are handed out in order, in a write transaction each: reserved for a supervisor that is sent, or claimed by one that goes on.
  // How soon a command then runs is up to its supervisor's start.
  const rows = openStore(home)
    .query<{ id: string }, []>("SELECT id FROM tasks ORDER BY coalesce(reserved_at_ms, started_at_ms), seq")
    .all();
  expect(rows.map(({ id }) => id)).toEqual(ids);
  await Promise.all(servers.map((server) => server.close()));
});

test("one slot runs tasks exactly in the order they came", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const tasks = [];
  for (let n = 0; n < 30; n += 1) tasks.push(await server.start(`echo ${n} >> '${home}/order'`));
  await server.ended(...tasks.map((task) => task.task_id));
  expect(readText(join(home, "order")).trim().split("\n")).toEqual(Array.from({ length: 30 }, (_, n) => String(n)));
  await server.close();
});

test("a task that waits says what for, and how many come before it", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "2" });
  const tasks = [];
  for (let n = 0; n < 5; n += 1) tasks.push(await server.start("exec sleep 60"));
  const [running = "", , first = "", second = "", third = ""] = tasks.map((task) => task.task_id);
  const reason = async (id: string) => (await server.status(id)).reason;
  await waitUntil("it runs", async () => (await server.status(running)).status === "working");
  expect(await reason(running)).toBeUndefined();
  expect(await reason(first)).toBe("it waits for a free slot: 2 of 2 are taken");
  expect(await reason(second)).toBe("it waits for a free slot, after 1 other task: 2 of 2 are taken");
  expect(await reason(third)).toBe("it waits for a free slot, after 2 other tasks: 2 of 2 are taken");
  expect((await cli(home, ["status", third])).stdout).toMatch(/^reason +it waits for a free slot, after 2/m);
  await server.cancel(first);
  expect(await reason(second)).toBe("it waits for a free slot: 2 of 2 are taken");
  await Promise.all([running, second, third].map((id) => server.cancel(id)));
  await server.close();
});

test("a burst is served by one process per slot", async () => {
  const server = await Server.open(newHome(), { BACKBURNER_MAX_TASKS: "1" });
  const blocker = await server.start("sleep 0.3");
  const tasks = [];
  for (let n = 0; n < 5; n += 1) tasks.push(await server.start("echo $PPID"));
  await server.ended(blocker.task_id, ...tasks.map((task) => task.task_id));
  const parents = new Set<unknown>();
  for (const { task_id } of tasks) parents.add((await server.call("task_result", { task_id })).output);
  expect(parents.size).toBe(1);
  await server.close();
});

test("tasks that come a little slower than they end share processes too", async () => {
  const server = await Server.open(newHome(), { BACKBURNER_MAX_TASKS: "1" });
  const parents: unknown[] = [];
  for (let n = 0; n < 30; n += 1) parents.push((await server.run("echo $PPID")).output);
  expect(new Set(parents).size).toBeLessThan(30); // a supervisor waits for moments only, and the machine may be busy
  await server.close();
});

test("a search of every byte below the home finds nothing of an environment after the start", async () => {
  const home = newHome();
  const needle = `needle-${crypto.randomUUID()}`;
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1", SECRET: needle });
  const tasks = [
    await server.start("sleep 0.2", { env: { OTHER: needle } }),
    await server.start("true"),
    await server.start("sleep 60"),
  ];
  await server.ended(...tasks.slice(0, 2).map((task) => task.task_id));
  await waitUntil("the third runs", async () => (await server.status(tasks[2]?.task_id ?? "")).pid);
  let files = 0;
  for (const path of new Glob("**/*").scanSync({ cwd: home, dot: true, onlyFiles: true, absolute: true })) {
    files += 1;
    expect({ path, found: Buffer.from(await Bun.file(path).arrayBuffer()).includes(needle) }).toEqual({
      path,
      found: false,
    });
  }
  expect(files).toBeGreaterThan(4);
  await server.cancel(tasks[2]?.task_id ?? "");
  await server.close();
});

test("a server with a higher limit fills the slots it sees free, behind those who came first", async () => {
  const home = newHome();
  const small = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const large = await Server.open(home, { BACKBURNER_MAX_TASKS: "3" });
  const first = await small.start("sleep 60");
  const waiting = await small.start("sleep 60");
  const behind = await large.start("sleep 60");
  // The head of the queue may have one slot in all, and it holds back who came later.
  expect([waiting.status, behind.status]).toEqual(["queued", "queued"]);
  await small.cancel(waiting.task_id);
  await waitUntil("the third runs beside the first", async () => (await large.status(behind.task_id)).pid);
  expect((await small.status(first.task_id)).status).toBe("working");
  await large.cancel(first.task_id);
  await large.cancel(behind.task_id);
  await Promise.all([small.close(), large.close()]);
});
