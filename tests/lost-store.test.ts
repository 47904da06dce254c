// The store's file is deleted, emptied or damaged: it is made again from what is left, what was damaged is kept aside, tasks run on.

import { expect, test } from "bun:test";
import { closeSync, openSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../src/store/open.ts";
import { cli, cliJson, startTask } from "./helpers/cli.ts";
import { isRunning, kill, newHome, parentOf, processesWith, waitUntil } from "./helpers/home.ts";
import { Wire } from "./helpers/mcp.ts";
import { Server, type Shown } from "./helpers/server.ts";

const storeOf = (home: string) => join(home, "backburner.db");
const deleteStore = (home: string) => {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(storeOf(home) + suffix, { force: true });
};
/** All of it is in the file itself then. */
const emptyLog = (home: string) => {
  const store = openStore(home);
  store.run("PRAGMA wal_checkpoint(TRUNCATE)");
  store.close();
};
const asideOf = (home: string) => readdirSync(home).filter((name) => /\.broken-\w+$/.test(name));

/** A home with a task of each kind: they have ended, one runs until `open`, one waits behind it. */
async function peopled(server: Server, home: string) {
  const gate = join(home, "gate");
  const done = await server.run("echo done", { name: "the done one" });
  const failed = await server.run("sleep 0.05; echo oops >&2; exit 3");
  const running = await server.start(`until [ -e '${gate}' ]; do sleep 0.02; done; echo through; exit 4`);
  const { pid } = await waitUntil("it runs", async () => {
    const now = await server.status(running.task_id);
    return now.pid !== undefined && { pid: now.pid };
  });
  await waitUntil("its card is written", () => readdirSync(join(home, "tasks", running.task_id)).includes("task.json"));
  const queued = await server.start("echo queued");
  return { done, failed, running, queued, pid, open: () => writeFileSync(gate, "") };
}

const same = ({ task_id, name, command, cwd, status, exit_code, output_bytes, created_at, finished_at }: Shown) => ({
  task_id,
  name,
  command,
  cwd,
  status,
  exit_code,
  output_bytes,
  created_at,
  finished_at,
});

test("a store that was deleted: ended tasks are found again, a running one goes on to its true end, a queued one is told of", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const { done, failed, running, queued, pid, open } = await peopled(server, home);
  deleteStore(home);
  const { tasks } = await cliJson(home, ["list"]);
  const [third, second, first] = (tasks as Shown[]).filter((task) => task.task_id !== queued.task_id);
  expect(same(first as Shown)).toEqual(same(done));
  expect(same(second as Shown)).toEqual(same(failed));
  expect(third).toMatchObject({ task_id: running.task_id, status: "working", pid });
  // The server that was there before goes on as well.
  expect(await server.status(queued.task_id)).toMatchObject({
    status: "interrupted",
    command: "echo queued",
    reason: "the store was lost while it was queued: it never ran",
  });
  expect(await server.call("task_result", { task_id: failed.task_id })).toMatchObject({ output: "oops\n" });
  open();
  expect(await server.ended(running.task_id)).toMatchObject([{ status: "failed", exit_code: 4, output: "through\n" }]);
  expect(await server.run("echo after")).toMatchObject({ status: "completed" });
  await server.close();
});

test("a store whose file alone was deleted, and not its log: what follows is recorded as it is", async () => {
  const home = newHome();
  const env = { BACKBURNER_MAX_TASKS: "3" };
  const server = await Server.open(home, env);
  for (let at = 0; at < 10; at += 1) await server.start("sleep 0.1; exit 3");
  rmSync(storeOf(home));
  const ids: string[] = [];
  for (let at = 0; at < 10; at += 1) ids.push(await startTask(home, ["--", "sleep 0.05; echo ran; exit 3"], { env }));
  const ended = await server.ended(...ids);
  expect(ended.map(({ status, exit_code, output }) => ({ status, exit_code, output }))).toEqual(
    ids.map(() => ({ status: "failed", exit_code: 3, output: "ran\n" })),
  );
  expect(asideOf(home)).toEqual([]);
  await server.close();
});

test("no task of a deleted store is found with a slot that it had kept for a moment", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  for (let n = 0; n < 3; n += 1) await server.run("sleep 0.1"); // beside so long a task its card is written at once
  await waitUntil("no supervisor is left", () => processesWith(`BACKBURNER_HOME=${home}`).length === 1);
  await server.close();
  deleteStore(home);
  expect(openStore(home).query("SELECT status, slot FROM tasks").all()).toEqual(
    Array.from({ length: 3 }, () => ({ status: "completed", slot: 0 })),
  );
});

test("the running task of a deleted store whose supervisor dies is interrupted, and its tree ended", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { running, pid } = await peopled(server, home);
  await server.close();
  deleteStore(home);
  kill(parentOf(pid), "SIGKILL");
  await waitUntil("its supervisor is dead", async () => {
    const { status } = await cliJson(home, ["status", running.task_id]);
    return status === "interrupted";
  });
  expect(isRunning(pid)).toBe(false);
  expect(processesWith(`BACKBURNER_TASK_ID=${running.task_id}`)).toEqual([]);
});

test("whoever waits for a task while the store is deleted learns of its end", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { running, open } = await peopled(server, home);
  const waiting = server.ended(running.task_id);
  deleteStore(home);
  open();
  expect(await waiting).toMatchObject([{ status: "failed", exit_code: 4 }]);
  await server.close();
});

for (const [how, damage] of [
  ["whose beginning was overwritten", (path: string) => overwrite(path, 0, Buffer.from("garbage, garbage, garbage"))],
  [
    "whose pages were overwritten",
    (path: string) => overwrite(path, 4096, Buffer.alloc(statSync(path).size - 4096, 0xa5)),
  ],
  ["that is another file altogether", (path: string) => writeFileSync(path, "not a database at all\n".repeat(1000))],
  ["that was emptied", (path: string) => truncateSync(path, 0)],
  ["that was cut off", (path: string) => truncateSync(path, 5000)],
] as const) {
  test(`a store ${how} is kept aside, and a new one made of the cards`, async () => {
    const home = newHome();
    const ids = [];
    for (const code of [0, 1, 2])
      ids.push(await startTask(home, ["--wait", "--name", `task ${code}`, "--", `exit ${code}`]).catch(() => ""));
    const before = (await cliJson(home, ["list"])).tasks;
    emptyLog(home);
    for (const suffix of ["-wal", "-shm"]) rmSync(storeOf(home) + suffix, { force: true });
    damage(storeOf(home));
    let ran = await cli(home, ["list", "--json"]);
    if (ran.code !== 0) {
      expect(ran.stderr).toMatch(/was damaged: it is kept as .*broken-.*; look at "backburner list", and try again/);
      ran = await cli(home, ["list", "--json"]);
    }
    expect(JSON.parse(ran.stdout).tasks).toEqual(before);
    expect(asideOf(home)).toHaveLength(how === "that was emptied" ? 0 : 1);
    expect((await cli(home, ["start", "--wait", "--", "exit 7"])).code).toBe(7);
  });
}

test("a store that is damaged under a server and a running task: told once, then all goes on", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const { done, running, open } = await peopled(server, home);
  emptyLog(home);
  overwrite(storeOf(home), 0, Buffer.alloc(statSync(storeOf(home)).size, 0xa5));
  const told = await waitUntil("somebody meets the damage", async () => {
    const ran = await cli(home, ["list"]);
    return ran.stderr !== "" && ran.stderr;
  });
  expect(told).toMatch(/was damaged: it is kept as .*, and a new one was made with the \d+ tasks that were found/);
  const asked = () => server.status(done.task_id);
  expect(same(await asked().catch(asked))).toEqual(same(done)); // who meets the damage itself is told so
  open();
  expect(await server.ended(running.task_id)).toMatchObject([{ status: "failed", exit_code: 4 }]);
  await server.close();
});

test("a running task that is the first to meet the damage records its end all the same", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const { done, running, pid, open } = await peopled(server, home);
  const { task_id } = running;
  await server.close();
  emptyLog(home);
  overwrite(storeOf(home), 0, Buffer.alloc(statSync(storeOf(home)).size, 0xa5));
  open();
  await waitUntil("its supervisor has recorded the end", () => !isRunning(pid) && asideOf(home).length === 1);
  await cli(home, ["wait", task_id]);
  expect(await cliJson(home, ["status", task_id])).toMatchObject({ status: "failed", exit_code: 4 });
  expect(same((await cliJson(home, ["status", done.task_id])) as Shown)).toEqual(same(done));
});

test("eight processes that meet the same damage put one file aside, find the same tasks, and one of them tells", async () => {
  const home = newHome();
  await startTask(home, ["--wait", "--", "echo kept"]);
  const before = (await cliJson(home, ["list"])).tasks;
  deleteStore(home);
  writeFileSync(storeOf(home), "not a database\n".repeat(1000));
  const lists = await Promise.all(Array.from({ length: 8 }, () => cli(home, ["list", "--json"])));
  for (const { stdout } of lists) expect(JSON.parse(stdout).tasks).toEqual(before);
  expect(asideOf(home)).toHaveLength(1);
  expect(lists.map(({ stderr }) => stderr).filter(Boolean)).toEqual([
    expect.stringMatching(/was damaged: it is kept as .* and a new one was made with the 1 tasks/),
  ]);
});

test("who makes a damaged store again waits for nobody, whatever log comes to lie beside it meanwhile", async () => {
  const home = newHome();
  await startTask(home, ["--wait", "--", "echo kept"]);
  const path = storeOf(home);
  // As of who opens the damaged one while it is put aside.
  const code = `const { existsSync, writeFileSync } = require("node:fs"); const path = ${JSON.stringify(path)};
    for (;;) if (!existsSync(path)) writeFileSync(path + "-wal", "");`;
  const meddler = Bun.spawn([process.execPath, "-e", code]);
  await Bun.sleep(200);
  for (let round = 1; round <= 10; round += 1) {
    overwrite(path, 0, Buffer.alloc(statSync(path).size, 0xa5));
    expect((await cli(home, ["list", "--json"])).stderr).not.toContain("keep the store busy");
  }
  meddler.kill("SIGKILL");
  await meddler.exited;
});

test("what a person said no to is found with its command and that no", async () => {
  const home = newHome();
  const no = { action: "accept", content: { confirm: false } };
  const wire = await Wire.open(home, {
    env: { BACKBURNER_ASK: "^touch " },
    capabilities: { elicitation: {} },
    answers: { "elicitation/create": no },
  });
  const task = await wire.call<Shown>("start_task", { command: "touch it", wait_seconds: 5 });
  await wire.close();
  deleteStore(home);
  const found = await cliJson(home, ["status", task.task_id]);
  expect(found).toMatchObject({ status: "cancelled", reason: "the person who was asked said no", command: "touch it" });
});

test("of a task without a card its output is found again, and that is said", async () => {
  const home = newHome();
  const id = await startTask(home, ["--", "echo words"]);
  await cli(home, ["wait", id]);
  await waitUntil("its card is there", () => readdirSync(join(home, "tasks", id)).includes("task.json"));
  rmSync(join(home, "tasks", id, "task.json"));
  deleteStore(home);
  const task = await cliJson(home, ["status", id]);
  expect(task).toMatchObject({
    status: "interrupted",
    reason: "the store was lost, and of this task only its output is known",
  });
  expect((await cli(home, ["logs", id])).stdout).toBe("words\n");
});

function overwrite(path: string, position: number, bytes: Uint8Array): void {
  const fd = openSync(path, "r+");
  writeSync(fd, bytes, 0, bytes.length, position);
  closeSync(fd);
}
