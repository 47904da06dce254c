// Many tasks that do nothing: what a task costs when nothing else does.

import { ours, OurServer } from "../backburner.ts";
import { type Bench } from "../bench.ts";
import { clockMs } from "../clock.ts";
import type { Experiment } from "../experiment.ts";

const SLOTS = 4;
const count = (bench: Bench) => (bench.quick ? 200 : 1_000);

export const burst: Experiment = {
  id: "burst",
  figures: [
    {
      id: "burst",
      title: "true × 1,000 (quick: 200), 4 slots, over MCP",
      unit: "tasks/s",
      better: "more",
      budget: 1_000,
      target: 2_000,
    },
  ],
  rounds: { quick: 3, full: 5 },
  contenders: (bench) =>
    ours(bench, (binary) =>
      Promise.resolve({
        async sample() {
          const server = await OurServer.start(bench, binary, { BACKBURNER_MAX_TASKS: String(SLOTS) });
          const began = clockMs();
          const tasks = await Promise.all(Array.from({ length: count(bench) }, () => server.startTask("true")));
          const ended = await server.ended(tasks.map((task) => task.task_id));
          const took = clockMs() - began;
          await server.close();
          if (ended.some((task) => task.status !== "completed")) throw new Error("a task did not complete");
          return { burst: count(bench) / (took / 1_000) };
        },
        close: () => Promise.resolve(),
      }),
    ),
};
