// Servers, clients and supervisors die: what was running runs on, what could not be known is said, nothing is left behind.

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cli, environment } from "./helpers/cli.ts";
import { BINARY, isRunning, kill, newHome, parentOf, processesWith, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

const argvOf = (pid: number) => readText(`/proc/${pid}/cmdline`);

/** The command's pid and its supervisor's, once the command runs. */
async function running(server: Server, taskId: string): Promise<{ pid: number; supervisor: number }> {
  const pid = await waitUntil("the command runs", async () => (await server.status(taskId)).pid);
  return { pid, supervisor: parentOf(pid) };
}

/** Changes the store behind everybody's back. */
function change(home: string, sql: string): void {
  const db = new Database(join(home, "backburner.db"));
  db.run("PRAGMA busy_timeout = 10000");
  db.run(sql);
  db.close();
}

test("a task outlives the server that started it, and another one reads its true exit code", async () => {
  const home = newHome();
  const first = await Server.open(home);
  const task = await first.start(`until [ -e '${home}/go' ]; do sleep 0.02; done; echo survived; exit 42`);
  const { pid } = await running(first, task.task_id);
  await first.kill();
  expect(isRunning(pid)).toBe(true);
  const second = await Server.open(home);
  await Bun.write(join(home, "go"), "");
  expect(await second.ended(task.task_id)).toMatchObject([{ status: "failed", exit_code: 42 }]);
  expect((await second.call("task_result", { task_id: task.task_id })).output).toBe("survived\n");
  await second.close();
});

test("a server that leaves at the end of stdin leaves every task running", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const tasks = await Promise.all([1, 2, 3].map(() => server.start("sleep 60")));
  const pids = await Promise.all(tasks.map(async (task) => (await running(server, task.task_id)).pid));
  await server.close();
  expect(pids.every(isRunning)).toBe(true);
  const next = await Server.open(home);
  for (const task of tasks) expect(await next.cancel(task.task_id)).toMatchObject({ status: "cancelled" });
  await next.close();
});

test("a second server starting up touches nothing of the first one's tasks", async () => {
  const home = newHome();
  const first = await Server.open(home);
  const task = await first.start("sleep 60");
  const { pid, supervisor } = await running(first, task.task_id);
  for (let round = 0; round < 3; round += 1) {
    const second = await Server.open(home);
    expect(await second.call("list_tasks")).toMatchObject({ total: 1, tasks: [{ status: "working" }] });
    await second.kill();
  }
  expect([isRunning(pid), isRunning(supervisor)]).toEqual([true, true]);
  expect((await first.status(task.task_id)).status).toBe("working");
  await first.cancel(task.task_id);
  await first.close();
});

test("who starts a task is told of it, also when a dead supervisor can't be recorded beside it", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const dead = await server.start("sleep 60");
  const { pid, supervisor } = await running(server, dead.task_id);
  change(
    home,
    `CREATE TRIGGER kept BEFORE UPDATE ON tasks WHEN NEW.status = 'interrupted'
    BEGIN SELECT RAISE(ABORT, 'kept from it'); END`,
  );
  for (const each of [supervisor, pid]) kill(each, "SIGKILL");
  const queued = await server.start("true");
  expect(queued.status).toBe("queued");
  const { code, stdout, stderr } = await cli(home, ["start", "--", "true"], { env: { BACKBURNER_MAX_TASKS: "2" } });
  expect({ code, id: stdout.trim() }).toEqual({ code: 0, id: expect.stringMatching(/^\w+$/) });
  expect(stderr).toContain("while looking for dead supervisors: kept from it");
  change(home, "DROP TRIGGER kept");
  expect((await cli(home, ["wait", queued.task_id])).code).toBe(0);
  expect(await server.status(dead.task_id)).toMatchObject({ status: "interrupted" });
  await server.close();
});

test("a host that ends every descendant of its server by parent id ends no task", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const task = await server.start("sleep 60");
  const { pid, supervisor } = await running(server, task.task_id);
  const ancestors: number[] = [];
  for (let parent = pid; parent > 1; parent = parentOf(parent)) ancestors.push(parent);
  expect(ancestors).toContain(supervisor);
  expect(ancestors).not.toContain(server.pid);
  // Nor by session or group: a host may signal those of its server.
  const session = (of: number) =>
    readText(`/proc/${of}/stat`)
      .replace(/^.*\) /, "")
      .split(" ")
      .slice(2, 4);
  expect(session(supervisor)).not.toEqual(session(server.pid));
  await server.cancel(task.task_id);
  await server.close();
});

test("a supervisor killed with SIGKILL: its task is interrupted for the next reader, and its tree is gone", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const task = await server.start(
    "echo before; setsid sleep 61 & (setsid sleep 62 &) ; trap '' TERM; sleep 63; sleep 64",
  );
  const { pid, supervisor } = await running(server, task.task_id);
  await waitUntil("the tree stands", () => processesWith(`BACKBURNER_TASK_ID=${task.task_id}`).length === 4);
  await waitUntil("its output is read", async () => (await server.status(task.task_id)).output_bytes);
  kill(supervisor, "SIGKILL");
  await waitUntil("the supervisor is gone", () => !isRunning(supervisor));
  const now = await server.status(task.task_id);
  expect(now).toMatchObject({
    status: "interrupted",
    reason: "its supervisor died; how the command ended is not known",
  });
  expect(now.exit_code).toBeUndefined();
  expect(processesWith(`BACKBURNER_TASK_ID=${task.task_id}`)).toEqual([]);
  expect(isRunning(pid)).toBe(false);
  expect((await server.call("task_result", { task_id: task.task_id })).output).toBe("before\n");
  await server.close();
});

test("an interrupted task's child that cleared its environment, left the group and ignores SIGTERM ends as well", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const task = await server.start(
    `env -i PATH="$PATH" setsid bash -c "trap '' TERM; echo \\$\\$ > '${home}/child'; sleep 65; true" & sleep 66`,
  );
  const { supervisor } = await running(server, task.task_id);
  const child = Number(await waitUntil("the child runs", () => readText(join(home, "child")).trim()));
  kill(supervisor, "SIGKILL");
  expect(await server.ended(task.task_id)).toMatchObject([{ status: "interrupted" }]);
  expect(isRunning(child)).toBe(false);
  await server.close();
});

test("whoever waits learns of a killed supervisor by the death itself", async () => {
  const server = await Server.open(newHome());
  const task = await server.start("sleep 60");
  const { supervisor } = await running(server, task.task_id);
  const waiting = server.call<{ reason: string; tasks: { status: string }[] }>("wait_task", {
    task_ids: [task.task_id],
    timeout_seconds: 600,
  });
  kill(supervisor, "SIGKILL");
  expect(await waiting).toMatchObject({ reason: "ended", tasks: [{ status: "interrupted" }] });
  await server.close();
});

test("a supervisor that is told to end (SIGTERM) ends its task first, and says so", async () => {
  const server = await Server.open(newHome());
  const task = await server.start("sleep 60 & wait");
  const { pid, supervisor } = await running(server, task.task_id);
  kill(supervisor, "SIGTERM");
  const [ended] = await server.ended(task.task_id);
  expect(ended).toMatchObject({ status: "interrupted", reason: "its supervisor was told to end (SIGTERM)" });
  expect(isRunning(pid)).toBe(false);
  await server.close();
});

test.each([
  ["that runs already", {}],
  ["that it is to start", { BACKBURNER_SHELL: "bash -c" }],
])("a supervisor that is told to end while it can't claim its task ends the command %s", async (_, env) => {
  const home = newHome();
  const server = await Server.open(home, env);
  change(
    home,
    `CREATE TRIGGER kept BEFORE UPDATE ON tasks WHEN NEW.status = 'working' BEGIN SELECT RAISE(ABORT, 'kept from it'); END`,
  );
  const { task_id } = await server.start("sleep 60 & wait");
  await waitUntil("its claim fails", () => readText(join(home, "trace.log")).includes("the claim of task"));
  const supervisors = processesWith(`BACKBURNER_HOME=${home}`).filter(
    (pid) => pid !== server.pid && argvOf(pid).includes(task_id),
  );
  for (const pid of supervisors) kill(pid, "SIGTERM");
  await Bun.sleep(50); // until it has heard
  change(home, "DROP TRIGGER kept");
  const [ended] = await server.ended(task_id);
  expect(ended).toMatchObject({ status: "interrupted", reason: "its supervisor was told to end (SIGTERM)" });
  expect(processesWith(`BACKBURNER_TASK_ID=${task_id}`)).toEqual([]);
  await server.close();
});

test("supervisors killed with 20 tasks queued: the queue goes on for whoever waits", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "2" });
  const blockers = [await server.start("sleep 60"), await server.start("sleep 60")];
  const supervisors = await Promise.all(blockers.map(async (task) => (await running(server, task.task_id)).supervisor));
  const queued = [];
  for (let n = 0; n < 20; n += 1) queued.push(await server.start(`echo ${n} >> '${home}/order'`));
  expect(queued.every((task) => task.status === "queued")).toBe(true);
  const waiting = server.ended(...queued.map((task) => task.task_id));
  for (const pid of supervisors) kill(pid, "SIGKILL");
  for (const task of await waiting) expect(task).toMatchObject({ status: "completed", exit_code: 0 });
  expect(readText(join(home, "order")).trim().split("\n")).toHaveLength(20);
  expect((await server.status(blockers[0]?.task_id ?? "")).status).toBe("interrupted");
  await server.close();
});

test("supervisors killed with tasks queued: the queue goes on at the next command of anybody else", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const blocker = await server.start("sleep 60");
  const { supervisor } = await running(server, blocker.task_id);
  for (let n = 0; n < 20; n += 1) await server.start(`echo ${n} >> '${home}/order'`);
  await server.close();
  kill(supervisor, "SIGKILL");
  await waitUntil("the supervisor is gone", () => !isRunning(supervisor));
  const other = await Server.open(home);
  await other.call("list_tasks");
  await other.close();
  // Nobody waits and nobody asks any more; the queue runs by itself now, in order.
  const all = Array.from({ length: 20 }, (_, n) => n).join("\n");
  await waitUntil("all twenty have run", () => readText(join(home, "order")).trim() === all);
});

test("a supervisor killed amid a burst of starts: the queue goes on though nobody asks any more", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const blocker = await server.start("sleep 60");
  const { supervisor } = await running(server, blocker.task_id);
  await server.start(`echo first >> '${home}/order'`); // this one has looked whether supervisors live, just before
  kill(supervisor, "SIGKILL");
  await server.start(`echo second >> '${home}/order'`);
  await waitUntil("both have run", () => readText(join(home, "order")) === "first\nsecond\n");
  await server.close();
});

/** All that a client asks is there at once, and the end of its input as well. */
async function startAndLeave(home: string, env: Record<string, string>, command: string): Promise<void> {
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "hasty", version: "1" } };
  const messages = [
    { id: 1, method: "initialize", params },
    { method: "notifications/initialized" },
    { id: 2, method: "tools/call", params: { name: "start_task", arguments: { command } } },
  ];
  const stdin = messages.map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`).join("");
  const server = Bun.spawn([BINARY, "mcp"], { env: environment(home, env), stdin: Buffer.from(stdin), stdout: "pipe" });
  expect(await server.stdout.text()).toContain("task_id");
  await server.exited;
}

test("a task that is started behind a dead supervisor begins though nobody asks for it, whoever started it", async () => {
  const home = newHome();
  const env = { BACKBURNER_MAX_TASKS: "1" };
  const server = await Server.open(home, env);
  const starts = {
    server: (command: string) => server.start(command),
    "a server that leaves at once": (command: string) => startAndLeave(home, env, command),
    cli: (command: string) => cli(home, ["start", "--", command], { env }),
    "a cli that can't print": (command: string) =>
      Bun.spawn([BINARY, "start", "--", command], {
        env: environment(home, env),
        stdout: Bun.file("/dev/full"),
        stderr: "ignore",
      }).exited,
  };
  for (const [by, start] of Object.entries(starts)) {
    const { supervisor } = await running(server, (await server.start("sleep 60")).task_id);
    kill(supervisor, "SIGKILL");
    await waitUntil("the supervisor is gone", () => !isRunning(supervisor));
    await start(`echo $$ > "$BACKBURNER_HOME/${by}"`);
    await waitUntil(`what was started by ${by} has run`, () => readText(join(home, by)));
  }
  await server.close();
});

test("a reserved task whose supervisor never came gets another one", async () => {
  const home = newHome();
  const { openStore } = await import("../src/store/open.ts");
  const { insertTask } = await import("../src/store/write.ts");
  const { newTaskId } = await import("../src/task.ts");
  const { environmentPath, taskDir } = await import("../src/home.ts");
  const { mkdirSync, writeFileSync } = await import("node:fs");
  const store = openStore(home);
  const id = newTaskId();
  mkdirSync(taskDir(home, id), { mode: 0o700 });
  writeFileSync(environmentPath(home, id), JSON.stringify({ env: { PATH: process.env.PATH }, umask: 0o22 }));
  expect(
    insertTask(store, {
      id,
      command: "echo late",
      cwd: home,
      shell: ["/bin/sh", "-c"],
      maxTasks: 1,
      maxOutputBytes: 1e6,
      interactive: false,
      pty: false,
    }),
  ).toEqual([id]);
  const server = await Server.open(home);
  // Its launcher died before it sent anybody, longer ago than a launch may take.
  store.run("UPDATE tasks SET reserved_at_ms = reserved_at_ms - 60000");
  const [task] = await server.ended(id);
  expect(task).toMatchObject({ status: "completed", output_bytes: 5 });
  await server.close();
});

test("a task whose machine was restarted is interrupted, and a stranger with its pid is not touched", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const task = await server.start("sleep 60");
  const { pid, supervisor } = await running(server, task.task_id);
  const stranger = Bun.spawn(["sleep", "60"], { detached: true });
  const { openStore } = await import("../src/store/open.ts");
  openStore(home).run("UPDATE tasks SET boot_id = 'another boot', pid = ?", [stranger.pid]);
  expect(await server.status(task.task_id)).toMatchObject({
    status: "interrupted",
    reason: "the machine was restarted",
  });
  expect([isRunning(stranger.pid), isRunning(pid)]).toEqual([true, true]);
  for (const one of [stranger.pid, pid, supervisor]) kill(one, "SIGKILL");
  await server.close();
});

test("a reused pid is not taken for the supervisor, nor a stranger's group for the task's", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const task = await server.start("sleep 60");
  const { pid, supervisor } = await running(server, task.task_id);
  await server.close();
  kill(supervisor, "SIGKILL");
  await waitUntil("the supervisor is gone", () => !isRunning(supervisor));
  const stranger = Bun.spawn(["sleep", "60"], { detached: true });
  const { openStore } = await import("../src/store/open.ts");
  openStore(home).run("UPDATE tasks SET supervisor_pid = ?1, pid = ?1", [stranger.pid]);
  const next = await Server.open(home);
  expect((await next.status(task.task_id)).status).toBe("interrupted");
  expect([isRunning(stranger.pid), isRunning(pid)]).toEqual([true, false]);
  stranger.kill();
  await next.close();
});

test("no control socket and no environment is left of ended tasks", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const tasks = await Promise.all(["true", "exit 1", "sleep 60"].map((command) => server.start(command)));
  await server.cancel(tasks[2]?.task_id ?? "");
  await server.ended(...tasks.map((task) => task.task_id));
  for (const { task_id } of tasks) {
    await waitUntil("the socket is gone", () => !existsSync(join(home, "tasks", task_id, "ctl")));
    expect(existsSync(join(home, "tasks", task_id, "environment"))).toBe(false);
  }
  await server.close();
});

test("a supervisor that dies between its answer and the opening of its FIFO keeps nobody waiting", async () => {
  const home = newHome();
  const { hold } = await import("../src/supervisor/client.ts");
  const { controlPath, holdPath, taskDir } = await import("../src/home.ts");
  const { makeFifo } = await import("../src/process/libc.ts");
  const { mkdirSync } = await import("node:fs");
  const id = "2aaaaaaaaaaaaa";
  mkdirSync(taskDir(home, id), { recursive: true });
  makeFifo(holdPath(home, id), 0o600); // nobody writes to it
  const dying = Bun.listen({ unix: controlPath(home, id), socket: { data: (peer) => void peer.end("{}\n") } });
  await hold(home, id, AbortSignal.timeout(600_000));
  dying.stop(true);
});

test.each([{}, { pattern: "never" }])(
  "who asks while a dead supervisor's tree is being ended is not told that it runs (%j)",
  async (more) => {
    const server = await Server.open(newHome());
    const ended = await server.run("true");
    const { task_id } = await server.start("trap '' TERM; while :; do sleep 0.1; done");
    const { supervisor } = await running(server, task_id);
    await Bun.sleep(100); // whoever comes now looks
    kill(supervisor, "SIGKILL");
    await waitUntil("its supervisor is gone", () => !isRunning(supervisor));
    const wait = (...task_ids: string[]) =>
      server.call("wait_task", { task_ids, until: "any", timeout_seconds: 0, ...more });
    const [, asked] = await Promise.all([wait(task_id), wait(ended.task_id, task_id)]);
    expect(asked).toMatchObject({ tasks: [{ status: "completed" }, { status: "interrupted" }] });
    await server.close();
  },
);

test("who waits for a moment is answered then, though a dead supervisor's tree takes longer to end", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const ended = await server.run("true");
  const { task_id } = await server.start("exec sleep 60");
  const stubborn = await server.start("trap '' TERM; while :; do sleep 0.1; done");
  const { pid, supervisor } = await running(server, stubborn.task_id);
  await Bun.sleep(100); // whoever comes now looks
  kill(supervisor, "SIGKILL");
  await waitUntil("its supervisor is gone", () => !isRunning(supervisor));
  const wait = (more: object) => server.call("wait_task", { task_ids: [task_id], timeout_seconds: 0.1, ...more });
  const leaving = cli(home, ["wait", task_id, "--timeout", "0.1s"]);
  const [plain, words, any] = await Promise.all([
    wait({}),
    wait({ pattern: "never" }),
    wait({ task_ids: [task_id, ended.task_id], until: "any" }),
  ]);
  expect(isRunning(pid)).toBe(true); // it has a second of grace
  for (const one of [plain, words]) expect(one).toMatchObject({ reason: "timeout", tasks: [{ status: "working" }] });
  expect(any).toMatchObject({ reason: "ended" });
  expect((await leaving).code).toBe(75);
  expect(await server.ended(stubborn.task_id)).toMatchObject([{ status: "interrupted" }]);
  await server.cancel(task_id);
  await server.close();
});
