// A run as rows for people: our median and spread, the budget, and everybody who took turns with us.

import type { Experiment, Figure, Measured } from "./experiment.ts";
import { present, ratios, type Series, summarize } from "./statistics.ts";

export interface Cell {
  contender: string;
  series: Series;
  /** Ours ÷ theirs, of the same rounds. */
  ratio?: Series;
}

export interface Row {
  experiment: string;
  figure: Figure;
  size: number;
  ours: Series;
  holds?: boolean;
  others: Cell[];
}

export function rowsOf(experiment: Experiment, measured: Measured[]): Row[] {
  return experiment.figures.flatMap((figure) => {
    const mine = measured.filter(({ contender, values }) => contender === "backburner" && values[figure.id]);
    return mine.map(({ size, values }): Row => {
      const own = values[figure.id] ?? [];
      const series = summarize(present(own));
      const others = measured
        .filter((other) => other.size === size && other.contender !== "backburner" && other.values[figure.id])
        .map((other): Cell => {
          const theirs = other.values[figure.id] ?? [];
          return {
            contender: other.contender,
            series: summarize(present(theirs)),
            ratio: summarize(ratios(own, theirs)),
          };
        });
      return {
        experiment: experiment.id,
        figure,
        size,
        ours: series,
        ...(figure.budget !== undefined && {
          holds: figure.better === "less" ? series.median <= figure.budget : series.median >= figure.budget,
        }),
        others,
      };
    });
  });
}

export function show(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return size >= 1_000
    ? Math.round(value).toLocaleString("en")
    : size >= 100
      ? value.toFixed(0)
      : value.toFixed(size >= 10 ? 1 : 2);
}

/** Lines of a table with columns as wide as they have to be. */
export function print(rows: Row[]): string {
  const lines = rows.map(({ figure, size, ours, holds, others }) => [
    `${figure.id}${size === 0 ? "" : ` @${show(size)}`}`,
    figure.title,
    `${show(ours.median)} ${figure.unit}`,
    `${show(ours.low)} – ${show(ours.high)} (${ours.count})`,
    figure.budget === undefined
      ? ""
      : `${figure.better === "less" ? "≤" : "≥"} ${show(figure.budget)}${holds ? "" : " MISSED"}`,
    others
      .map(
        ({ contender, series, ratio }) =>
          `${contender} ${show(series.median)}${ratio ? ` → ×${ratio.median.toFixed(2)} (${ratio.low.toFixed(2)} – ${ratio.high.toFixed(2)})` : ""}`,
      )
      .join("; "),
  ]);
  const all = [["figure", "", "median", "quartiles (n)", "budget", "others → ours ÷ theirs (quartiles)"], ...lines];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
