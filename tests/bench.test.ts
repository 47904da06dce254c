// What the bench says of its measurements. No test asserts a time.

import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { exponent, ratios, summarize } from "./bench/statistics.ts";
import { BINARY } from "./helpers/home.ts";

describe("statistics", () => {
  test("a series has its median, its quartiles and its ends, in whatever order it was measured", () => {
    expect(summarize([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4, min: 1, max: 5, count: 5 });
    expect(summarize([4, 1, 2, 3])).toEqual({ median: 2.5, low: 1.75, high: 3.25, min: 1, max: 4, count: 4 });
    expect(summarize([7])).toEqual({ median: 7, low: 7, high: 7, min: 7, max: 7, count: 1 });
    expect(summarize([])).toMatchObject({ median: Number.NaN, count: 0 });
  });

  test("ratios are of the same round, also where one of the two was not measured in each", () => {
    expect(ratios([10, 20, 30], [5, undefined, 10])).toEqual([2, 3]);
    expect(ratios([10, 20], [5])).toEqual([2]);
  });

  test("the exponent tells flat from proportional from quadratic, and does not mind the unit", () => {
    const growing = (power: number, unit: number) =>
      [10, 1_000, 100_000].map((size) => ({ size, value: unit * size ** power }));
    expect(exponent(growing(0, 3))).toBeCloseTo(0);
    expect(exponent(growing(1, 0.001))).toBeCloseTo(1);
    expect(exponent(growing(2, 1_000))).toBeCloseTo(2);
    expect(exponent(growing(0.5, 7))).toBeCloseTo(0.5);
  });
});

test("two builds take turns, and each figure has their ratio of the same rounds", async () => {
  const run = Bun.spawn(
    [
      process.execPath,
      "tests/bench/run.ts",
      "--quick",
      "--rounds",
      "2",
      "--json",
      "--only",
      "start,rss",
      "--against",
      BINARY,
    ],
    { cwd: resolve(import.meta.dir, ".."), stderr: "pipe", stdout: "pipe" },
  );
  const rows = (await run.stdout.json()) as { figure: { id: string }; others: object[] }[];
  expect(await run.exited).toBe(0);
  expect(rows.map(({ figure }) => figure.id)).toEqual(["initialize", "discover", "rss", "start-reply", "start-first"]);
  for (const { others } of rows) {
    const series = expect.objectContaining({ count: 2 });
    expect(others).toContainEqual({ contender: "against", series, ratio: series });
  }
}, 60_000);
