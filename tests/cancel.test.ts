// Cancel and timeout end the whole tree, and say so only when it is true.

import { expect, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BINARY,
  FIXTURES,
  isRunning,
  kill,
  newHome,
  parentOf,
  processesWith,
  readText,
  waitUntil,
} from "./helpers/home.ts";
import { Server, type Shown } from "./helpers/server.ts";

const KINDS = ["daemon", "double", "plain", "setsid"];

/** Starts the tree of four kinds of children, and gives all of its pids once they run. */
async function startTree(
  server: Server,
  home: string,
  how: "polite" | "deaf",
  more = {},
): Promise<{ task: Shown; pids: number[] }> {
  const pidDir = join(home, `pids-${how}`);
  const task = await server.start(`mkdir '${pidDir}'; exec sh '${FIXTURES}/four-children.sh' '${pidDir}' ${how}`, more);
  const pids = await waitUntil("four children run", () => {
    const found = KINDS.map((kind) => Number(readText(join(pidDir, kind))));
    return found.every((pid) => pid > 0 && isRunning(pid)) && found;
  });
  return { task, pids: [...pids, ...processesWith(`BACKBURNER_TASK_ID=${task.task_id}`)] };
}

test.each(["polite", "deaf"] as const)("cancel ends four kinds of children, %s to SIGTERM", async (how) => {
  const home = newHome();
  const server = await Server.open(home);
  const { task, pids } = await startTree(server, home, how);
  expect(pids.length).toBeGreaterThanOrEqual(8);
  const cancelled = await server.cancel(task.task_id, 0.5);
  // No waiting here: all are dead when the answer comes.
  expect(pids.filter(isRunning)).toEqual([]);
  expect(cancelled).toMatchObject({ status: "cancelled" });
  expect(cancelled.survivors).toBeUndefined();
  expect((await server.status(task.task_id)).status).toBe("cancelled");
  await server.close();
});

test.each(["polite", "deaf"] as const)("a timeout ends four kinds of children, %s to SIGTERM", async (how) => {
  const home = newHome();
  const server = await Server.open(home);
  const { task, pids } = await startTree(server, home, how, { timeout_seconds: 1.5 });
  const [ended] = await server.ended(task.task_id);
  expect(pids.filter(isRunning)).toEqual([]);
  expect(ended).toMatchObject({ status: "timed_out", reason: "it ran longer than its timeout of 1.5 s" });
  await server.close();
});

test("a command that handles SIGTERM is given its time, and what it then says is kept", async () => {
  const server = await Server.open(newHome());
  const task = await server.start(
    "trap 'echo cleaning; sleep 0.3; echo clean; exit 7' TERM; echo ready; while :; do sleep 0.05; done",
  );
  await waitUntil("it is ready", async () => (await server.status(task.task_id)).output_lines);
  const cancelled = await server.cancel(task.task_id, 10);
  expect(cancelled).toMatchObject({ status: "cancelled", exit_code: 7 });
  const { output } = await server.call("task_result", { task_id: task.task_id });
  expect(output).toMatch(/^ready\n(.*Terminated.*\n)?cleaning\nclean\n$/);
  await server.close();
});

test("a grace of zero is SIGKILL at once", async () => {
  const server = await Server.open(newHome());
  const task = await server.start("trap 'echo heard' TERM; echo ready; while :; do sleep 0.05; done");
  await waitUntil("it is ready", async () => (await server.status(task.task_id)).output_lines);
  expect(await server.cancel(task.task_id, 0)).toMatchObject({ status: "cancelled", signal: "SIGKILL" });
  expect((await server.call("task_result", { task_id: task.task_id })).output).toBe("ready\n");
  await server.close();
});

test.each(["cancel", "timeout"])("a cancel with a shorter grace ends one that goes on (%s)", async (how) => {
  const home = newHome();
  const server = await Server.open(home);
  const deaf = `trap '' TERM; touch '${home}/deaf'; while :; do sleep 60; done`;
  const { task_id } = await server.start(deaf, how === "timeout" ? { timeout_seconds: 1 } : {});
  await waitUntil("it is deaf", () => existsSync(join(home, "deaf")));
  const first = how === "cancel" ? server.cancel(task_id, 3_600) : server.ended(task_id);
  await Bun.sleep(how === "cancel" ? 500 : 1_500);
  const status = how === "cancel" ? "cancelled" : "timed_out";
  expect(await server.cancel(task_id, 0)).toMatchObject({ status, signal: "SIGKILL" });
  await first;
  await server.close();
});

test("a stopped tree can be cancelled", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { task, pids } = await startTree(server, home, "polite");
  for (const pid of pids) kill(pid, "SIGSTOP");
  expect(await server.cancel(task.task_id, 0.5)).toMatchObject({ status: "cancelled" });
  expect(pids.filter(isRunning)).toEqual([]);
  await server.close();
});

test("a tree that grows while it is cancelled ends too", async () => {
  const server = await Server.open(newHome());
  const task = await server.start("trap '' TERM; while :; do (trap '' TERM; sleep 30) & sleep 0.01; done");
  await waitUntil("it has grown", () => processesWith(`BACKBURNER_TASK_ID=${task.task_id}`).length > 20);
  expect(await server.cancel(task.task_id, 0.2)).toMatchObject({ status: "cancelled" });
  expect(processesWith(`BACKBURNER_TASK_ID=${task.task_id}`)).toEqual([]);
  await server.close();
});

test("in a tree that never stands still everybody who stays is asked before he is killed, and nobody is left", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const polite = `trap "echo heard >>'${home}/heard'; exit" TERM; echo $$ >>'${home}/up'; while :; do sleep 0.05; done`;
  const restless = "while :; do (sleep 0.01 & sleep 0.02 &); sleep 0.005; done";
  const task = await server.start(
    `export polite='${polite.replaceAll("'", `'\\''`)}'
    for i in 1 2 3 4 5 6; do (setsid sh -c "$polite" &); setsid sh -c "$polite" & (${restless}) & done; wait`,
  );
  const linesOf = (name: string) => readText(join(home, name)).split("\n").length - 1;
  await waitUntil("all run", () => linesOf("up") === 12);
  expect(await server.cancel(task.task_id, 3)).toMatchObject({ status: "cancelled" });
  expect(processesWith(`BACKBURNER_TASK_ID=${task.task_id}`)).toEqual([]);
  expect(linesOf("heard")).toBe(12);
  await server.close();
});

test("a task that ends by itself in the same moment keeps its true result", async () => {
  const home = newHome();
  const server = await Server.open(home);
  for (let round = 0; round < 10; round += 1) {
    const task = await server.start(`until [ -e '${home}/go-${round}' ]; do sleep 0.01; done; exit 5`);
    const pid = await waitUntil("the command runs", async () => (await server.status(task.task_id)).pid);
    const supervisor = parentOf(pid);
    // Stopped, the supervisor can't learn of the end; when it goes on, the end and the cancel reach it together.
    kill(supervisor, "SIGSTOP");
    writeFileSync(join(home, `go-${round}`), "");
    await waitUntil("the command has ended", () => !isRunning(pid));
    const cancelled = server.cancel(task.task_id);
    await Bun.sleep(round * 3);
    kill(supervisor, "SIGCONT");
    expect(await cancelled).toMatchObject({ status: "failed", exit_code: 5 });
  }
  await server.close();
});

test("cancelling an ended task changes nothing, and cancelling twice at once answers both", async () => {
  const server = await Server.open(newHome());
  const done = await server.run("exit 4");
  expect(await server.cancel(done.task_id)).toMatchObject({ status: "failed", exit_code: 4 });
  const task = await server.start("sleep 60");
  const both = await Promise.all([server.cancel(task.task_id), server.cancel(task.task_id)]);
  expect(both.map((one) => one.status)).toEqual(["cancelled", "cancelled"]);
  await server.close();
});

test("a queued task that is cancelled never runs, and leaves no environment behind", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1", SECRET_VALUE: "s3cr3t-needle" });
  const first = await server.start("sleep 60");
  const second = await server.start(`touch '${home}/ran'`);
  expect(second.status).toBe("queued");
  expect(await server.cancel(second.task_id)).toMatchObject({ status: "cancelled" });
  expect(readdirSync(join(home, "tasks", second.task_id)).toSorted()).toEqual(["ended", "task.json"]);
  await server.cancel(first.task_id);
  const third = await server.run("true");
  expect(third.status).toBe("completed");
  expect(readdirSync(home)).not.toContain("ran");
  await server.close();
});

test("a task that itself starts a task can be cancelled without ending the inner one", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const outer = await server.start(`'${BINARY}' start -- 'sleep 60' > '${home}/inner'; sleep 60`);
  const innerId = await waitUntil("the inner task has an id", () => readText(join(home, "inner")).trim());
  await waitUntil("the inner task works", async () => (await server.status(innerId)).pid);
  expect(await server.cancel(outer.task_id)).toMatchObject({ status: "cancelled" });
  const inner = await server.status(innerId);
  expect(inner.status).toBe("working");
  expect(isRunning(inner.pid ?? 0)).toBe(true);
  expect(await server.cancel(innerId)).toMatchObject({ status: "cancelled" });
  await server.close();
});
