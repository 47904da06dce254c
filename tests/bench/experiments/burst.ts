// Many tasks that do nothing: what a task costs when nothing else does.

import { ours, OurServer } from "../backburner.ts";
import { clockMs } from "../clock.ts";
import type { Contender, Experiment } from "../experiment.ts";
import { queues } from "../peers/queues.ts";

const SLOTS = 4;

export const burst: Experiment = {
  id: "burst",
  figures: [
    {
      id: "burst",
      title: "a burst of `true`, 4 slots, to the end of the last",
      unit: "tasks/s",
      better: "more",
      budget: 1_000,
      target: 2_000,
    },
  ],
  scale: { of: "tasks", quick: [200], full: [100, 300, 1_000] },
  rounds: { quick: 2, full: 3 },
  warmUps: 0,
  contenders: (bench) => [
    ...ours(bench, (binary, count) =>
      Promise.resolve({
        async sample() {
          const server = await OurServer.start(bench, binary, { BACKBURNER_MAX_TASKS: String(SLOTS) });
          const began = clockMs();
          const tasks = await Promise.all(Array.from({ length: count }, () => server.startTask("true")));
          const ended = await server.ended(tasks.map((task) => task.task_id));
          const took = clockMs() - began;
          await server.close();
          if (ended.some((task) => task.status !== "completed")) throw new Error("a task did not complete");
          return { burst: count / (took / 1_000) };
        },
        close: () => Promise.resolve(),
      }),
    ),
    // `true` is executed without a shell by whoever can tell that it needs none.
    ...["sh -c true", "true"].map((command): Contender => ({
      name: `xargs -P4 ${command}`,
      kind: "floor",
      open: (count) =>
        Promise.resolve({
          async sample() {
            const began = clockMs();
            await Bun.spawn(["sh", "-c", `seq ${count} | xargs -P${SLOTS} -I{} ${command}`]).exited;
            return { burst: count / ((clockMs() - began) / 1_000) };
          },
          close: () => Promise.resolve(),
        }),
    })),
    ...queues(
      bench,
      SLOTS,
      (queue, size) => {
        const { wait } = queue;
        if (!wait) return undefined;
        const count = queue.slow ? 20 : size;
        return async () => {
          const began = clockMs();
          const ids: string[] = [];
          for (let n = 0; n < count; n += 1) ids.push(await queue.submit("true"));
          for (const id of ids.slice(-SLOTS)) await wait(id);
          return { burst: count / ((clockMs() - began) / 1_000) };
        };
      },
      { sem: 1, nq: 1 },
    ),
  ],
};
