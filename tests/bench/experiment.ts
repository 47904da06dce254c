// One experiment: what is measured, of whom, how often; and the run of it, in which all take turns.

import { messageOf } from "../../src/errors.ts";
import type { Bench } from "./bench.ts";

/** One value for each figure of the experiment that this contender has. */
export type Sample = Record<string, number>;

export interface Probe {
  sample(): Promise<Sample>;
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
  /** Against whom it is read in the table of regressions; default: everybody. */
  sizes?: number[];
}

/** Somebody who is measured: "backburner", a floor (no tool at all) or a peer. */
export interface Contender {
  name: string;
  kind: "ours" | "floor" | "peer";
  /** Rounds at most, of somebody slow. */
  rounds?: number;
  open(size: number): Promise<Probe>;
}

export interface Experiment {
  id: string;
  figures: Figure[];
  /** What is scaled, in words, and its sizes. */
  scale?: { of: string; quick: number[]; full: number[] };
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
        probes.set(contender, await contender.open(size));
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
        if (!contender || !result || result.failure !== undefined || round >= (contender.rounds ?? rounds)) continue;
        try {
          const sample = await probes.get(contender)?.sample();
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
