// The loads: many clients, many tasks, many at once, and a day of an agent's work without its pauses. Each gives its findings.

import { join } from "node:path";
import { memoryKiB } from "../bench/backburner.ts";
import { BINARY, isRunning, parentOf, processesWith, waitUntil } from "../helpers/home.ts";
import { Server, type Shown } from "../helpers/server.ts";
import { type Cost, costOf, directories, Findings, type Row, storeBytes } from "./measure.ts";

/** What a process's memory may differ by without having grown: its collector comes when it comes. */
const NOISE_MIB = 24;
const MORE_DESCRIPTORS = 2;
const MOST_LOG_MIB = 16;

/** `clients` servers of one home, each with `each` tasks, all at once: none lost, none refused, each with its own exit code. */
export async function manyClients(home: string, clients: number, each: number): Promise<Row[]> {
  const findings = new Findings(`${clients} clients at once`);
  const began = performance.now();
  const servers = await Promise.all(
    Array.from({ length: clients }, () => Server.open(home, { BACKBURNER_MAX_TASKS: "8" })),
  );
  findings.told("all answer after", (performance.now() - began) / 1000, "s");
  const wrong = await Promise.all(
    servers.map(async (server, n) => {
      const codes = Array.from({ length: each }, (_, at) => (n + at) % 256);
      const tasks = await Promise.all(codes.map((code) => server.start(`exit ${code}`)));
      const ended = await all(server, tasks);
      return codes.filter((code, at) => ended[at]?.exit_code !== code).length;
    }),
  );
  findings.told("all tasks have ended after", (performance.now() - began) / 1000, "s");
  findings.exactly("tasks with a wrong end, or none", sum(wrong), 0);
  const [first] = servers;
  if (first)
    findings.exactly("tasks in the store", (await first.call<{ total: number }>("list_tasks")).total, clients * each);
  await Promise.all(servers.map((server) => server.close()));
  findings.exactly("processes left", await left(home), 0);
  return findings.rows;
}

/** `count` tasks, all queued by one server for four slots. */
export async function longQueue(home: string, count: number): Promise<Row[]> {
  const findings = new Findings(`${count} tasks through the queue`);
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "4" });
  const witness = join(home, "witness");
  const run = async (tasks: number) => {
    const started = await inBatches(tasks, () => server.start(`echo >>'${witness}'`));
    const ended = await all(server, started);
    return ended.filter(({ status }) => status !== "completed").length;
  };
  const warm = Math.ceil(count / 10);
  await run(warm);
  const [before, bytesBefore, began] = [costOf(server.pid), storeBytes(home), performance.now()];
  const wrong = await run(count - warm);
  const seconds = (performance.now() - began) / 1000;
  await settle();
  findings.told("throughput", (count - warm) / seconds, "tasks/s");
  findings.exactly("tasks that did not complete", wrong, 0);
  findings.exactly("runs that the commands witnessed", (await Bun.file(witness).text()).length, count);
  grew(findings, "server", before, costOf(server.pid));
  const bytes = storeBytes(home);
  findings.atMost("store per kept task", (bytes.file - bytesBefore.file) / (count - warm), 1024, "bytes");
  findings.atMost("log of the store", bytes.log / 2 ** 20, MOST_LOG_MIB, "MiB");
  await server.close();
  findings.exactly("processes left", await left(home), 0);
  return findings.rows;
}

/** `count` tasks that run at the same time, one wait for all of them, then all cancelled at once. */
export async function manyRunning(home: string, count: number): Promise<Row[]> {
  const findings = new Findings(`${count} running tasks`);
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: String(count) });
  await server.run("true");
  const before = costOf(server.pid);
  const began = performance.now();
  const tasks = await Promise.all(Array.from({ length: count }, () => server.start("sleep 3600 & wait")));
  const supervisors = await Promise.all(
    tasks.map(async ({ task_id }) =>
      parentOf(await waitUntil("it runs", async () => (await server.status(task_id)).pid, 60_000)),
    ),
  );
  findings.told("all run after", (performance.now() - began) / 1000, "s");
  const waiting = server.call<{ reason: string }>("wait_task", { task_ids: ids(tasks), timeout_seconds: 120 });
  await settle();
  const memories = supervisors.map((pid) => memoryKiB(pid, ["Anonymous"]) / 1024);
  findings.told("private memory of a supervisor, mean", sum(memories) / count, "MiB");
  findings.atMost("descriptors of a supervisor", Math.max(...supervisors.map((pid) => costOf(pid).descriptors)), 24);
  const cancelled = await Promise.all(tasks.map(({ task_id }) => server.cancel(task_id)));
  findings.exactly("tasks that were not cancelled", cancelled.filter(({ status }) => status !== "cancelled").length, 0);
  findings.exactly("waits that did not learn it", Number((await waiting).reason !== "ended"), 0);
  await settle();
  grew(findings, "server", before, costOf(server.pid));
  findings.exactly("supervisors left", supervisors.filter(isRunning).length, 0);
  await server.close();
  findings.exactly("processes left", await left(home), 0);
  return findings.rows;
}

const KEPT = 100;

/**
 * What an agent does in a day, `cycles` times without a pause: start, wait, read, look, cancel; the old is pruned as it goes. Beside
 * it one task runs all day and prints at every turn.
 */
export async function aDay(home: string, cycles: number): Promise<Row[]> {
  const findings = new Findings(`a day: ${cycles} cycles`);
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "4", BACKBURNER_MAX_OUTPUT: "1MB" });
  const other = await Server.open(home, { BACKBURNER_MAX_TASKS: "4" });
  const companion = await server.start("while read line; do seq 1 2000; done", { interactive: true });
  const supervisor = parentOf(await waitUntil("it runs", async () => (await server.status(companion.task_id)).pid));
  let at: { server: Cost; other: Cost; supervisor: Cost; store: { file: number; log: number } } | undefined;
  const look = () => ({
    server: costOf(server.pid),
    other: costOf(other.pid),
    supervisor: costOf(supervisor),
    store: storeBytes(home),
  });
  let wrong = 0;
  const began = performance.now();
  for (let n = 0; n < cycles; n += 1) {
    if (n === Math.floor(cycles / 4)) {
      await settle();
      at = look();
    }
    const done = await server.run(`seq ${n} ${n + 100}; exit ${n % 3}`, { wait_seconds: n % 2 });
    if (done.exit_code !== n % 3 || done.output_lines !== 101) wrong += 1;
    await other.call("list_tasks", { limit: 20 });
    await server.call("send_input", { task_id: companion.task_id, input: "\n", wait_seconds: 0 });
    if (n % 5 === 0) {
      const sleeper = await other.start("sleep 600 & sleep 600");
      await server.call("wait_task", { task_ids: [sleeper.task_id], timeout_seconds: 0.01 });
      if ((await server.cancel(sleeper.task_id)).status !== "cancelled") wrong += 1;
    }
    if (n % 50 === 49) await prune(home);
  }
  findings.told("cycles", cycles / ((performance.now() - began) / 1000), "per second");
  await settle();
  const end = look();
  findings.exactly("cycles that went wrong", wrong, 0);
  if (at) {
    grew(findings, "server", at.server, end.server);
    grew(findings, "second server", at.other, end.other);
    grew(findings, "supervisor of the day's task", at.supervisor, end.supervisor);
    findings.atMost("growth of the store", (end.store.file - at.store.file) / 1024, 256, "KiB");
  }
  findings.atMost("log of the store", end.store.log / 2 ** 20, MOST_LOG_MIB, "MiB");
  await prune(home);
  findings.atMost("directories of tasks", directories(home), KEPT + 2);
  await server.cancel(companion.task_id);
  await server.close();
  await other.close();
  findings.exactly("processes left", await left(home), 0);
  return findings.rows;
}

function grew(findings: Findings, who: string, before: Cost, after: Cost): void {
  findings.told(`${who}: memory`, after.rssMiB, "MiB");
  findings.atMost(`${who}: growth of memory`, after.rssMiB - before.rssMiB, NOISE_MIB, "MiB");
  findings.atMost(`${who}: more descriptors`, after.descriptors - before.descriptors, MORE_DESCRIPTORS);
}

async function prune(home: string): Promise<void> {
  const pruned = Bun.spawn([BINARY, "prune", "--keep", String(KEPT)], {
    env: { ...process.env, BACKBURNER_HOME: home },
    stdout: "ignore",
  });
  if ((await pruned.exited) !== 0) throw new Error("prune failed");
}

/** So many can be waited for in one call. */
const MOST_IN_ONE_WAIT = 1_000;

/** Waits for all, again when the time of a call is over. */
async function all(server: Server, tasks: Shown[]): Promise<Shown[]> {
  for (let from = 0; from < tasks.length; from += MOST_IN_ONE_WAIT) {
    const task_ids = ids(tasks.slice(from, from + MOST_IN_ONE_WAIT));
    const ended = () => server.call<{ reason: string }>("wait_task", { task_ids, timeout_seconds: 25 });
    while ((await ended()).reason !== "ended");
  }
  return Promise.all(tasks.map(({ task_id }) => server.status(task_id)));
}

async function inBatches(count: number, start: () => Promise<Shown>): Promise<Shown[]> {
  const started: Shown[] = [];
  while (started.length < count) {
    const batch = Array.from({ length: Math.min(500, count - started.length) }, start);
    started.push(...(await Promise.all(batch)));
  }
  return started;
}

/** Supervisors leave a moment after the end of their last task is known. */
async function left(home: string): Promise<number> {
  const pids = () => processesWith(`BACKBURNER_HOME=${home}`).filter(isRunning);
  await waitUntil("all have left", () => pids().length === 0, 10_000).catch(() => {});
  return pids().length;
}

/** Memory is given back, and connections are closed, a moment later. */
function settle(): Promise<void> {
  return Bun.sleep(2_000);
}

const ids = (tasks: Shown[]) => tasks.map(({ task_id }) => task_id);
const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
