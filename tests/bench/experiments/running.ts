// What tasks cost that do nothing but run: memory, CPU and wake-ups of their supervisors and of the server beside them.

import { readdirSync } from "node:fs";
import { parentOf, readText } from "../../helpers/home.ts";
import { memoryKiB, ours, OurServer } from "../backburner.ts";
import type { Experiment } from "../experiment.ts";

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
    { id: "wakeups", title: "wake-ups of all supervisors, a second", unit: "/s", better: "less", budget: 0 },
    { id: "cpu", title: "CPU of all supervisors", unit: "ms/s", better: "less", budget: 0 },
    { id: "server-wakeups", title: "wake-ups of the server, a second", unit: "/s", better: "less", budget: 1 },
  ],
  scale: { of: "running tasks", quick: [1, 10], full: [1, 10, 100] },
  rounds: { quick: 1, full: 2 },
  warmUps: 0,
  contenders: (bench) =>
    ours(bench, (binary, tasks) =>
      Promise.resolve({
        async sample() {
          const server = await OurServer.start(bench, binary, { BACKBURNER_MAX_TASKS: String(tasks + 1) });
          const started: string[] = [];
          for (let n = 0; n < tasks; n += 1) started.push((await server.startTask("sleep 600")).task_id);
          const supervisors: number[] = [];
          for (const id of started) supervisors.push(parentOf((await server.running(id)).pid));
          await Bun.sleep(bench.quick ? 3_000 : 6_000);
          const seconds = bench.quick ? 2 : 20;
          const before = [...supervisors, server.pid].map(activity);
          await Bun.sleep(seconds * 1_000);
          const after = [...supervisors, server.pid].map(activity);
          const gained = after.map(({ switches, cpuMs }, at) => ({
            switches: switches - (before[at]?.switches ?? 0),
            cpuMs: cpuMs - (before[at]?.cpuMs ?? 0),
          }));
          const theServer = gained.pop();
          const sum = (pick: "switches" | "cpuMs") => gained.reduce((total, one) => total + one[pick], 0);
          const each = (fields: string[]) =>
            supervisors.reduce((total, pid) => total + memoryKiB(pid, fields), 0) / 1024 / tasks;
          const sample = {
            private: each(["Private_Clean", "Private_Dirty"]),
            "task-rss": each(["Rss"]),
            wakeups: sum("switches") / seconds,
            cpu: sum("cpuMs") / seconds,
            "server-wakeups": (theServer?.switches ?? 0) / seconds,
          };
          await Promise.all(started.map((id) => server.cancel(id)));
          await server.close();
          return sample;
        },
        close: () => Promise.resolve(),
      }),
    ),
};

/** How often all threads of a process left the processor, and its CPU time to the nanosecond (proc_pid_status(5), schedstat). */
function activity(pid: number): { switches: number; cpuMs: number } {
  let [switches, cpuMs] = [0, 0];
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const status = readText(`/proc/${pid}/task/${thread}/status`);
    for (const [, count] of status.matchAll(/^(?:non)?voluntary_ctxt_switches:\s+(\d+)/gm)) switches += Number(count);
    cpuMs += Number(readText(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0]) / 1e6;
  }
  return { switches, cpuMs };
}
