// Our own figures, each through the compiled binary as a client or a person meets it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, parentOf, readText, waitUntil } from "../helpers/home.ts";
import { Server } from "../helpers/server.ts";
import { repeat, type Series, summarize, wallMs } from "./statistics.ts";

/** Removed at the very end: for minutes ext4 searches past every inode that was deleted recently, which slows down what follows. */
const homes: string[] = [];

export function removeHomes(): void {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
}

/** Runs the body in a home of its own, with a server, and leaves nothing behind. */
export async function withServer<T>(
  env: Record<string, string>,
  body: (server: Server, home: string) => Promise<T>,
): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), "backburner-bench-"));
  const server = await Server.open(home, env);
  try {
    return await body(server, home);
  } finally {
    await server.close();
    homes.push(home);
  }
}

export async function spawnToInitialize(rounds: number): Promise<{ ms: Series; rssMiB: Series }> {
  const home = mkdtempSync(join(tmpdir(), "backburner-bench-"));
  const rss: number[] = [];
  const ms = await repeat(rounds, async () => {
    const began = performance.now();
    const server = await Server.open(home);
    const took = performance.now() - began;
    rss.push(memoryKiB(server.pid, ["Rss"]) / 1024);
    await server.close();
    return took;
  });
  homes.push(home);
  return { ms, rssMiB: summarize(rss) };
}

/** `toReply`: call to reply. `toFirst`: call to the command's first instruction, a bash that prints the time. */
export function startTask(rounds: number): Promise<{ toReply: Series; toFirst: Series }> {
  return withServer({}, async (server) => {
    const replies: number[] = [];
    const toFirst = await repeat(rounds, async (round) => {
      const began = wallMs();
      const task = await server.start("echo $EPOCHREALTIME");
      if (round >= 2) replies.push(wallMs() - began);
      await server.ended(task.task_id);
      return (await printedMs(server, task.task_id)) - began;
    });
    return { toReply: summarize(replies), toFirst };
  });
}

/** The time a command printed just before it ended → the answer of a wait that was already open. */
export function endToWait(rounds: number): Promise<Series> {
  return withServer({}, (server, home) =>
    repeat(rounds, async (round) => {
      const go = join(home, `go-${round}`);
      const task = await server.start(`until [ -e ${go} ]; do sleep 0.005; done; echo $EPOCHREALTIME`);
      const waiting = server.ended(task.task_id);
      await waitUntil("the command runs", async () => (await server.status(task.task_id)).pid);
      await Bun.write(go, "");
      await waiting;
      const answered = wallMs();
      return answered - (await printedMs(server, task.task_id));
    }),
  );
}

/** Milliseconds until `count` times `true` have been started and have ended, over MCP. */
export function burst(count: number, slots: number): Promise<number> {
  return withServer({ BACKBURNER_MAX_TASKS: String(slots) }, async (server) => {
    const began = performance.now();
    const tasks = await Promise.all(Array.from({ length: count }, () => server.start("true")));
    const ended = await server.ended(...tasks.map((task) => task.task_id));
    const took = performance.now() - began;
    if (ended.some((task) => task.status !== "completed")) throw new Error("a task of the burst did not complete");
    return took;
  });
}

/** 200 submits, one CLI call each, one after the other. */
export function cliSubmits(count: number): Promise<number> {
  return withServer({}, async (_, home) => {
    const env = { ...process.env, BACKBURNER_HOME: home };
    const began = performance.now();
    for (let n = 0; n < count; n += 1) await Bun.spawn([BINARY, "start", "true"], { env, stdout: "ignore" }).exited;
    const took = performance.now() - began;
    await Bun.spawn([BINARY, "wait", ...(await idsOf(home))], { env, stdout: "ignore" }).exited;
    return took;
  });
}

/** KiB of private memory that one more running task costs: of its supervisor, once it has settled. */
export function memoryPerTask(tasks: number): Promise<Series> {
  return withServer({ BACKBURNER_MAX_TASKS: String(tasks + 1) }, async (server) => {
    const ids: string[] = [];
    for (let n = 0; n < tasks; n += 1) ids.push((await server.start("sleep 600")).task_id);
    const supervisors: number[] = [];
    for (const id of ids) {
      supervisors.push(parentOf(await waitUntil("the command runs", async () => (await server.status(id)).pid)));
    }
    await Bun.sleep(2_000);
    const each = supervisors.map((pid) => memoryKiB(pid, ["Private_Clean", "Private_Dirty"]) / 1024);
    await Promise.all(ids.map((id) => server.cancel(id)));
    return summarize(each);
  });
}

async function printedMs(server: Server, taskId: string): Promise<number> {
  const { output } = await server.call("task_result", { task_id: taskId });
  return Number(output) * 1000;
}

async function idsOf(home: string): Promise<string[]> {
  const list = Bun.spawn([BINARY, "list", "--limit", "1000", "--json"], {
    env: { ...process.env, BACKBURNER_HOME: home },
  });
  const { tasks } = (await list.stdout.json()) as { tasks: { task_id: string }[] };
  return tasks.map((task) => task.task_id);
}

/** Sum of fields of smaps_rollup (proc_pid_smaps(5)). */
export function memoryKiB(pid: number, fields: string[]): number {
  const rollup = readText(`/proc/${pid}/smaps_rollup`);
  return fields.reduce((sum, field) => sum + Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0), 0);
}
