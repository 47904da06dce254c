// A run as data: what is printed, stored and compared with a later one.

import type { Experiment, Figure, Measured } from "./experiment.ts";
import type { Machine } from "./machine.ts";
import type { Missing } from "./peers/install.ts";
import { exponent, present, ratios, type Series, summarize } from "./statistics.ts";

/** How somebody else did at a figure. */
export interface Other {
  contender: string;
  series: Series;
  /** Ours ÷ theirs, of the same rounds; nothing where theirs is 0. */
  ratio: Series;
}

export interface Row {
  figure: Figure;
  /** 0: nothing is scaled. */
  size: number;
  ours: Series;
  others: Other[];
}

/** How a figure grows with its experiment's sizes. */
export interface Growth {
  figure: string;
  title: string;
  contender: string;
  sizes: number[];
  medians: number[];
  exponent: number;
  /** Missing: it may grow. */
  flat?: boolean;
}

export interface Part {
  experiment: string;
  /** What its sizes count. */
  of?: string;
  form: "quick" | "full";
  date: string;
  commit: string;
  warnings: string[];
  rows: Row[];
  growth: Growth[];
  failures: { contender: string; size: number; reason: string }[];
}

export interface Result {
  machine: Machine;
  /** Of the peers that were there. */
  versions: Record<string, string>;
  missing: Missing[];
  parts: Part[];
}

/** More than this grows: a quarter more for ten times the size. */
export const FLAT_UP_TO = 0.1;

export function holds({ figure, ours }: Row): boolean | undefined {
  if (figure.budget === undefined) return undefined;
  return figure.better === "less" ? ours.median <= figure.budget : ours.median >= figure.budget;
}

export function rowsOf({ figures }: Pick<Experiment, "figures">, measured: Measured[]): Row[] {
  return figures.flatMap((figure) =>
    measured
      .filter(({ contender, values }) => contender === "backburner" && values[figure.id])
      .map(({ size, values }): Row => {
        const own = values[figure.id] ?? [];
        const others = measured.filter((other) => other.size === size && other.contender !== "backburner");
        return {
          figure,
          size,
          ours: summarize(present(own)),
          others: others.flatMap(({ contender, values: { [figure.id]: theirs } }): Other[] =>
            theirs ? [{ contender, series: summarize(present(theirs)), ratio: summarize(ratios(own, theirs)) }] : [],
          ),
        };
      }),
  );
}

/** Of whoever was measured at two sizes or more. */
export function growthOf(rows: Row[]): Growth[] {
  const names = [...new Set(rows.flatMap(({ others }) => others.map(({ contender }) => contender)))];
  return [...new Set(rows.map(({ figure }) => figure))].flatMap((figure) =>
    ["backburner", ...names].flatMap((contender): Growth[] => {
      const points = rows
        .filter((row) => row.figure === figure && row.size > 0)
        .map(({ size, ours, others }) => {
          const series =
            contender === "backburner" ? ours : others.find((other) => other.contender === contender)?.series;
          return { size, value: series?.median ?? 0 };
        })
        .filter(({ value }) => value > 0);
      if (points.length < 2) return [];
      return [
        {
          figure: figure.id,
          title: figure.title,
          contender,
          sizes: points.map(({ size }) => size),
          medians: points.map(({ value }) => value),
          exponent: exponent(points),
          ...(figure.flat !== undefined && contender === "backburner" && { flat: figure.flat }),
        },
      ];
    }),
  );
}

/** It should be flat and is not. */
export function growsThough({ flat, exponent: slope }: Growth): boolean {
  return flat === true && slope > FLAT_UP_TO;
}

/** Later parts take the places of earlier ones, unless another machine measured those. */
export function merge(stored: Result | undefined, now: Result): Result {
  const same = stored !== undefined && JSON.stringify(stored.machine) === JSON.stringify(now.machine);
  const fresh = new Set(now.parts.map(({ experiment }) => experiment));
  const kept = same ? stored.parts.filter(({ experiment }) => !fresh.has(experiment)) : [];
  return { ...now, parts: [...kept, ...now.parts] };
}
