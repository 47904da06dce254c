// events: a line for each start and each end, none missed and none twice, for whoever started the task.

import { expect, test } from "bun:test";
import { type Subprocess } from "bun";
import { cli, gate, spawnCli, startTask } from "./helpers/cli.ts";
import { kill, newHome, parentOf, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

interface Told {
  event: "started" | "ended";
  at: string;
  task_id: string;
  [more: string]: unknown;
}

/** Follows the events of a home; what has come so far is in `told`. Resolves when it listens. */
async function following(home: string, options: string[] = []) {
  const process = spawnCli(home, ["events", "--follow", "--json", "--since", "1h", ...options]);
  const told: Told[] = [];
  const read = (async () => {
    const decoder = new TextDecoder();
    let pending = "";
    for await (const chunk of process.stdout as ReadableStream<Uint8Array>) {
      const lines = (pending + decoder.decode(chunk, { stream: true })).split("\n");
      pending = lines.pop() ?? "";
      told.push(...lines.map((line) => JSON.parse(line) as Told));
    }
  })();
  return { told, end: () => end(process, read) };
}

async function end(process: Subprocess, read: Promise<void>): Promise<void> {
  process.kill();
  await read;
}

const shortly = (told: Told[], id: string) => told.filter((one) => one.task_id === id).map((one) => one.event);

test("events of what has been: oldest first, tabs between the fields, JSON on demand", async () => {
  const home = newHome();
  await cli(home, ["start", "--wait", "--name", "bad", "--", "exit 3"]);
  const good = await startTask(home, ["--", "echo 'a\tb'"]);
  await cli(home, ["wait", good]);
  const { stdout } = await cli(home, ["events"]);
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  expect(rows.map(([, event, , status, exit, , name]) => [event, status, exit, name])).toEqual([
    ["started", "working", "", "bad"],
    ["ended", "failed", "3", "bad"],
    ["started", "working", "", ""],
    ["ended", "completed", "0", ""],
  ]);
  expect(rows.every((fields) => fields.length === 8)).toBe(true);
  expect(rows[2]?.[7]).toBe("echo 'a␉b'");
  const times = rows.map(([at = ""]) => at);
  expect(times).toEqual(times.toSorted());

  const told = (await cli(home, ["events", "--json"])).stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Told);
  expect(told[1]).toEqual({
    event: "ended",
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    task_id: expect.any(String),
    name: "bad",
    command: "exit 3",
    cwd: home,
    status: "failed",
    exit_code: 3,
    duration_seconds: expect.any(Number),
  });
  expect(told[2]).not.toHaveProperty("exit_code");
  expect((await cli(home, ["events", "--since", "0s"])).stdout).toBe("");
});

test("--follow tells each start and each end as it happens, of tasks of the CLI and of a server, also of a killed supervisor", async () => {
  const home = newHome();
  const { told, end: endFollowing } = await following(home);
  const { command, open } = gate(home);
  const one = await startTask(home, ["--name", "one", "--", command]);
  await waitUntil("its start is told", () => shortly(told, one).includes("started"));
  expect(shortly(told, one)).toEqual(["started"]);
  open();
  await waitUntil("its end is told", () => shortly(told, one).includes("ended"));

  const server = await Server.open(home);
  const two = await server.start("exec sleep 60");
  const pid = await waitUntil("it runs", async () => (await server.status(two.task_id)).pid);
  await waitUntil("its start is told", () => shortly(told, two.task_id).includes("started"));
  await server.close(); // nobody but the follower is left to find out
  kill(parentOf(pid), "SIGKILL");
  await waitUntil("its end is told", () => shortly(told, two.task_id).includes("ended"));
  expect(told.at(-1)).toMatchObject({ event: "ended", status: "interrupted" });
  expect(told.map(({ event }) => event)).toEqual(["started", "ended", "started", "ended"]);
  await endFollowing();
});

test("a burst of tasks is told whole: each start once before its end, and none is missed", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "3" });
  const { told, end: endFollowing } = await following(home);
  const ids: string[] = [];
  for (let n = 0; n < 150; n += 1) ids.push((await server.start(`exit ${n % 3}`)).task_id);
  const blocker = await server.start("exec sleep 60");
  const queued = await server.start("exec sleep 60");
  await server.cancel(queued.task_id);
  await server.cancel(blocker.task_id);
  await server.ended(...ids);
  await waitUntil("all ends are told", () => told.filter(({ event }) => event === "ended").length >= 152);
  for (const id of ids) expect(shortly(told, id)).toEqual(["started", "ended"]);
  expect(shortly(told, queued.task_id).at(-1)).toBe("ended");
  expect(new Set(told.map(({ event, task_id }) => event + task_id)).size).toBe(told.length);
  await endFollowing();
  await server.close();
});

test("without --since, --follow tells only what happens from now on, and ends quietly when nobody reads", async () => {
  const home = newHome();
  await cli(home, ["start", "--wait", "--", "true"]);
  const follower = spawnCli(home, ["events", "--follow"]);
  const reader = (follower.stdout as ReadableStream<Uint8Array>).getReader();
  const first = reader.read();
  // It says nothing when it has begun: tasks are started until the first of them is told.
  const ids: string[] = [];
  let line: string | undefined;
  void first.then(({ value }) => (line = new TextDecoder().decode(value)));
  await waitUntil("an event is told", async () => {
    if (line === undefined) ids.push(await startTask(home, ["--", "sleep 0.05"]));
    return line !== undefined;
  });
  expect(ids.some((id) => line?.includes(id))).toBe(true);
  expect(line).not.toContain("\ttrue\n");
  await reader.cancel();
  await waitUntil("it has left", async () => {
    await startTask(home, ["--", "true"]);
    return follower.exitCode !== null;
  });
  expect(follower.exitCode).toBe(0);
  expect(await new Response(follower.stderr).text()).toBe("");
});
