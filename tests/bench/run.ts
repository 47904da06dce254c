// `bun run bench [--quick]`: the figures of the contract, measured now on this machine, beside their budgets and task-spooler's.

import { loadavg } from "node:os";
import * as ours from "./backburner.ts";
import { muchOutput } from "./output.ts";
import { type Series, summarize } from "./statistics.ts";
import * as spooler from "./task-spooler.ts";

const quick = process.argv.includes("--quick");
const rounds = quick ? 5 : 20;
const count = quick ? 200 : 1_000;

interface Row {
  figure: string;
  measured: string;
  spread: string;
  budget: string;
  holds: string;
  "task-spooler": string;
}
const rows: Row[] = [];

function add(
  figure: string,
  series: Series,
  unit: string,
  budget: number,
  better: "less" | "more",
  peer?: Series,
): void {
  const holds = better === "less" ? series.median <= budget : series.median >= budget;
  const show = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));
  rows.push({
    figure,
    measured: `${show(series.median)} ${unit}`,
    spread: `${show(series.min)} – ${show(series.max)} (${series.count})`,
    budget: `${better === "less" ? "≤" : "≥"} ${budget} ${unit}`,
    holds: holds ? "yes" : "no",
    "task-spooler": peer ? `${show(peer.median)} ${unit} (ours/its ${(series.median / peer.median).toFixed(2)})` : "–",
  });
}

const busy = loadavg()[0] ?? 0;
if (busy > 0.5) console.error(`the machine is busy (load ${busy.toFixed(1)}): read ratios, not absolute times`);
const peer = spooler.isInstalled();
if (!peer) console.error(`task-spooler is not installed ("apt-get install task-spooler"): its column stays empty`);

const initialize = await ours.spawnToInitialize(rounds);
add("spawn → initialize answered", initialize.ms, "ms", 40, "less");
add("RSS after initialize", initialize.rssMiB, "MiB", 60, "less");
const start = await ours.startTask(rounds);
add("start_task → reply", start.toReply, "ms", 3, "less");
add(
  "start_task → first instruction",
  start.toFirst,
  "ms",
  15,
  "less",
  peer ? await spooler.submitToFirst(rounds) : undefined,
);
add(
  "end → wait_task answers",
  await ours.endToWait(rounds),
  "ms",
  5,
  "less",
  peer ? await spooler.endToWait(rounds) : undefined,
);

const bursts: number[] = [];
const peerBursts: number[] = [];
for (let round = 0; round < (quick ? 1 : 3); round += 1) {
  bursts.push(count / ((await ours.burst(count, 4)) / 1000));
  if (peer) peerBursts.push(count / ((await spooler.burst(count, 4)).done / 1000));
}
add(`${count} × true, 4 slots`, summarize(bursts), "tasks/s", 1_000, "more", peer ? summarize(peerBursts) : undefined);
add("private memory per running task", await ours.memoryPerTask(10), "MiB", 4, "less");

const output = await muchOutput(quick ? 64 : 1_024, quick ? 2 : 3);
const size = quick ? "64 MB" : "1 GB";
add(`a command prints ${size}`, output.task, "ms", Math.round(output.shell.median * 1.25), "less");
add("… ÷ the shell writing it to a file", output.ratio, "×", 1.25, "less");
add(`tail 100 of ${size}`, output.tail, "ms", 5, "less");
add(`read at a cursor amid ${size}`, output.cursor, "ms", 5, "less");
add(`grep through ${size}`, output.grep, "ms", quick ? 200 : 3_000, "less");
add("server's RSS after such a tail", summarize([output.serverMiB]), "MiB more", 2, "less");
add(`supervisor's RSS after ${size}`, summarize([output.supervisorMiB]), "MiB more", 32, "less");

console.table(rows);
ours.removeHomes();
