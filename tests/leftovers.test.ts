// What a command leaves running: the task has ended all the same, and the process is named, heard and can be ended.

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli } from "./helpers/cli.ts";
import { FIXTURES, isRunning, newHome, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

async function leaveOne(server: Server, home: string) {
  const pidFile = join(home, `leftover-${crypto.randomUUID()}`);
  const { task_id } = await server.start(`sh '${FIXTURES}/leaves-grandchild.sh' '${pidFile}'`);
  const [task] = await server.ended(task_id);
  if (!task) throw new Error("no task");
  return { task, pid: Number(readText(pidFile)) };
}

test("a task ends when its command ends, and names the process that holds its pipe", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { task, pid } = await leaveOne(server, home);
  expect(task).toMatchObject({ status: "completed", exit_code: 0 });
  expect(task.left_running?.map((one) => one.pid)).toContain(pid);
  await server.cancel(task.task_id);
  await server.close();
});

test("what was left running goes on printing into the log without dying of it", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { task, pid } = await leaveOne(server, home);
  const log = join(home, "tasks", task.task_id, "output.log");
  const before = readText(log).length;
  await waitUntil("twenty more ticks are in the log", () => readText(log).length > before + 20 * "tick\n".length);
  expect(isRunning(pid)).toBe(true);
  const now = await server.status(task.task_id);
  expect(now).toMatchObject({ status: "completed" });
  expect(now.output_bytes).toBeGreaterThan(before);
  await server.cancel(task.task_id);
  await server.close();
});

test.each(["4KB", "64MB"])("a task ends though what it left running prints without end (%s kept)", async (kept) => {
  const server = await Server.open(newHome(), { BACKBURNER_MAX_OUTPUT: kept });
  const { task_id } = await server.start("echo first; yes & exit 3");
  const [task] = await server.ended(task_id);
  expect(task).toMatchObject({ status: "failed", exit_code: 3 });
  const [left] = task?.left_running ?? [];
  expect(left?.command).toBe("yes");
  await server.cancel(task_id);
  expect(isRunning(left?.pid ?? 0)).toBe(false);
  await server.close();
});

test("cancel on the ended task ends what it left running, and its result stays", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { task, pid } = await leaveOne(server, home);
  const cancelled = await server.cancel(task.task_id);
  expect(isRunning(pid)).toBe(false);
  expect(cancelled).toMatchObject({ status: "completed", exit_code: 0 });
  expect(cancelled.survivors).toBeUndefined();
  expect((await server.status(task.task_id)).left_running).toBeUndefined();
  await server.close();
});

test("what a leftover starts in its stead is named as well, and ended, though nothing tells whose it is", async () => {
  const server = await Server.open(newHome());
  const forks = `env -i setsid sh -c "sleep 0.5; env -i setsid sleep 66 & exit 0"`;
  const { task_id } = await server.start(`(${forks} &); sleep 0.2`);
  await server.ended(task_id);
  const pid = await waitUntil("the other one runs", async () => {
    const { left_running: left = [] } = await server.status(task_id);
    return left.find(({ command }) => command === "sleep 66")?.pid;
  });
  expect(isRunning(pid)).toBe(true);
  await server.cancel(task_id);
  expect(isRunning(pid)).toBe(false);
  await server.close();
});

test("a task is kept while something runs that a leftover of it has started and left", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const [pidFile, forked] = [join(home, "pid"), join(home, "forked")];
  const forks = `setsid sh -c "until [ -e ${forked} ]; do sleep 0.02; done; setsid sleep 67 & echo \\$! >${pidFile}; exit 0"`;
  const { task_id } = await server.start(`(${forks} >/dev/null 2>&1 &); sleep 0.2`);
  const [task] = await server.ended(task_id);
  writeFileSync(forked, "");
  for (const { pid } of task?.left_running ?? []) await waitUntil("the first is gone", () => !isRunning(pid));
  const pid = Number(readText(pidFile));
  expect(isRunning(pid)).toBe(true);
  expect((await cli(home, ["prune", "--older-than", "1ms"])).stdout).not.toContain("1 task");
  await server.cancel(task_id);
  expect(isRunning(pid)).toBe(false);
  expect((await cli(home, ["prune", "--older-than", "1ms"])).stdout).toContain("1 task");
  await server.close();
});

test("the slot is free although something was left running, and cancelling the next task leaves it alone", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const pidFile = join(home, "leftover");
  const first = await server.start(`sh '${FIXTURES}/leaves-grandchild.sh' '${pidFile}'`);
  const second = await server.start("sleep 60");
  await server.ended(first.task_id);
  await waitUntil("the second task runs", async () => (await server.status(second.task_id)).pid);
  expect(await server.cancel(second.task_id)).toMatchObject({ status: "cancelled" });
  expect(isRunning(Number(readText(pidFile)))).toBe(true);
  expect(await server.run("echo third")).toMatchObject({ status: "completed", output: "third\n" });
  expect(isRunning(Number(readText(pidFile)))).toBe(true);
  await server.cancel(first.task_id);
  expect(isRunning(Number(readText(pidFile)))).toBe(false);
  await server.close();
});

test("a daemon that holds no pipe is named as well", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { task_id } = await server.start(`(setsid sleep 60 >/dev/null 2>&1 </dev/null &)`);
  const [task] = await server.ended(task_id);
  expect(task?.left_running).toMatchObject([{ command: "sleep 60" }]);
  await server.cancel(task_id);
  expect(isRunning(task?.left_running?.[0]?.pid ?? 0)).toBe(false);
  await server.close();
});

test("children that end together with their parent are not named, and what they print last is there at the end", async () => {
  const server = await Server.open(newHome());
  for (let round = 0; round < 10; round += 1) {
    const task = await server.run("echo first > >(cat; echo last)");
    expect(task.left_running).toBeUndefined();
    expect(task.output).toBe("first\nlast\n");
  }
  await server.close();
});
