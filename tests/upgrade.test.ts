// Versions meet: stores that older ones wrote, binaries older and newer than the store, and tasks that an older one runs.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STORE_VERSION } from "../src/store/migrations.ts";
import { cliJson } from "./helpers/cli.ts";
import { BINARY, FIXTURES, newHome, parentOf, readText, waitUntil } from "./helpers/home.ts";
import { buildNewer } from "./helpers/newer.ts";
import { Server, type Shown } from "./helpers/server.ts";

const directory = mkdtempSync(join(tmpdir(), "backburner-newer-"));
const NEWER = join(directory, "backburner");

beforeAll(() => buildNewer(NEWER), 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Starts a server of another binary: the words before our own are of a shell that leaves ours out. */
const viaOf = (binary: string) => ["/bin/sh", "-c", 'binary=$1; shift 2; exec "$binary" "$@"', "sh", binary];

async function serverOf(binary: string, home: string, env: Record<string, string> = {}): Promise<Server> {
  const server = new Server(home, { via: viaOf(binary), env });
  await server.shakeHands();
  return server;
}

function run(binary: string, home: string, ...args: string[]) {
  const { BACKBURNER_MAX_TASKS: _, ...env } = process.env;
  const { stdout, stderr, exitCode } = Bun.spawnSync([binary, ...args], { env: { ...env, BACKBURNER_HOME: home } });
  return { stdout: stdout.toString(), stderr: stderr.toString(), code: exitCode };
}

const gate = (home: string) => ({
  command: `until [ -e '${home}/go' ]; do sleep 0.02; done; echo through; exit 4`,
  open: () => writeFileSync(join(home, "go"), ""),
});

for (const file of readdirSync(join(FIXTURES, "stores"))) {
  test(`a store of ${file} opens, with tasks in every status`, async () => {
    const home = newHome();
    copyFileSync(join(FIXTURES, "stores", file), join(home, "backburner.db"));
    const { tasks } = (await cliJson(home, ["list"])) as { tasks: Shown[] };
    const find = (command: string) => tasks.find((task) => String(task.command).startsWith(command));
    expect(tasks).toHaveLength(11);
    expect(find('echo "[3/3] done"')).toMatchObject({
      status: "completed",
      exit_code: 0,
      name: "build",
      output_bytes: 11,
    });
    expect(find("echo oops")).toMatchObject({ status: "failed", exit_code: 3 });
    expect(find("kill -TERM")).toMatchObject({ status: "failed", signal: "SIGTERM" });
    expect(find("echo quiet")).toMatchObject({ status: "timed_out", idle_timeout_seconds: 0.2 });
    expect(find("kill -9")).toMatchObject({ status: "interrupted" });
    expect(find("echo never")).toMatchObject({ status: "cancelled" });
    // What ran and what waited there when it was copied: neither its supervisor nor its environment is here.
    expect(find("echo listening")).toMatchObject({ status: "interrupted" });
    const waited = await waitUntil("the queued one has ended", async () => {
      const task = await cliJson(home, ["status", String(find("echo waits")?.task_id)]);
      return task.status !== "queued" && task.status !== "working" && task;
    });
    expect(waited).toMatchObject({ status: "failed", reason: expect.stringMatching(/^it could not start: /) });
    const db = new Database(join(home, "backburner.db"));
    expect(db.query("PRAGMA user_version").get()).toEqual({ user_version: STORE_VERSION });
    expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    db.close();
  });
}

test("every version of the store before this one has a fixture", () => {
  const files = readdirSync(join(FIXTURES, "stores")).toSorted();
  for (const [index, file] of files.entries()) expect(file).toBe(`v${index + 1}.db`);
  expect(files.length).toBeGreaterThanOrEqual(1);
  expect(files.length).toBeLessThanOrEqual(STORE_VERSION);
});

test("an older binary refuses a newer store in one sentence at each door, and leaves it as it is", () => {
  const home = newHome();
  expect(run(NEWER, home, "start", "--wait", "--", "echo newer")).toMatchObject({ code: 0 });
  const path = join(home, "backburner.db");
  const before = readFileSync(path);
  const sentence = `${path} was written by a newer backburner (version ${STORE_VERSION + 1} of the store, this one knows ${STORE_VERSION}); update this binary, and restart what runs of it\n`;
  for (const args of [["list"], ["start", "--", "true"], ["mcp"]])
    expect(run(BINARY, home, ...args)).toEqual({ stdout: "", stderr: `backburner: ${sentence}`, code: 125 });
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(JSON.parse(run(NEWER, home, "list", "--json").stdout)).toMatchObject({ total: 1 });
});

test("a newer binary over tasks that an older one runs: they end as they do, and the queue goes on", async () => {
  const home = newHome();
  const older = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const { command, open } = gate(home);
  const running = await older.start(command);
  const queued = await older.start("echo queued; exit 5");
  await waitUntil("it runs", async () => (await older.status(running.task_id)).pid);
  const newer = await serverOf(NEWER, home, { BACKBURNER_MAX_TASKS: "1" });
  expect(await newer.status(running.task_id)).toMatchObject({ status: "working" });
  // The older server and its supervisor have statements of the older schema at hand.
  expect(await older.status(running.task_id)).toMatchObject({ status: "working", command });
  const waits = [older, newer].map((server) => server.ended(running.task_id, queued.task_id));
  open();
  for (const ended of await Promise.all(waits))
    expect(ended).toMatchObject([
      { status: "failed", exit_code: 4, output: "through\n" },
      { status: "failed", exit_code: 5, output: "queued\n" },
    ]);
  expect(await newer.run("echo new")).toMatchObject({ status: "completed", output: "new\n" });
  expect(await older.call("list_tasks")).toMatchObject({ total: 3 });
  await older.close();
  await newer.close();
});

test("a newer binary cancels what an older one runs, and finds its supervisor dead when it is", async () => {
  const home = newHome();
  const older = await Server.open(home);
  const [first, second] = [await older.start("sleep 72"), await older.start("sleep 73")];
  const pid = await waitUntil("both run", async () => {
    const pids = await Promise.all([first, second].map(async (task) => (await older.status(task.task_id)).pid));
    return pids.every((one) => one !== undefined) && pids[1];
  });
  expect(JSON.parse(run(NEWER, home, "cancel", "--json", first.task_id).stdout)).toMatchObject({ status: "cancelled" });
  process.kill(parentOf(pid), "SIGKILL");
  await waitUntil("it is found dead", () => {
    const { status } = JSON.parse(run(NEWER, home, "status", "--json", second.task_id).stdout) as Shown;
    return status === "interrupted";
  });
  await older.close();
});

test("an older server refuses to start tasks once a newer binary has taken the store over, and goes on reading", async () => {
  const home = newHome();
  const older = await Server.open(home);
  const task = await older.run("echo older");
  expect(run(NEWER, home, "list").code).toBe(0);
  const refused = await older.tool("start_task", { command: "echo never" });
  expect(refused).toMatchObject({ isError: true });
  expect(refused.content[0]?.text).toContain("was written by a newer backburner");
  expect(await older.call("task_result", { task_id: task.task_id })).toMatchObject({ output: "older\n" });
  expect(await older.call("list_tasks")).toMatchObject({ total: 1 });
  await older.close();
});

test.each([
  ["an older server", true],
  ["an older server that has started none before", false],
])("%s whose binary was replaced by the newer one starts tasks with that", async (_, hasStarted) => {
  const home = newHome();
  const binary = join(newHome(), "backburner");
  copyFileSync(BINARY, binary);
  const older = await serverOf(binary, home);
  if (hasStarted) await older.run("echo older");
  copyFileSync(NEWER, `${binary}.new`);
  renameSync(`${binary}.new`, binary);
  expect(run(binary, home, "list").code).toBe(0);
  expect(await older.run("echo on; exit 3")).toMatchObject({ status: "failed", exit_code: 3, output: "on\n" });
  expect(readText(join(home, "trace.log"))).toBe("");
  await older.close();
});

test("a supervisor that can't open the store says why in the trace, in one line", async () => {
  const home = newHome();
  run(NEWER, home, "list");
  const { exitCode } = Bun.spawnSync([BINARY, "__supervise", "2aaaaaaaaaaaaa"], {
    env: { ...process.env, BACKBURNER_HOME: home },
    stderr: Bun.file(join(home, "said")),
  });
  expect(exitCode).toBe(0);
  expect(readText(join(home, "said"))).toMatch(/no supervisor for task 2aaaaaaaaaaaaa: .* newer backburner .*\n$/);
});
