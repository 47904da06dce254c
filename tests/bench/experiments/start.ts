// From the call to the command's first instruction, and back from its last one to whoever waits.

import { join } from "node:path";
import { ours, OurServer } from "../backburner.ts";
import { clockMs, stampedMs } from "../clock.ts";
import type { Experiment } from "../experiment.ts";

export const start: Experiment = {
  id: "start",
  figures: [
    { id: "start-reply", title: "start_task → reply", unit: "ms", better: "less", budget: 3 },
    { id: "start-first", title: "start_task → first instruction", unit: "ms", better: "less", budget: 15, target: 10 },
  ],
  rounds: { quick: 15, full: 60 },
  warmUps: 3,
  contenders: (bench) =>
    ours(bench, async (binary) => {
      const server = await OurServer.start(bench, binary);
      let round = 0;
      return {
        async sample() {
          const file = join(server.home, `first-${(round += 1)}`);
          const began = clockMs();
          const { task_id } = await server.startTask(`${bench.stamp} ${file}`);
          const replied = clockMs();
          const first = await stampedMs(file);
          await server.ended([task_id]);
          return { "start-reply": replied - began, "start-first": first - began };
        },
        close: () => server.close(),
      };
    }),
};

export const submit: Experiment = {
  id: "submit",
  figures: [
    { id: "submit-first", title: "CLI start → first instruction", unit: "ms", better: "less" },
    { id: "submit-call", title: "CLI start, the whole call", unit: "ms", better: "less" },
  ],
  rounds: { quick: 10, full: 40 },
  warmUps: 2,
  contenders: (bench) =>
    ours(bench, async (binary) => {
      const server = await OurServer.start(bench, binary);
      let round = 0;
      return {
        async sample() {
          const file = join(server.home, `first-${(round += 1)}`);
          const began = clockMs();
          const id = await server.cli("start", "--", `${bench.stamp} ${file}`);
          const left = clockMs();
          const first = await stampedMs(file);
          await server.ended([id]);
          return { "submit-first": first - began, "submit-call": left - began };
        },
        close: () => server.close(),
      };
    }),
};

export const end: Experiment = {
  id: "end",
  figures: [
    {
      id: "end-wait",
      title: "end of the command → wait_task answers",
      unit: "ms",
      better: "less",
      budget: 5,
      target: 2,
    },
    { id: "end-cli", title: "end of the command → CLI wait has left", unit: "ms", better: "less" },
  ],
  rounds: { quick: 10, full: 40 },
  warmUps: 2,
  contenders: (bench) =>
    ours(bench, async (binary) => {
      const server = await OurServer.start(bench, binary);
      let round = 0;
      return {
        async sample() {
          const after = async (wait: (id: string) => Promise<unknown>) => {
            const file = join(server.home, `end-${(round += 1)}`);
            const { task_id } = await server.startTask(`${bench.stamp} ${file} 150`);
            await wait(task_id);
            const answered = clockMs();
            return answered - (await stampedMs(file));
          };
          return {
            "end-wait": await after((id) => server.ended([id])),
            "end-cli": await after((id) => server.cli("wait", id)),
          };
        },
        close: () => server.close(),
      };
    }),
};
