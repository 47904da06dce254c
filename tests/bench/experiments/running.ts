// What tasks cost that do nothing but run: memory, what others notice of them, and whether anybody wakes.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parentOf, readText } from "../../helpers/home.ts";
import { memoryKiB, ours, OurServer } from "../backburner.ts";
import type { Bench } from "../bench.ts";
import { Client } from "../client.ts";
import { clockMs, stampedMs } from "../clock.ts";
import { emptyBun } from "../empty.ts";
import type { Experiment } from "../experiment.ts";
import { itsParent } from "../parent.ts";

/** Not Private_Clean and Private_Dirty: pages of the binary that one process alone has mapped, or that were just written, would count as its own. */
const PRIVATE = ["Anonymous"];

export const running: Experiment = {
  id: "running",
  figures: [
    {
      id: "private",
      title: "private memory of a running task's supervisor",
      unit: "MiB",
      better: "less",
      budget: 4,
      target: 2.5,
      flat: true,
    },
    { id: "task-rss", title: "… its RSS (shared pages counted whole)", unit: "MiB", better: "less", flat: true },
    {
      id: "running-first",
      title: "start_task → first instruction beside them",
      unit: "ms",
      better: "less",
      budget: 15,
      flat: true,
    },
    { id: "running-wait", title: "end of one of them → wait_task for any answers", unit: "ms", better: "less" },
  ],
  scale: { of: "running tasks", quick: [1, 10], full: [1, 10, 100] },
  rounds: { quick: 5, full: 20 },
  contenders: (bench) => [
    itsParent(bench, ["running-wait"]),
    emptyBun(bench, async (path) => {
      const client = await Client.open([path]);
      return {
        sample: () =>
          Promise.resolve({
            private: memoryKiB(client.pid, PRIVATE) / 1024,
            "task-rss": memoryKiB(client.pid, ["Rss"]) / 1024,
          }),
        close: () => client.close(),
      };
    }),
    ...ours(bench, async (binary, count) => {
      const { server, tasks, supervisors, close } = await startAll(bench, binary, count);
      await Bun.sleep(2_000);
      const each = (fields: string[]) =>
        supervisors.reduce((total, pid) => total + memoryKiB(pid, fields), 0) / 1024 / count;
      let round = 0;
      return {
        async sample() {
          const [first, last] = [join(server.home, `first-${(round += 1)}`), join(server.home, `last-${round}`)];
          const began = clockMs();
          const { task_id } = await server.startTask(`${bench.stamp} ${first}; exec ${bench.stamp} ${last} 100`);
          await server.call("wait_task", { task_ids: [...tasks, task_id], until: "any" });
          const answered = clockMs();
          return {
            private: each(PRIVATE),
            "task-rss": each(["Rss"]),
            "running-first": (await stampedMs(first)) - began,
            "running-wait": answered - (await stampedMs(last)),
          };
        },
        close,
      };
    }),
  ],
};

/** The runtime's own helper threads leave after ten idle seconds, and it looks for garbage once a second until thirty looks have found none. */
const SETTLES_MS = 36_000;

export const idle: Experiment = {
  id: "idle",
  figures: [
    { id: "wakeups", title: "wake-ups of all idle supervisors, a second", unit: "/s", better: "less", budget: 0 },
    { id: "cpu", title: "CPU of all idle supervisors", unit: "ms/s", better: "less", budget: 0 },
    { id: "server-wakeups", title: "wake-ups of the idle server, a second", unit: "/s", better: "less", budget: 1 },
  ],
  slow: true,
  scale: { of: "running tasks", quick: [10], full: [1, 10, 100] },
  rounds: { quick: 1, full: 1 },
  warmUps: 0,
  contenders: (bench) =>
    ours(bench, async (binary, count) => {
      const { server, supervisors, close } = await startAll(bench, binary, count);
      await Bun.sleep(SETTLES_MS);
      return {
        async sample() {
          const seconds = bench.quick ? 5 : 20;
          const before = new Map([...supervisors, server.pid].map((pid) => [pid, activity(pid)]));
          await Bun.sleep(seconds * 1_000);
          const gained = (pid: number) => between(before.get(pid) ?? new Map(), activity(pid));
          const all = supervisors.map(gained);
          return {
            wakeups: all.reduce((total, { switches }) => total + switches, 0) / seconds,
            cpu: all.reduce((total, { cpuMs }) => total + cpuMs, 0) / seconds,
            "server-wakeups": gained(server.pid).switches / seconds,
          };
        },
        close,
      };
    }),
};

/** A server with so many tasks that only run, and their supervisors. */
async function startAll(bench: Bench, binary: string, count: number) {
  const server = await OurServer.start(bench, binary, { BACKBURNER_MAX_TASKS: String(count + 1) });
  const tasks: string[] = [];
  for (let n = 0; n < count; n += 1) tasks.push((await server.startTask("exec sleep 900")).task_id);
  const supervisors: number[] = [];
  for (const id of tasks) supervisors.push(parentOf((await server.running(id)).pid));
  const close = async () => {
    await Promise.all(tasks.map((id) => server.cancel(id)));
    await server.close();
  };
  return { server, tasks, supervisors, close };
}

interface Activity {
  switches: number;
  cpuMs: number;
}

/** How often each thread of a process left the processor, and its CPU time to the nanosecond (proc_pid_status(5), schedstat). */
function activity(pid: number): Map<string, Activity> {
  const threads = new Map<string, Activity>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const path = `/proc/${pid}/task/${thread}`;
    const counts = [...readText(`${path}/status`).matchAll(/^(?:non)?voluntary_ctxt_switches:\s+(\d+)/gm)];
    threads.set(thread, {
      switches: counts.reduce((total, [, count]) => total + Number(count), 0),
      cpuMs: Number(readText(`${path}/schedstat`).split(" ")[0]) / 1e6,
    });
  }
  return threads;
}

/** A thread that has ended meanwhile has woken for that, at least. */
function between(before: Map<string, Activity>, after: Map<string, Activity>): Activity {
  const gone = [...before.keys()].filter((thread) => !after.has(thread)).length;
  const gained = { switches: gone, cpuMs: 0 };
  for (const [thread, { switches, cpuMs }] of after) {
    gained.switches += switches - (before.get(thread)?.switches ?? 0);
    gained.cpuMs += cpuMs - (before.get(thread)?.cpuMs ?? 0);
  }
  return gained;
}
