// From the command's last instruction to whoever waits for it.

import { join } from "node:path";
import { ours, OurServer } from "../backburner.ts";
import { clockMs, stampedMs } from "../clock.ts";
import type { Experiment } from "../experiment.ts";
import { itsParent } from "../parent.ts";
import { queues } from "../peers/queues.ts";

/** How long the command runs: the wait is open by then. */
const RUNS_MS = 150;

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
  rounds: { quick: 5, full: 40 },
  warmUps: 1,
  contenders: (bench) => [
    ...ours(bench, async (binary) => {
      const server = await OurServer.start(bench, binary);
      let count = 0;
      const after = async (wait: (id: string) => Promise<unknown>) => {
        const file = join(server.home, `end-${(count += 1)}`);
        const { task_id } = await server.startTask(`exec ${bench.stamp} ${file} ${RUNS_MS}`);
        await wait(task_id);
        const answered = clockMs();
        return answered - (await stampedMs(file));
      };
      return {
        sample: async () => ({
          "end-wait": await after((id) => server.ended([id])),
          "end-cli": await after((id) => server.cli("wait", id)),
        }),
        close: () => server.close(),
      };
    }),
    itsParent(bench, ["end-wait", "end-cli"]),
    ...queues(
      bench,
      10,
      (queue) => {
        const { wait } = queue;
        if (!wait) return undefined;
        return async (round) => {
          const file = join(queue.scratch, `end-${round}`);
          const id = await queue.submit(`exec ${bench.stamp} ${file} ${RUNS_MS}`);
          await wait(id);
          const answered = clockMs();
          const took = answered - (await stampedMs(file));
          return { "end-wait": took, "end-cli": took };
        };
      },
      { sem: bench.quick ? 2 : 10 },
    ),
  ],
};
