// Pipes that serve one command after another: whose output is whose, and who still holds them.

import { expect, test } from "bun:test";
import { closeSync, openSync, readlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { newHome, processesWith, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

const ONE_SLOT = { BACKBURNER_MAX_TASKS: "1" };
const PIPES = "readlink /proc/self/fd/1 /proc/self/fd/2";

test("commands one after the other get the same pipes, and each its own output", async () => {
  const home = newHome();
  const server = await Server.open(home, ONE_SLOT);
  const first = await server.start("sleep 0.3");
  const commands = Array.from({ length: 40 }, (_, at) => `echo out ${at}; echo err ${at} >&2; ${PIPES}`);
  const tasks = await Promise.all(commands.map((command) => server.start(command)));
  await server.ended(first.task_id, ...tasks.map((task) => task.task_id));
  const logs = tasks.map(({ task_id }) => readText(join(home, "tasks", task_id, "output.log")));
  for (const [at, log] of logs.entries()) {
    const lines = log.trimEnd().split("\n");
    expect(lines.filter((line) => !line.startsWith("pipe:")).toSorted()).toEqual([`err ${at}`, `out ${at}`]);
    expect(lines.filter((line) => line.startsWith("pipe:"))).toHaveLength(2);
  }
  const pipes = new Set(
    logs.map((log) =>
      log
        .split("\n")
        .filter((line) => line.startsWith("pipe:"))
        .join(" "),
    ),
  );
  expect(pipes.size).toBe(1);
  await server.close();
  await waitUntil("its supervisor has left", () => processesWith(`BACKBURNER_HOME=${home}`).length === 0);
});

test("who has got hold of a command's pipe prints into no other's output", async () => {
  const home = newHome();
  const server = await Server.open(home, ONE_SLOT);
  const held = await server.start(`until [ -e '${home}/go' ]; do sleep 0.01; done`);
  const next = await server.start(`readlink /proc/self/fd/1; until [ -e '${home}/on' ]; do sleep 0.01; done`);
  const pid = await waitUntil("it runs", async () => (await server.status(held.task_id)).pid);
  const stdout = `/proc/${pid}/fd/1`;
  const pipe = readlinkSync(stdout);
  const fd = openSync(stdout, "w"); // as one that was handed it through a socket
  await Bun.write(join(home, "go"), "");
  await server.ended(held.task_id);
  await waitUntil("the next has printed", () => readText(join(home, "tasks", next.task_id, "output.log")) !== "");
  writeSync(fd, "late\n");
  await waitUntil("it is in the log of the first", () =>
    readText(join(home, "tasks", held.task_id, "output.log")).includes("late"),
  );
  closeSync(fd);
  await Bun.write(join(home, "on"), "");
  await server.ended(next.task_id);
  const log = readText(join(home, "tasks", next.task_id, "output.log"));
  expect(log).toStartWith("pipe:");
  expect(log.trimEnd()).not.toBe(pipe);
  await server.close();
  await waitUntil("its supervisor has left", () => processesWith(`BACKBURNER_HOME=${home}`).length === 0);
});
