// Retention: what has ended goes when it is old, too many or too much; what lives never does.

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newTaskId } from "../src/task.ts";
import { cli, cliJson, startTask } from "./helpers/cli.ts";
import { kill, newHome, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Ends as many tasks, the first of them first. */
async function endedTasks(home: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    ids.push(await startTask(home, ["--", `printf %1000d ${n}`]));
    await cli(home, ["wait", ids[n] ?? ""]);
  }
  return ids;
}

/** Makes a task have ended so long ago. */
function age(home: string, id: string, ms: number): void {
  const db = new Database(join(home, "backburner.db"));
  db.run("PRAGMA busy_timeout = 5000");
  db.run("UPDATE tasks SET finished_at_ms = ? WHERE id = ?", [Date.now() - ms, id]);
  db.close();
}

/** As if nobody had cleaned up yet. */
function untidy(home: string): void {
  utimesSync(join(home, "tidied"), 0, 0);
}

const directories = (home: string) => readdirSync(join(home, "tasks")).toSorted();

async function listed(home: string): Promise<string[]> {
  const { tasks } = (await cliJson(home, ["list", "--limit", "1000"])) as { tasks: { task_id: string }[] };
  return tasks.map(({ task_id }) => task_id).toSorted();
}

test("prune removes what ended longer ago, rows and directories together, and says how much", async () => {
  const home = newHome();
  const [old = "", older = "", young = ""] = await endedTasks(home, 3);
  age(home, old, 8 * DAY_MS);
  age(home, older, 9 * DAY_MS);
  const size = (id: string) =>
    readdirSync(join(home, "tasks", id)).reduce((sum, name) => sum + statSync(join(home, "tasks", id, name)).size, 0);
  const bytes = size(old) + size(older);
  expect(bytes).toBeGreaterThan(2000);
  const args = ["prune", "--older-than", "7d"];
  expect(await cliJson(home, [...args, "--dry-run"])).toEqual({
    task_ids: [older, old],
    bytes,
    stray_directories: 0,
    dry_run: true,
  });
  expect((await cli(home, [...args, "--dry-run"])).stdout).toBe(`would remove 2 tasks, ${bytes} bytes\n`);
  expect(await listed(home)).toHaveLength(3);
  expect(await cli(home, args)).toEqual({ stdout: `removed 2 tasks, ${bytes} bytes\n`, stderr: "", code: 0 });
  expect(await listed(home)).toEqual([young]);
  expect(directories(home)).toEqual([young]);
  expect((await cli(home, ["prune"])).stdout).toBe("removed 0 tasks, 0 bytes\n");
});

test("prune --keep keeps those that ended last; with --older-than each rule counts for itself", async () => {
  const home = newHome();
  const ids = await endedTasks(home, 5);
  expect(await cliJson(home, ["prune", "--keep", "3"])).toMatchObject({ task_ids: ids.slice(0, 2), dry_run: false });
  age(home, ids[2] ?? "", DAY_MS);
  age(home, ids[3] ?? "", DAY_MS / 2);
  const both = ["prune", "--keep", "2", "--older-than", "6h"];
  expect(await cliJson(home, both)).toMatchObject({ task_ids: ids.slice(2, 4) });
  expect(await cliJson(home, ["prune", "--keep", "0"])).toMatchObject({ task_ids: ids.slice(4) });
  expect(directories(home)).toEqual([]);
});

test("what runs, waits or has left something running is never removed", async () => {
  const home = newHome();
  const env = { BACKBURNER_MAX_TASKS: "1" };
  const leaving = await startTask(home, ["--", "sleep 60 & echo $!"], { env });
  await cli(home, ["wait", leaving]);
  const leftover = Number((await cli(home, ["logs", leaving])).stdout);
  const running = await startTask(home, ["--", "exec sleep 60"], { env });
  const queued = await startTask(home, ["--", "exec sleep 60"], { env });
  await waitUntil("it runs", async () => (await cliJson(home, ["status", running])).pid);
  expect(await cliJson(home, ["prune", "--keep", "0", "--older-than", "0s"])).toMatchObject({ task_ids: [] });
  expect(await listed(home)).toEqual([leaving, running, queued].toSorted());
  await cli(home, ["cancel", queued, running]);
  kill(leftover, "SIGKILL");
  await waitUntil("all of them can go", async () => {
    await cli(home, ["prune", "--keep", "0"]);
    return (await listed(home)).length === 0;
  });
  expect(directories(home)).toEqual([]);
});

test("tasks that are named go, and none of them where one runs or has left something running", async () => {
  const home = newHome();
  const [first = "", second = "", third = ""] = await endedTasks(home, 3);
  const leaving = await startTask(home, ["--", "sleep 60 & echo $!"]);
  await cli(home, ["wait", leaving]);
  const running = await startTask(home, ["--name", "long", "--", "exec sleep 60"]);
  await waitUntil("it runs", async () => (await cliJson(home, ["status", running])).pid);
  const refusals = [
    ["long", `task ${running} has not ended (working) and is kept; cancel it first`],
    [leaving, `task ${leaving} has left a process running and is kept; cancel it first, which ends that too`],
    ["nobody", 'no task starts with "nobody" or has that name; "backburner list" shows them'],
  ] as const;
  for (const [kept, said] of refusals)
    expect(await cli(home, ["prune", first, kept])).toMatchObject({ stdout: "", stderr: `backburner: ${said}\n` });
  expect((await cli(home, ["prune", first, "--keep", "1"])).stderr).toContain("leave one of them out");
  expect(await cliJson(home, ["prune", first, "--dry-run"])).toMatchObject({ task_ids: [first], dry_run: true });
  expect(await listed(home)).toHaveLength(5);
  expect(await cliJson(home, ["prune", first, third.slice(0, 8), first])).toMatchObject({ task_ids: [first, third] });
  await cli(home, ["cancel", "long", leaving]);
  expect(await cliJson(home, ["prune", leaving, "long"])).toMatchObject({ task_ids: [leaving, running] });
  expect([await listed(home), directories(home)]).toEqual([[second], [second]]);
});

test("directories that a crash left without a task go when they are a day old; what is not ours stays", async () => {
  const home = newHome();
  const [kept = ""] = await endedTasks(home, 1);
  const [stray, fresh] = [newTaskId(), newTaskId()];
  for (const name of [stray, fresh, "notes"]) {
    mkdirSync(join(home, "tasks", name));
    writeFileSync(join(home, "tasks", name, "output.log"), "four");
  }
  const longAgo = new Date(Date.now() - 2 * DAY_MS);
  for (const name of [stray, "notes"]) utimesSync(join(home, "tasks", name), longAgo, longAgo);
  expect((await cli(home, ["prune"])).stdout).toBe("removed 0 tasks and 1 stray directory, 4 bytes\n");
  expect(directories(home)).toEqual([kept, fresh, "notes"].toSorted());
});

test("the automatic clean-up finds what a crash left as well", async () => {
  const home = newHome();
  const [kept = ""] = await endedTasks(home, 1);
  const stray = newTaskId();
  const longAgo = new Date(Date.now() - 2 * DAY_MS);
  mkdirSync(join(home, "tasks", stray));
  utimesSync(join(home, "tasks", stray), longAgo, longAgo);
  untidy(home);
  const next = await startTask(home, ["--", "true"]);
  expect(directories(home)).toEqual([kept, next].toSorted());
});

test("the settings are applied when a task starts, at most once an hour", async () => {
  const home = newHome();
  const [old = "", young = ""] = await endedTasks(home, 2);
  age(home, old, 3 * DAY_MS);
  const env = { BACKBURNER_KEEP_DAYS: "2" };
  const soon = await startTask(home, ["--", "true"], { env });
  expect(await listed(home)).toContain(old);
  untidy(home);
  const later = await startTask(home, ["--", "true"], { env });
  expect(await listed(home)).toEqual([young, soon, later].toSorted());

  age(home, young, 3 * DAY_MS);
  untidy(home);
  const server = await Server.open(home, env);
  const started = await server.start("true");
  await waitUntil("it is gone", () => !existsSync(join(home, "tasks", young)));
  expect(await listed(home)).toEqual([soon, later, started.task_id].toSorted());
  await server.close();
});

test("by count nothing goes that ended within a day, by size nothing that ended within the hour", async () => {
  const home = newHome();
  const big = "head -c 700000 /dev/zero";
  const ids: string[] = [];
  for (let n = 0; n < 4; n += 1) {
    ids.push(await startTask(home, ["--", big]));
    await cli(home, ["wait", ids[n] ?? ""]);
  }
  const [a = "", b = "", c = "", d = ""] = ids;
  const prune = async (env: Record<string, string>) => (await cliJson(home, ["prune"], { env })).task_ids;
  expect(await prune({ BACKBURNER_KEEP_TASKS: "1", BACKBURNER_KEEP_BYTES: "1MB" })).toEqual([]);
  age(home, a, 2 * DAY_MS);
  age(home, b, DAY_MS + HOUR_MS);
  expect(await prune({ BACKBURNER_KEEP_TASKS: "3" })).toEqual([a]);
  expect(await prune({ BACKBURNER_KEEP_TASKS: "1" })).toEqual([b]);
  age(home, c, 2 * HOUR_MS);
  expect(await prune({ BACKBURNER_KEEP_BYTES: "2MB" })).toEqual([]);
  expect(await prune({ BACKBURNER_KEEP_BYTES: "1MB" })).toEqual([c]);
  expect(await prune({ BACKBURNER_KEEP_BYTES: "1MB" })).toEqual([]);
  expect(await listed(home)).toEqual([d]);
});
