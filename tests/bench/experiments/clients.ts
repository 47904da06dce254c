// Many servers on one home: what they cost each other, and how long until the last of them knows that a task has ended.

import { join } from "node:path";
import { ours, OurServer } from "../backburner.ts";
import { directory } from "../bench.ts";
import { itsParent } from "../parent.ts";
import { clockMs, stampedMs } from "../clock.ts";
import { emptyCalls } from "../empty.ts";
import type { Experiment } from "../experiment.ts";

export const clients: Experiment = {
  id: "clients",
  figures: [
    {
      id: "clients-reply",
      title: "start_task → reply beside so many other servers",
      unit: "ms",
      better: "less",
      budget: 3,
      flat: true,
    },
    { id: "clients-wait", title: "end of the command → the last of so many waits answers", unit: "ms", better: "less" },
  ],
  scale: { of: "servers on one home", quick: [1, 4], full: [1, 8, 32] },
  rounds: { quick: 3, full: 15 },
  contenders: (bench) => [
    emptyCalls(bench, { call: ["clients-reply"] }),
    itsParent(bench, ["clients-wait"]),
    ...ours(bench, async (binary, count) => {
      const home = directory(bench, "home");
      const open = () => OurServer.start(bench, binary, {}, home);
      const server = await open();
      const others: OurServer[] = [];
      for (let n = 1; n < count; n += 1) others.push(await open());
      let round = 0;
      return {
        async sample() {
          const file = join(home, `end-${(round += 1)}`);
          const began = clockMs();
          const { task_id } = await server.startTask(`exec ${bench.stamp} ${file} 400`);
          const replied = clockMs();
          await Promise.all([server, ...others].map((each) => each.ended([task_id])));
          const answered = clockMs();
          return { "clients-reply": replied - began, "clients-wait": answered - (await stampedMs(file)) };
        },
        close: () => Promise.all([server, ...others].map((each) => each.close())),
      };
    }),
  ],
};
