// The floor of waiting: the parent of the very process, which the kernel tells.

import { join } from "node:path";
import { type Bench, directory } from "./bench.ts";
import { clockMs, stampedMs } from "./clock.ts";
import type { Contender } from "./experiment.ts";

/** From the command's last instruction to its parent's knowing, as the named figures. */
export function itsParent(bench: Bench, figures: string[]): Contender {
  return {
    name: "its parent",
    kind: "floor",
    open() {
      const scratch = directory(bench, "parent");
      let count = 0;
      return Promise.resolve({
        async sample() {
          const file = join(scratch, `end-${(count += 1)}`);
          await Bun.spawn(["sh", "-c", `exec ${bench.stamp} ${file} 50`], { stdin: "ignore" }).exited;
          const answered = clockMs();
          const took = answered - (await stampedMs(file));
          return Object.fromEntries(figures.map((figure) => [figure, took]));
        },
        close: () => Promise.resolve(),
      });
    },
  };
}
