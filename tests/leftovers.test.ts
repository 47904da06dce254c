// What a command leaves running: the task has ended all the same, and the process is named, heard and can be ended.

import { expect, test } from "bun:test";
import { join } from "node:path";
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
