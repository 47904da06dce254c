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
            private: memoryKiB(client.pid, ["Private_Clean", "Private_Dirty"]) / 1024,
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
            private: each(["Private_Clean", "Private_Dirty"]),
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

/** The runtime's own helper threads leave after ten idle seconds. */
const SETTLES_MS = 14_000;

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
          const before = sum(supervisors.map(activity));
          const serverBefore = activity(server.pid);
          await Bun.sleep(seconds * 1_000);
          const after = sum(supervisors.map(activity));
          return {
            wakeups: (after.switches - before.switches) / seconds,
            cpu: (after.cpuMs - before.cpuMs) / seconds,
            "server-wakeups": (activity(server.pid).switches - serverBefore.switches) / seconds,
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

/** How often all threads of a process left the processor, and its CPU time to the nanosecond (proc_pid_status(5), schedstat). */
function activity(pid: number): Activity {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
  return sum(
    threads.map((thread) => {
      const counts = [...readText(`${thread}/status`).matchAll(/^(?:non)?voluntary_ctxt_switches:\s+(\d+)/gm)];
      return {
        switches: counts.reduce((total, [, count]) => total + Number(count), 0),
        cpuMs: Number(readText(`${thread}/schedstat`).split(" ")[0]) / 1e6,
      };
    }),
  );
}

function sum(all: Activity[]): Activity {
  const total = { switches: 0, cpuMs: 0 };
  for (const { switches, cpuMs } of all) {
    total.switches += switches;
    total.cpuMs += cpuMs;
  }
  return total;
}
