// From the call to the command's first instruction.

import { join } from "node:path";
import { ours, OurServer } from "../backburner.ts";
import { clockMs, stampedMs } from "../clock.ts";
import { emptyCalls } from "../empty.ts";
import type { Experiment } from "../experiment.ts";
import { queues } from "../peers/queues.ts";
import { servers } from "../peers/servers.ts";

export const start: Experiment = {
  id: "start",
  figures: [
    { id: "start-reply", title: "start_task → reply", unit: "ms", better: "less", budget: 3 },
    { id: "start-first", title: "start_task → first instruction", unit: "ms", better: "less", budget: 15, target: 10 },
  ],
  rounds: { quick: 8, full: 30 },
  inRow: 3,
  contenders: (bench) => [
    ...ours(bench, async (binary) => {
      const server = await OurServer.start(bench, binary);
      let count = 0;
      return {
        async sample() {
          const file = join(server.home, `first-${(count += 1)}`);
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
    emptyCalls(bench, { call: ["start-reply"] }),
    ...queues(bench, 10, (queue) => async () => ({ "start-first": (await submitted(queue, bench.stamp)).first }), {
      sem: bench.quick ? 2 : 10,
      pm2: bench.quick ? 1 : 5,
    }),
    ...servers(bench, async (server) => {
      const client = await server.open();
      let count = 0;
      return {
        async sample() {
          const file = join(server.scratch, `first-${(count += 1)}`);
          const began = clockMs();
          await server.start(client, `${bench.stamp} ${file}`);
          const replied = clockMs();
          return { "start-reply": replied - began, "start-first": (await stampedMs(file)) - began };
        },
        close: () => client.close(),
      };
    }),
  ],
};

export const submit: Experiment = {
  id: "submit",
  figures: [
    { id: "submit-first", title: "CLI start → first instruction", unit: "ms", better: "less" },
    { id: "submit-call", title: "CLI start, the whole call", unit: "ms", better: "less" },
  ],
  rounds: { quick: 4, full: 20 },
  inRow: 3,
  contenders: (bench) => [
    ...ours(bench, async (binary) => {
      const server = await OurServer.start(bench, binary);
      const queue = {
        scratch: server.home,
        submit: (command: string) => server.cli("start", "--", command),
        close: () => server.close(),
      };
      return {
        async sample() {
          const { first, call, id } = await submitted(queue, bench.stamp);
          await server.ended([id]);
          return { "submit-first": first, "submit-call": call };
        },
        close: () => server.close(),
      };
    }),
    ...queues(
      bench,
      10,
      (queue) => async () => {
        const { first, call } = await submitted(queue, bench.stamp);
        return { "submit-first": first, "submit-call": call };
      },
      { sem: bench.quick ? 2 : 10, pm2: bench.quick ? 1 : 5 },
    ),
  ],
};

let stamps = 0;

async function submitted(queue: { scratch: string; submit(command: string): Promise<string> }, stamp: string) {
  const file = join(queue.scratch, `first-${(stamps += 1)}`);
  const began = clockMs();
  const id = await queue.submit(`${stamp} ${file}`);
  const call = clockMs() - began;
  return { first: (await stampedMs(file)) - began, call, id };
}

export const submits: Experiment = {
  id: "submits",
  figures: [
    {
      id: "submits",
      title: "200 submits one after the other, one CLI call each (sem, pm2: fewer): each",
      unit: "ms",
      better: "less",
    },
  ],
  rounds: { quick: 1, full: 3 },
  warmUps: 0,
  contenders: (bench) => {
    const count = bench.quick ? 50 : 200;
    const each = async (times: number, submitOne: () => Promise<unknown>) => {
      const began = clockMs();
      for (let n = 0; n < times; n += 1) await submitOne();
      return { submits: (clockMs() - began) / times };
    };
    return [
      ...ours(bench, async (binary) => {
        const server = await OurServer.start(bench, binary);
        return {
          async sample() {
            const ids: string[] = [];
            const sample = await each(count, async () => ids.push(await server.cli("start", "--", "true")));
            await server.ended(ids);
            return sample;
          },
          close: () => server.close(),
        };
      }),
      ...queues(bench, 4, (queue) => () => each(queue.slow ? count / 10 : count, () => queue.submit("true")), {
        sem: 1,
        pm2: bench.quick ? 0 : 1,
      }),
    ];
  },
};
