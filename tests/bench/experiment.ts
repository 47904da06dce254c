// One experiment: what is measured, of whom, how often; and the run of it, in which all take turns.

import { messageOf } from "../../src/errors.ts";
import type { Bench } from "./bench.ts";
import { present, summarize } from "./statistics.ts";

/** One value for each figure of the experiment that this contender has. */
export type Sample = Record<string, number>;

export interface Probe {
  /** `round` is negative while it warms up. */
  sample(round: number): Promise<Sample>;
  close(): Promise<unknown>;
}

export interface Figure {
  id: string;
  title: string;
  unit: string;
  better: "less" | "more";
  /** What the contract allows, and what we try for. */
  budget?: number;
  target?: number;
  /** Must not grow with the experiment's sizes. */
  flat?: boolean;
}

/** Somebody who is measured: "backburner", a floor (no tool at all) or a peer. */
export interface Contender {
  name: string;
  kind: "ours" | "floor" | "peer";
  /** Rounds at most, of somebody slow. */
  rounds?: number;
  /** `undefined`: it has nothing to be measured here. */
  open(size: number): Promise<Probe | undefined>;
}

export interface Experiment {
  id: string;
  figures: Figure[];
  /** What is scaled, in words, and its sizes. */
  scale?: { of: string; quick: number[]; full: number[] };
  /** How often in a row a turn measures, of which the median counts: nobody is judged by caches that another has just emptied. */
  inRow?: number;
  /** Left out of the quick form unless it is asked for by name. */
  slow?: true;
  rounds: { quick: number; full: number };
  warmUps?: number;
  contenders(bench: Bench): Contender[];
}

/** All samples of one contender at one size, by figure; `undefined` in a round that was not its own. */
export interface Measured {
  contender: string;
  kind: Contender["kind"];
  size: number;
  values: Record<string, (number | undefined)[]>;
  failure?: string;
}

/** Measures all contenders of an experiment, size by size, in turns: what disturbs the machine disturbs all of them. */
export async function run(experiment: Experiment, bench: Bench): Promise<Measured[]> {
  const sizes = experiment.scale?.[bench.quick ? "quick" : "full"] ?? [0];
  const rounds = bench.rounds ?? experiment.rounds[bench.quick ? "quick" : "full"];
  const measured: Measured[] = [];
  for (const size of sizes) measured.push(...(await runAt(experiment, bench, size, rounds)));
  return measured;
}

async function turnOf(probe: Probe, round: number, times: number): Promise<Sample> {
  const samples: Sample[] = [];
  for (let n = 0; n < times; n += 1) samples.push(await probe.sample(round));
  const figures = Object.keys(samples[0] ?? {});
  const median = (figure: string) => summarize(present(samples.map((sample) => sample[figure]))).median;
  return Object.fromEntries(figures.map((figure) => [figure, median(figure)]));
}

/** Somebody slow has fewer rounds, and no more than one to warm up in. */
function skips({ rounds }: Contender, round: number): boolean {
  return rounds !== undefined && (round >= rounds || round < (rounds > 1 ? -1 : 0));
}

async function runAt(experiment: Experiment, bench: Bench, size: number, rounds: number): Promise<Measured[]> {
  const contenders = experiment.contenders(bench).filter(({ kind }) => kind !== "peer" || bench.peers);
  const results = contenders.map(({ name, kind }): Measured => ({ contender: name, kind, size, values: {} }));
  const probes = new Map<Contender, Probe>();
  const fails = (index: number, error: unknown) => {
    const result = results[index];
    if (result) result.failure = messageOf(error);
  };
  try {
    for (const [index, contender] of contenders.entries()) {
      try {
        const probe = await contender.open(size);
        if (probe) probes.set(contender, probe);
      } catch (error) {
        fails(index, error);
      }
    }
    const warmUps = experiment.warmUps ?? 1;
    for (let round = -warmUps; round < rounds; round += 1) {
      for (let turn = 0; turn < contenders.length; turn += 1) {
        // Another one begins each round: nobody has always the same one before it.
        const index = (turn + round + warmUps) % contenders.length;
        const [contender, result] = [contenders[index], results[index]];
        if (!contender || !result || result.failure !== undefined || skips(contender, round)) continue;
        try {
          const probe = probes.get(contender);
          const sample =
            probe && (await turnOf(probe, round, contender.rounds === undefined ? (experiment.inRow ?? 1) : 1));
          if (round < 0) continue;
          for (const [figure, value] of Object.entries(sample ?? {})) (result.values[figure] ??= [])[round] = value;
        } catch (error) {
          fails(index, error);
        }
      }
    }
  } finally {
    for (const [contender, probe] of probes) {
      await probe.close().catch((error: unknown) => fails(contenders.indexOf(contender), error));
    }
  }
  return results;
}
