// What the bench says of its measurements, and that it measures what it names. No test asserts a time.

import { describe, expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { compare } from "./bench/compare.ts";
import { readmeTable, replaced, wholeDocument } from "./bench/document.ts";
import type { Figure, Measured } from "./bench/experiment.ts";
import { experiments } from "./bench/experiments/all.ts";
import { printed } from "./bench/print.ts";
import { type Growth, growsThough, growthOf, holds, merge, type Part, type Result, rowsOf } from "./bench/result.ts";
import { exponent, ratios, summarize } from "./bench/statistics.ts";
import { BINARY, readText } from "./helpers/home.ts";

const ROOT = resolve(import.meta.dir, "..");

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
    expect(ratios([10, 0], [0, 5])).toEqual([0]);
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

const LATENCY: Figure = { id: "latency", title: "a latency", unit: "ms", better: "less", budget: 5, flat: true };
const RATE: Figure = { id: "rate", title: "a rate", unit: "tasks/s", better: "more", budget: 100 };

/** What one contender measured: the same value in each of five rounds, a little apart. */
function measured(contender: string, size: number, values: Record<string, number>): Measured {
  const spread = (value: number) => [-2, -1, 0, 1, 2].map((step) => value * (1 + step / 100));
  return {
    contender,
    kind: contender === "backburner" ? "ours" : "floor",
    size,
    values: Object.fromEntries(Object.entries(values).map(([figure, value]) => [figure, spread(value)])),
  };
}

function resultOf(all: Measured[], experiment = "made"): Result {
  const rows = rowsOf({ figures: [LATENCY, RATE] }, all);
  const part: Part = {
    experiment,
    of: "things",
    form: "full",
    date: "2026-01-02",
    commit: "abc1234",
    warnings: [],
    rows,
    growth: growthOf(rows),
    failures: [],
  };
  const machine = {
    cpu: "a processor",
    cores: 2,
    memoryGiB: 4,
    system: "Linux",
    kernel: "6.1",
    fileSystem: "tmpfs",
    bun: "1",
  };
  return { machine, versions: { peer: "1.2" }, missing: [], parts: [part] };
}

const growths = (result: Result) => result.parts.flatMap(({ growth }) => growth);

describe("a result", () => {
  test("a budget holds from below or from above, as the figure is better", () => {
    const all = (latency: number, rate: number) =>
      resultOf([measured("backburner", 0, { latency, rate })]).parts.flatMap(({ rows }) => rows.map(holds));
    expect(all(4, 150)).toEqual([true, true]);
    expect(all(6, 50)).toEqual([false, false]);
  });

  test("a figure that has to be flat is marked when it grows, one that may grow is not", () => {
    const at = (grown: number) =>
      growths(
        resultOf([
          measured("backburner", 10, { latency: 1, rate: 1 }),
          measured("backburner", 1_000, { latency: Math.sqrt(grown), rate: grown }),
          measured("backburner", 100_000, { latency: grown, rate: grown }),
        ]),
      ).filter(growsThough);
    expect(at(1.5)).toEqual([]);
    expect(at(9).map(({ figure, sizes }: Growth) => ({ figure, sizes }))).toEqual([
      { figure: "latency", sizes: [10, 1_000, 100_000] },
    ]);
  });

  test("who is measured at one size alone, or as nothing, has no exponent", () => {
    expect(growths(resultOf([measured("backburner", 10, { latency: 1 })]))).toEqual([]);
    const zeros = [10, 100].map((size) => measured("backburner", size, { latency: 0 }));
    expect(growths(resultOf(zeros))).toEqual([]);
  });

  test("parts that were measured later take the places of earlier ones, on the same machine only", () => {
    const [first, second] = [resultOf([], "first"), resultOf([], "second")];
    const names = (result: Result) => result.parts.map(({ experiment }) => experiment);
    expect(names(merge(first, second))).toEqual(["first", "second"]);
    expect(names(merge(second, second))).toEqual(["second"]);
    expect(names(merge({ ...first, machine: { ...first.machine, cores: 64 } }, second))).toEqual(["second"]);
    expect(names(merge(undefined, first))).toEqual(["first"]);
  });
});

describe("compare", () => {
  const run = (latency: number, rate: number, floor = 1) =>
    resultOf([measured("backburner", 0, { latency, rate }), measured("floor", 0, { latency: floor, rate: floor })]);
  const summary = (before: Result, after: Result) =>
    compare(before, after).moves.map(({ figure, worse }) => `${figure} ${worse ? "worse" : "better"}`);

  test("a ratio that moved by more than a quarter is told, with its direction", () => {
    expect(summary(run(4, 100), run(4.8, 85))).toEqual([]);
    expect(summary(run(4, 100), run(5.5, 100))).toEqual(["latency worse"]);
    expect(summary(run(4, 100), run(2, 200))).toEqual(["latency better", "rate better"]);
    expect(summary(run(4, 100), run(4, 60))).toEqual(["rate worse"]);
  });

  test("a machine that is slower by half has moved nothing", () => {
    expect(summary(run(4, 100), run(6, 150, 1.5))).toEqual([]);
  });

  test("what overlaps has not moved, and what one of the two has not measured is not compared", () => {
    const noisy = run(4, 100);
    for (const { others } of noisy.parts.flatMap(({ rows }) => rows)) for (const { ratio } of others) ratio.high *= 3;
    expect(summary(noisy, run(6, 100))).toEqual([]);
    expect(compare(run(4, 100), resultOf([measured("backburner", 0, { latency: 9 })])).compared).toBe(0);
  });

  test("what was stored as JSON compares with itself as unmoved", () => {
    const now = run(4, 100);
    expect(compare(JSON.parse(JSON.stringify(now)) as Result, now)).toEqual({ moves: [], compared: 2 });
  });
});

describe("what it writes", () => {
  const result = {
    ...resultOf([
      measured("backburner", 10, { latency: 9 }),
      measured("backburner", 1_000, { latency: 90 }),
      measured("sh | cat", 10, { latency: 3 }),
    ]),
    missing: [{ name: "pm2" as const, reason: "there is no Node" }],
  };

  test("machine, versions, date, ratios, what is missed, missing or not flat stand in the document", () => {
    const text = wholeDocument(result);
    for (const part of [
      "Measured 2026-01-02 (abc1234) on 2 cores of a processor",
      "peer 1.2",
      "MISSING: pm2: there is no Node",
      "| 3 ×3 |",
      "sh \\| cat",
      "**missed**",
      "**should be flat**",
    ])
      expect(text).toContain(part);
    expect(printed(result)).toContain("SHOULD BE FLAT");
  });

  test("only what lies between the markers is replaced, again and again; without markers nothing is", () => {
    const page = "# By hand\n<!-- written by bun run bench -->\nold\n<!-- to here -->\nthe end\n";
    const once = replaced(page, "new");
    expect(once).toBe("# By hand\n<!-- written by bun run bench -->\n\nnew\n\n<!-- to here -->\nthe end\n");
    expect(replaced(once, "new")).toBe(once);
    expect(() => replaced("no markers", "new")).toThrow("there is no <!--");
  });

  test("the documents have their markers, and each figure of the README's table is measured", () => {
    for (const path of ["README.md", "docs/benchmarks.md"]) {
      expect(replaced(readText(join(ROOT, path)), "new")).toContain("\n\nnew\n\n");
    }
    const figures = experiments.flatMap((experiment) => experiment.figures);
    const rows = figures.map((figure) => ({ figure, size: 0, ours: summarize([1]), others: [] }));
    const [part] = result.parts;
    expect(readmeTable({ ...result, parts: part ? [{ ...part, rows }] : [] }).split("\n").length).toBe(2 + 14);
    expect(new Set(figures.map(({ id }) => id)).size).toBe(figures.length);
  });
});

async function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const run = Bun.spawn([process.execPath, "tests/bench/run.ts", ...args], {
    cwd: ROOT,
    stderr: "pipe",
    stdout: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
  return { code, stdout, stderr };
}

describe("a real run", () => {
  const NAMED = ["startup", "start", "submit", "end", "history", "logs", "writer"];

  test("each figure that an experiment names is measured of us, and two builds take turns in the same rounds", async () => {
    const asked = ["--quick", "--rounds", "2", "--json", "--only", NAMED.join(","), "--against", BINARY];
    const { code, stdout, stderr } = await bench(...asked);
    const { parts } = JSON.parse(stdout) as Result;
    expect({ code, failures: parts.flatMap(({ failures }) => failures), stderr }).toMatchObject({
      code: 0,
      failures: [],
    });
    expect(new Set(parts.map(({ experiment }) => experiment))).toEqual(new Set(NAMED));
    for (const { experiment, rows } of parts) {
      const { figures = [] } = experiments.find(({ id }) => id === experiment) ?? {};
      expect(new Set(rows.map(({ figure }) => figure.id))).toEqual(new Set(figures.map(({ id }) => id)));
      const two = expect.objectContaining({ count: 2, median: expect.any(Number) });
      for (const { ours, others } of rows) {
        expect(ours).toEqual(two);
        expect(others).toContainEqual({ contender: "against", series: two, ratio: expect.anything() });
      }
    }
  }, 120_000);

  test("a name that nothing has, and a result that may not be kept, are refused", async () => {
    expect(await bench("--only", "warp")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("nothing is called warp"),
    });
    expect(await bench("--quick", "--write")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the full form"),
    });
    expect(await bench("--rounds", "0")).toMatchObject({ code: 1, stderr: expect.stringContaining("--rounds is 0") });
  }, 30_000);
});
