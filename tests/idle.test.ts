// The idle timeout: who prints nothing for so long is ended, who prints is not.

import { expect, test } from "bun:test";
import { messageOf } from "../src/errors.ts";
import { cli, cliJson, startTask } from "./helpers/cli.ts";
import { isRunning, newHome, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

test("a task that prints nothing for its idle timeout is ended with its tree, and the reason says which timeout", async () => {
  const server = await Server.open(newHome());
  const { task_id } = await server.start("echo begun; sleep 60 & echo $!; wait", { idle_timeout_seconds: 0.3 });
  const [task] = await server.ended(task_id);
  expect(task).toMatchObject({
    status: "timed_out",
    reason: "it printed nothing for 0.3 s",
    signal: "SIGTERM",
    idle_timeout_seconds: 0.3,
  });
  const child = Number(String(task?.output).trim().split("\n").at(-1));
  expect(isRunning(child)).toBe(false);
  await server.close();
});

test("without any output the idle time counts from the start", async () => {
  const server = await Server.open(newHome());
  const task = await server.run("sleep 60", { idle_timeout_seconds: 0.2, timeout_seconds: 30 });
  expect(task).toMatchObject({ status: "timed_out", reason: "it printed nothing for 0.2 s", output: "" });
  await server.close();
});

test("a task that prints now and then outlives its idle timeout, on either stream and without a newline", async () => {
  const server = await Server.open(newHome());
  const chatty =
    "for i in 1 2 3 4 5 6 7 8; do sleep 0.25; if [ $((i % 2)) = 0 ]; then printf .; else printf . >&2; fi; done";
  const task = await server.run(chatty, { idle_timeout_seconds: 1.5 });
  expect(task).toMatchObject({ status: "completed", exit_code: 0, output: "........" });
  expect(task.duration_seconds).toBeGreaterThan(1.5);
  await server.close();
});

test("the task's own timeout is still told apart", async () => {
  const server = await Server.open(newHome());
  const task = await server.run("sleep 60", { idle_timeout_seconds: 30, timeout_seconds: 0.2 });
  expect(task).toMatchObject({ status: "timed_out", reason: "it ran longer than its timeout of 0.2 s" });
  await server.close();
});

test("status tells how long a running task has been silent, and no longer once it has ended", async () => {
  const home = newHome();
  const id = await startTask(home, ["--idle-timeout", "20m", "--", "echo words; exec sleep 60"]);
  const silent = await waitUntil("it has been silent", async () => {
    const task = await cliJson(home, ["status", id]);
    return Number(task.seconds_since_output) > 0.05 && task.output_lines === 1 && task;
  });
  const sinceOutputMs = Date.now() - Date.parse(String(silent.last_output_at));
  expect(Number(silent.seconds_since_output) * 1000).toBeLessThanOrEqual(sinceOutputMs);
  expect(silent).toMatchObject({ status: "working", idle_timeout_seconds: 1200 });
  expect((await cli(home, ["status", id])).stdout).toMatch(/^idle timeout {2}20m00s$/m);
  const ended = await cliJson(home, ["cancel", id]);
  expect(ended.status).toBe("cancelled");
  expect(ended).not.toHaveProperty("seconds_since_output");
});

test("a wrong idle timeout is refused", async () => {
  const home = newHome();
  expect(await cli(home, ["start", "--idle-timeout", "0", "--", "true"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--idle-timeout is"),
  });
  const server = await Server.open(home);
  const refusal = server.start("true", { idle_timeout_seconds: -1 }).catch(messageOf);
  expect(await refusal).toStartWith("idle_timeout_seconds is -1; expected");
  await server.close();
});
