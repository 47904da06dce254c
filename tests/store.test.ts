// The store: shared by many processes, loses nothing, and every move of a task happens once.

import { expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { STORE_VERSION } from "../src/store/migrations.ts";
import { storePath } from "../src/home.ts";
import { openStore } from "../src/store/open.ts";
import { countTasks, getSlotHolders, getTask, getTaskByName, listTasks } from "../src/store/read.ts";
import { claimTask, giveSlotBack, renewReservation, reserveSlots, takeOver } from "../src/store/slots.ts";
import { BUSY_TIMEOUT_MS } from "../src/store/transaction.ts";
import { endAndClaim, endAndReserve, endQueued, insertTask } from "../src/store/write.ts";
import { isTaskId, newTaskId } from "../src/task.ts";
import { BINARY, newHome } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

const supervisor = { pid: 4_000_000, startedAt: "1", bootId: "boot" };
const done = { status: "completed", outcome: { exitCode: 0 } } as const;
const newTask = (maxTasks = 1) => ({
  id: newTaskId(),
  command: "true",
  cwd: "/",
  shell: ["sh", "-c"],
  maxTasks,
  maxOutputBytes: 1e6,
  interactive: false,
  pty: false,
});

test("fifty processes starting tasks at once lose none and see no locked database", async () => {
  const home = newHome();
  const starts = Array.from({ length: 50 }, (_, n) =>
    Bun.spawn([BINARY, "start", "--name", `task ${n}`, "--", `exit ${n % 7}`], {
      env: { ...process.env, BACKBURNER_HOME: home, BACKBURNER_MAX_TASKS: "4" },
      stdout: "pipe",
      stderr: "pipe",
    }),
  );
  const ids = await Promise.all(
    starts.map(async (start) => {
      const [id, complaint, code] = await Promise.all([start.stdout.text(), start.stderr.text(), start.exited]);
      expect({ complaint, code }).toEqual({ complaint: "", code: 0 });
      return id.trim();
    }),
  );
  expect(new Set(ids).size).toBe(50);
  const server = await Server.open(home);
  const tasks = await server.ended(...ids);
  expect(tasks.map((task) => task.exit_code)).toEqual(ids.map((_, n) => n % 7));
  await server.close();
});

test("processes that make the same new home at the same moment all find it usable", async () => {
  for (let round = 0; round < 15; round += 1) {
    const home = newHome();
    const lists = Array.from({ length: 8 }, () =>
      Bun.spawn([BINARY, "list"], { env: { ...process.env, BACKBURNER_HOME: home }, stdout: "ignore", stderr: "pipe" }),
    );
    const ends = await Promise.all(lists.map(async (list) => [await list.stderr.text(), await list.exited]));
    expect(ends).toEqual(Array.from({ length: 8 }, () => ["", 0]));
  }
});

test("who writes waits for another who does, for moments and for longer, and so it is for the next statement", async () => {
  const home = newHome();
  const store = openStore(home);
  for (const heldMs of [2, 300]) {
    const hold = `const db = new (require("bun:sqlite").Database)(${JSON.stringify(storePath(home))}); db.run("BEGIN IMMEDIATE");
      console.log("held"); Bun.sleepSync(${heldMs}); db.run("COMMIT");`;
    const holder = Bun.spawn([process.execPath, "-e", hold], { stdout: "pipe" });
    await holder.stdout.getReader().read();
    const task = newTask(5);
    expect(insertTask(store, task)).toEqual([task.id]);
    expect(await holder.exited).toBe(0);
    expect(store.query("PRAGMA busy_timeout").get()).toEqual({ timeout: BUSY_TIMEOUT_MS });
  }
});

test("an end is recorded once, whoever comes second learns it", () => {
  const store = openStore(newHome());
  const task = newTask();
  expect(insertTask(store, task)).toEqual([task.id]);
  expect(claimTask(store, task.id, supervisor)).toMatchObject({ id: task.id, status: "working" });
  expect(claimTask(store, task.id, { ...supervisor, pid: 1 })).toBeUndefined();
  expect(endAndReserve(store, task.id, { status: "interrupted" }, { finishedAtMs: 1 }).won).toBe(true);
  expect(endAndReserve(store, task.id, done, { finishedAtMs: 2 }).won).toBe(false);
  expect(endQueued(store, task.id, { status: "cancelled" }).won).toBe(false);
  expect(getTask(store, task.id)).toMatchObject({ status: "interrupted", finishedAtMs: 1 });
});

test("ending a task and claiming the next is one move, and the head of the queue comes first", () => {
  const store = openStore(newHome());
  const [first, second, third] = [newTask(), newTask(), newTask()];
  expect([first, second, third].map((task) => insertTask(store, task))).toEqual([[first.id], [], []]);
  claimTask(store, first.id, supervisor);
  expect(endAndClaim(store, first.id, done, { finishedAtMs: 1 }, supervisor)).toEqual({
    won: true,
    next: getTask(store, second.id),
    launch: [],
    keepsSlot: false,
  });
  expect(getTask(store, second.id)).toMatchObject({ status: "working", supervisor });
  expect(getTask(store, third.id)?.status).toBe("queued");
  // A supervisor whose task was recorded by another process meanwhile still goes on, when a slot is free.
  expect(endQueued(store, third.id, { status: "cancelled" })).toEqual({ won: true, launch: [] });
  expect(endAndClaim(store, second.id, done, { finishedAtMs: 1 }, supervisor)).toMatchObject({
    won: true,
    next: undefined,
    launch: [],
  });
  expect(reserveSlots(store)).toEqual([]);
});

test("the last of all slots is kept by its ended task: who comes then waits, and that supervisor takes it over", () => {
  const store = openStore(newHome());
  const [first, second, third, fourth] = [newTask(2), newTask(2), newTask(2), newTask(2)];
  expect([first, second].map((task) => insertTask(store, task))).toEqual([[first.id], [second.id]]);
  claimTask(store, first.id, supervisor);
  claimTask(store, second.id, { ...supervisor, pid: 1 });
  expect(endAndClaim(store, first.id, done, { finishedAtMs: 1 }, supervisor)).toMatchObject({ keepsSlot: true });
  expect(insertTask(store, third)).toEqual([]);
  expect(takeOver(store, first.id, supervisor)).toEqual({ next: getTask(store, third.id), launch: [] });
  expect(getSlotHolders(store).map(({ id }) => id)).toEqual([second.id, third.id]);
  // Nobody else is waiting: the slot stays kept until it is given back, and another one is free then.
  expect(endAndClaim(store, third.id, done, { finishedAtMs: 1 }, supervisor)).toMatchObject({ keepsSlot: true });
  expect(takeOver(store, third.id, supervisor)).toEqual({ next: undefined, launch: [] });
  expect(getSlotHolders(store).map(({ id }) => id)).toEqual([second.id, third.id]);
  expect(giveSlotBack(store, third.id)).toEqual([]);
  expect(endAndClaim(store, second.id, done, { finishedAtMs: 1 }, supervisor)).toMatchObject({ keepsSlot: false });
  expect(getSlotHolders(store)).toEqual([]);
  expect(insertTask(store, fourth)).toEqual([fourth.id]);
  // Who was taken for lost meanwhile has no slot to hand on, and takes over only what is free.
  expect(takeOver(store, third.id, supervisor)).toEqual({ next: undefined, launch: [] });
  expect(getSlotHolders(store).map(({ id }) => id)).toEqual([fourth.id]);
});

test("a task keeps its place: a reservation is renewed by one process only", () => {
  const store = openStore(newHome());
  const task = newTask();
  insertTask(store, task);
  store.run("UPDATE tasks SET reserved_at_ms = 5");
  expect(renewReservation(store, task.id, 5)).toBe(true);
  expect(renewReservation(store, task.id, 5)).toBe(false);
  expect(getTask(store, task.id)?.launches).toBe(2);
});

test("a name means the live task first, then the newest", () => {
  const store = openStore(newHome());
  const tasks = [1, 2, 3].map(() => ({ ...newTask(3), name: "tests" }));
  for (const task of tasks) insertTask(store, task);
  const [first, second, third] = tasks.map((task) => task.id) as [string, string, string];
  expect(getTaskByName(store, "tests")?.id).toBe(third);
  endQueued(store, third, { status: "cancelled" });
  expect(getTaskByName(store, "tests")?.id).toBe(second);
  endQueued(store, first, { status: "cancelled" });
  endQueued(store, second, { status: "cancelled" });
  expect(getTaskByName(store, "tests")?.id).toBe(third);
  expect(getTaskByName(store, "test")).toBeUndefined();
});

test("ids are unlike each other, unlike names, and short enough to copy", () => {
  const ids = Array.from({ length: 1_000 }, newTaskId);
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) expect([id.length, isTaskId(id)]).toEqual([14, true]);
  for (const text of [
    "",
    "../../etc/passwd",
    "integration-tests",
    "2aaaaaaaaaaaaa/",
    "2AAAAAAAAAAAAA",
    "2aaaaaaaaaaaa\n",
  ])
    expect(isTaskId(text)).toBe(false);
});

test("the store is in WAL mode, waits when busy, and knows its version", () => {
  const store = openStore(newHome());
  expect(store.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
  expect(store.query("PRAGMA busy_timeout").get()).toEqual({ timeout: 30_000 });
  expect(store.query("PRAGMA user_version").get()).toEqual({ user_version: STORE_VERSION });
});

test("a store of a newer version is refused and left as it is", () => {
  const home = newHome();
  const store = openStore(home);
  insertTask(store, newTask());
  store.run(`PRAGMA user_version = ${STORE_VERSION + 1}`);
  store.close();
  expect(() => openStore(home)).toThrow(/written by a newer backburner .* update this binary/);
  const raw = new Database(join(home, "backburner.db"), { readonly: true });
  expect(raw.query("SELECT count(*) AS n FROM tasks").get()).toEqual({ n: 1 });
  raw.close();
});

test("a home that can't be used is told with what to do", () => {
  const home = join(newHome(), "file");
  writeFileSync(home, "");
  expect(() => openStore(home)).toThrow(/^the home .*file can't be used: .*; make it writable or set BACKBURNER_HOME$/);
});

test("a page of the list costs the page, not the history", () => {
  const store = openStore(newHome());
  for (let n = 0; n < 50; n += 1) insertTask(store, newTask());
  expect(countTasks(store, {})).toBe(50);
  expect(listTasks(store, {}, 3, 10)).toHaveLength(3);
  for (const sql of [
    "SELECT * FROM tasks ORDER BY seq DESC LIMIT 3",
    "SELECT * FROM tasks WHERE status = 'working' ORDER BY seq DESC LIMIT 3",
    "SELECT * FROM tasks WHERE slot = 1 ORDER BY seq",
    "SELECT * FROM tasks WHERE name = 'x' ORDER BY status IN ('queued', 'working') DESC, seq DESC LIMIT 1",
  ]) {
    const plan = store
      .query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((step) => step.detail)
      .join("; ");
    expect(plan).toMatch(/USING .*INDEX|SCAN tasks$/);
    if (sql.includes("WHERE")) expect(plan).toContain("USING INDEX");
  }
});
