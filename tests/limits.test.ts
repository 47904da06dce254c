// No process, no file descriptor, or nobody of the user left: refused or told, and fine again afterwards.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { FIXTURES, isRunning, newHome, parentOf, waitUntil } from "./helpers/home.ts";
import type { Server } from "./helpers/server.ts";
import { processesOf, Stranger } from "./helpers/user.ts";

/** Sets a limit of one of the user's processes that runs. */
function limit(user: Stranger, pid: number, what: "nproc" | "nofile", value: number): void {
  const { exitCode, stderr } = Bun.spawnSync([...user.as, "prlimit", "--pid", String(pid), `--${what}=${value}:`]);
  if (exitCode !== 0) throw new Error(stderr.toString());
}
const PLENTY = 4096;

/** A running task that ends when its gate is opened. */
async function gated(server: Server, user: Stranger) {
  const gate = join(user.directory, "open");
  const task = await server.start(`until [ -e '${gate}' ]; do sleep 0.02; done; exit 4`);
  const pid = await waitUntil("it runs", async () => (await server.status(task.task_id)).pid);
  return { task, supervisor: parentOf(pid), open: () => Bun.write(gate, "") };
}

test("a server that can't start a process says so of the task, and starts the next when it can", async () => {
  await Stranger.use(async (user) => {
    const server = await user.serve();
    const { task, open } = await gated(server, user);
    limit(user, server.pid, "nproc", 1);
    const failed = await server.start("echo never");
    expect(await server.status(failed.task_id)).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/^no supervisor could be started: .*EAGAIN/),
    });
    expect(await server.status(task.task_id)).toMatchObject({ status: "working" });
    limit(user, server.pid, "nproc", PLENTY);
    expect(await server.run("echo again")).toMatchObject({ status: "completed", output: "again\n" });
    await open();
    expect(await server.ended(task.task_id)).toMatchObject([{ exit_code: 4 }]);
    await server.close();
  });
});

for (const [what, few, told] of [
  ["process", "nproc", /^it could not start: .*EAGAIN/],
  ["file descriptor", "nofile", /^it could not start: .*too many open files/],
] as const)
  test(`a supervisor that has no ${what} for the next task fails that, and goes on with the one after it`, async () => {
    await Stranger.use(async (user) => {
      const server = await user.serve({ BACKBURNER_MAX_TASKS: "1" });
      const { task, supervisor, open } = await gated(server, user);
      const [second, third] = [await server.start("echo never"), await server.start("echo third")];
      limit(user, supervisor, few, few === "nproc" ? 1 : 8);
      await open();
      expect(await server.ended(task.task_id, second.task_id)).toMatchObject([
        { status: "failed", exit_code: 4 },
        { status: "failed", reason: expect.stringMatching(told) },
      ]);
      if (isRunning(supervisor)) limit(user, supervisor, few, PLENTY);
      const [last] = await server.ended(third.task_id);
      expect(["completed", "failed"]).toContain(String(last?.status)); // it may have come before the limit was lifted
      expect(await server.run("echo again")).toMatchObject({ status: "completed", output: "again\n" });
      await server.close();
    });
  });

test("a server without a free descriptor refuses in a sentence, goes on answering, and recovers", async () => {
  await Stranger.use(async (user) => {
    const server = await user.serve();
    const { task, open } = await gated(server, user);
    const waiting = server.ended(task.task_id);
    const files = () => Bun.spawnSync(["find", `/proc/${server.pid}/fd`, "-printf", "%l\n"]).stdout.toString();
    await waitUntil("it waits", () => files().includes(`${task.task_id}/hold\n`));
    limit(user, server.pid, "nofile", 8);
    const refused = await server.tool("start_task", { command: "echo never" });
    expect(refused.isError).toBe(true);
    expect(refused.content[0]?.text).toMatch(/no file descriptor is free|no supervisor could be started/);
    // Who can't look takes nobody for dead.
    for (let round = 0; round < 5; round += 1) await server.tool("task_result", { task_id: task.task_id });
    limit(user, server.pid, "nofile", PLENTY);
    expect(await server.status(task.task_id)).toMatchObject({ status: "working" });
    await open();
    expect(await waiting).toMatchObject([{ exit_code: 4 }]);
    expect(await server.run("echo again")).toMatchObject({ status: "completed", output: "again\n" });
    await server.close();
  });
});

test("a wait that has no descriptors left to wait with keeps none, and waits when there are some", async () => {
  const fixture = join(FIXTURES, "starved-wait.ts");
  const shell = Bun.spawn(["sh", "-c", 'ulimit -n 64 && exec "$0" "$1" "$2"', process.execPath, fixture, newHome()]);
  expect(JSON.parse(await shell.stdout.text())).toEqual({ starved: [false, false], more: 0, fed: true });
});

test("with so few descriptors that nothing works, the binary says so and leaves", async () => {
  await Stranger.use(async (user) => {
    for (const few of [6, 8]) {
      const { code, stderr, stdout } = user.run(["start", "--", "true"], { before: ["prlimit", `--nofile=${few}`] });
      expect({ few, code, stdout }).toMatchObject({ code: expect.any(Number), stdout: "" });
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/file descriptor|can't be used: unable to open/);
    }
  });
});

test("kill -9 -1: all that the user runs is gone, and the next reader says interrupted", async () => {
  await Stranger.use(async (user) => {
    const server = await user.serve();
    const bystander = await server.start("sleep 76");
    await waitUntil("it runs", async () => (await server.status(bystander.task_id)).pid);
    // Never as anybody who has processes of their own.
    const killer = await server.start(`sleep 0.1; [ "$(id -u)" = ${user.uid} ] && kill -9 -1`);
    await waitUntil("all is gone", () => processesOf(user.uid).length === 0);
    const next = await user.serve();
    for (const { task_id } of [bystander, killer])
      expect(await next.status(task_id)).toMatchObject({
        status: "interrupted",
        reason: "its supervisor died; how the command ended is not known",
      });
    expect(await next.run("echo after")).toMatchObject({ status: "completed", output: "after\n" });
    await next.close();
  });
});
