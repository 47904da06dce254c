// bun run faults [--seconds N] [--faults N] [--seed S] [--binary PATH] [--keep]: a trial of that length, and its table. Leaves with 1 on a violation.
// The same seed plans the same actions and the same faults; when each falls is up to the machine.

import { parseArgs } from "node:util";
import { resolve } from "node:path";
import { BINARY } from "../helpers/home.ts";
import { tableOf } from "./table.ts";
import { Trial } from "./trial.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    faults: { type: "string", default: "1000000" },
    seed: { type: "string", default: crypto.randomUUID().slice(0, 8) },
    binary: { type: "string", default: BINARY },
    keep: { type: "boolean", default: false },
  },
});
const SHOWN = 20;

const { seed, keep } = values;
console.log(`seed ${seed}`);
const trial = new Trial(resolve(values.binary));
const began = performance.now();
let told = began;
await trial.run({
  seed,
  seconds: Number(values.seconds),
  faults: Number(values.faults),
  onProgress(faults, tasks) {
    if (performance.now() - told < 30_000) return;
    told = performance.now();
    console.error(
      `${((told - began) / 1000).toFixed(0)} s: ${faults} signals, ${tasks} tasks, ${trial.ledger.violations.length} violations`,
    );
  },
});
trial.judge();
const { violations } = trial.ledger;
for (const { invariant, task, what } of violations.slice(0, SHOWN))
  console.error(`VIOLATED ${invariant}: ${task ?? ""} ${what}`);
console.log(tableOf(seed, trial.ledger, (performance.now() - began) / 1000));
if (keep) console.log(`kept in ${trial.place.home}`);
else await trial.remove();
process.exit(violations.length > 0 ? 1 : 0);
