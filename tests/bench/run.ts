// `bun run bench`: the figures of the contract, measured now on this machine, in turns with floors and peers.

import { mkdtempSync, statfsSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BINARY } from "../helpers/home.ts";
import { type Bench, removeAll } from "./bench.ts";
import { compileStamp } from "./clock.ts";
import { run } from "./experiment.ts";
import { experiments } from "./experiments/all.ts";
import { readOptions, USAGE } from "./options.ts";
import { findPeers } from "./peers/install.ts";
import { print, type Row, rowsOf } from "./table.ts";

const options = readOptions(process.argv.slice(2));
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
const wanted = experiments.filter(
  ({ id, figures, slow }) =>
    (options.only.length === 0 && !(slow && options.quick)) ||
    options.only.includes(id) ||
    figures.some((figure) => options.only.includes(figure.id)),
);
if (options.list) {
  for (const { id, figures } of wanted) console.log(`${id}: ${figures.map((figure) => figure.id).join(" ")}`);
  process.exit(0);
}
const known = new Set(experiments.flatMap(({ id, figures }) => [id, ...figures.map((figure) => figure.id)]));
const unknown = options.only.filter((name) => !known.has(name));
if (unknown.length > 0) throw new Error(`nothing is called ${unknown.join(", ")}; --list shows what there is`);

const busy = loadavg()[0] ?? 0;
if (busy > 0.5) console.error(`the machine is busy (load ${busy.toFixed(1)}): read ratios, not absolute times`);

const scratch = mkdtempSync(join(homesDirectory(), "backburner-bench-"));
const peers = options.peers ?? options.against === undefined;
const bench: Bench = {
  quick: options.quick,
  ...(options.rounds !== undefined && { rounds: Number(options.rounds) }),
  binary: resolve(options.binary ?? BINARY),
  ...(options.against !== undefined && { against: resolve(options.against) }),
  peers,
  found: peers ? await findPeers(!options.quick) : { installed: [], missing: [] },
  scratch,
  stamp: await compileStamp(scratch),
};
for (const { name, reason } of bench.found.missing) console.error(`${name} is missing: ${reason}`);
const rows: Row[] = [];
try {
  for (const experiment of wanted) {
    const began = performance.now();
    const measured = await run(experiment, bench);
    console.error(`${experiment.id} took ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    for (const { contender, failure } of measured) {
      if (failure !== undefined) console.error(`${experiment.id}, ${contender}: ${failure}`);
    }
    rows.push(...rowsOf(experiment, measured));
  }
} finally {
  removeAll(bench);
}
console.log(options.json ? JSON.stringify(rows, null, 2) : print(rows));

function homesDirectory(): string {
  if (options.homes !== undefined) return options.homes;
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    if (bavail * bsize > 8 * 2 ** 30) return "/dev/shm";
  } catch {}
  return tmpdir();
}
