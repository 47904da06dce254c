// A run as text for a terminal: our medians and spreads, the budgets, everybody's ratio, and how it grows.

import type { Move } from "./compare.ts";
import { type Growth, growsThough, holds, type Part, type Result, type Row } from "./result.ts";
import type { Series } from "./statistics.ts";

/** A number with as many digits as it deserves. */
export function show(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString("en");
  return size >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(size >= 10 ? 1 : 2);
}

export const times = (ratio: Series) =>
  Number.isFinite(ratio.median) && ratio.count > 0 ? `×${show(ratio.median)}` : "";

export function budget({ figure }: Row): string {
  return figure.budget === undefined ? "" : `${figure.better === "less" ? "≤" : "≥"} ${show(figure.budget)}`;
}

export const sizeOf = ({ size }: Row) => (size === 0 ? "" : ` @${show(size)}`);

/** Lines of a table with columns as wide as they have to be. */
export function printed(result: Result): string {
  const lines = result.parts.flatMap(({ rows }) => rows.map(line));
  const all = [["figure", "", "median", "quartiles (n)", "budget", "others (ours ÷ theirs, quartiles)"], ...lines];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const table = all.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [...table, ...growth(result.parts), ...notes(result)].join("\n");
}

function line(row: Row): string[] {
  const { figure, ours, others } = row;
  return [
    `${figure.id}${sizeOf(row)}`,
    figure.title,
    `${show(ours.median)} ${figure.unit}`,
    `${show(ours.low)} – ${show(ours.high)} (${ours.count})`,
    `${budget(row)}${holds(row) === false ? " MISSED" : ""}`,
    others
      .map(({ contender, series, ratio }) => {
        const spread = times(ratio) && ` → ${times(ratio)} (${show(ratio.low)} – ${show(ratio.high)})`;
        return `${contender} ${show(series.median)}${spread}`;
      })
      .join("; "),
  ];
}

function growth(parts: Part[]): string[] {
  const lines = parts.flatMap((part) => part.growth.map((each) => `${growthLine(each)}  [${part.of}]`));
  return lines.length === 0 ? [] : ["", "growth: the exponent, 0 is flat, 1 in proportion", ...lines];
}

function growthLine(each: Growth): string {
  const flat = each.flat ? (growsThough(each) ? "  SHOULD BE FLAT" : "  flat, as it should be") : "";
  const medians = each.medians.map(show).join(" → ");
  return `  ${each.figure}, ${each.contender}: ${each.exponent.toFixed(2)}  (${medians} at ${each.sizes.map(show).join(", ")})${flat}`;
}

export function notes({ parts, missing }: Result): string[] {
  const warnings = [...new Set(parts.flatMap((part) => part.warnings))].map(
    (warning) => `BUSY: ${warning}; read ratios, not absolute times`,
  );
  const failures = parts.flatMap(({ experiment, failures: all }) =>
    all.map(
      ({ contender, size, reason }) => `FAILED: ${contender} at ${experiment}${size ? ` @${size}` : ""}: ${reason}`,
    ),
  );
  return ["", ...missing.map(({ name, reason }) => `MISSING: ${name}: ${reason}`), ...warnings, ...failures];
}

export function moved({ figure, size, contender, before, after, worse }: Move): string {
  const at = size === 0 ? "" : ` @${show(size)}`;
  return `${worse ? "WORSE" : "better"}: ${figure}${at} ÷ ${contender} was ×${show(before)}, is ×${show(after)}`;
}
