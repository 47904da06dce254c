// `bun run bench`: the figures of the contract, measured now on this machine, in turns with floors and peers.

import { existsSync, mkdtempSync, readFileSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BINARY } from "../helpers/home.ts";
import { type Bench, removeAll } from "./bench.ts";
import { compileStamp } from "./clock.ts";
import { compare } from "./compare.ts";
import { readmeTable, replaced, wholeDocument } from "./document.ts";
import { type Experiment, run } from "./experiment.ts";
import { experiments } from "./experiments/all.ts";
import { describeMachine, Watch } from "./machine.ts";
import { readOptions, USAGE } from "./options.ts";
import { findPeers } from "./peers/install.ts";
import { moved, notes, printed, show } from "./print.ts";
import { growthOf, merge, type Part, type Result, rowsOf } from "./result.ts";

const ROOT = resolve(import.meta.dir, "../..");
const STORED = join(ROOT, "docs/benchmarks.json");

const options = readOptions(process.argv.slice(2));
if (options.help) {
  console.log(USAGE);
} else if (options.list) {
  for (const { id, figures } of experiments) console.log(`${id}: ${figures.map((figure) => figure.id).join(" ")}`);
} else {
  process.exitCode = await main();
}

/** Returns the exit code. */
async function main(): Promise<number> {
  const wanted = chosen();
  const stored = existsSync(STORED) ? (JSON.parse(readFileSync(STORED, "utf8")) as Result) : undefined;
  if (options.compare && !stored) throw new Error(`nothing to compare with: there is no ${STORED}`);
  const result = await measureAll(wanted);
  console.log(options.json ? JSON.stringify(result, null, 2) : printed(result));
  if (options.json) for (const note of notes(result).filter(Boolean)) console.error(note);
  if (options.write) await write(merge(stored, result));
  const failed = result.parts.some(({ failures }) => failures.some(({ contender }) => contender === "backburner"));
  return (stored && options.compare && gotWorse(stored, result)) || failed ? 1 : 0;
}

function chosen(): Experiment[] {
  const known = new Set(experiments.flatMap(({ id, figures }) => [id, ...figures.map((figure) => figure.id)]));
  const unknown = options.only.filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Error(`nothing is called ${unknown.join(", ")}; --list shows what there is`);
  if (options.only.length === 0) return experiments.filter(({ slow }) => !(slow && options.quick));
  const named = (name: string) => options.only.includes(name);
  return experiments.filter(({ id, figures }) => named(id) || figures.some((figure) => named(figure.id)));
}

async function measureAll(wanted: Experiment[]): Promise<Result> {
  const watch = await Watch.begin();
  const scratch = mkdtempSync(join(homesDirectory(), "backburner-bench-"));
  const peers = options.peers ?? options.against === undefined;
  const found = peers ? await findPeers(!options.quick) : { installed: [], missing: [] };
  const bench: Bench = {
    quick: options.quick,
    ...(options.rounds !== undefined && { rounds: Number(options.rounds) }),
    binary: resolve(options.binary ?? BINARY),
    ...(options.against !== undefined && { against: resolve(options.against) }),
    peers,
    found,
    scratch,
    stamp: await compileStamp(scratch),
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      removeAll(bench);
      process.exit(130);
    });
  }
  const machine = describeMachine(scratch);
  const parts: Part[] = [];
  try {
    for (const experiment of wanted) {
      const began = performance.now();
      parts.push(await measureOne(experiment, bench));
      console.error(`${experiment.id} took ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    }
  } finally {
    removeAll(bench);
  }
  const warnings = watch.end();
  return {
    machine,
    versions: Object.fromEntries(found.installed.map(({ name, version }) => [name, version])),
    missing: found.missing,
    parts: parts.map((part) => ({ ...part, warnings })),
  };
}

async function measureOne(experiment: Experiment, bench: Bench): Promise<Part> {
  const measured = await run(experiment, bench);
  const rows = rowsOf(experiment, measured);
  return {
    experiment: experiment.id,
    ...(experiment.scale && { of: experiment.scale.of }),
    form: bench.quick ? "quick" : "full",
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    warnings: [],
    rows,
    growth: growthOf(rows),
    failures: measured.flatMap(({ contender, size, failure }) =>
      failure === undefined ? [] : [{ contender, size, reason: failure.replaceAll(bench.scratch, "…") }],
    ),
  };
}

/** Says what has moved. */
function gotWorse(stored: Result, now: Result): boolean {
  const { moves, compared } = compare(stored, now);
  console.error(
    `\n${show(compared)} ratios compared with the stored result, ${moves.length} moved by more than a quarter`,
  );
  for (const move of moves) console.error(moved(move));
  return moves.some(({ worse }) => worse);
}

/** The stored result, and the documents that show it, formatted as everything else. */
async function write(result: Result): Promise<void> {
  const rounded = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(6)) : value);
  writeFileSync(STORED, JSON.stringify(result, rounded));
  const documents = [
    [join(ROOT, "docs/benchmarks.md"), wholeDocument(result)],
    [join(ROOT, "README.md"), readmeTable(result)],
  ] as const;
  for (const [path, written] of documents) writeFileSync(path, replaced(readFileSync(path, "utf8"), written));
  const files = [STORED, ...documents.map(([path]) => path)];
  await Bun.spawn([process.execPath, "fmt", ...files], { cwd: ROOT, stdout: "ignore" }).exited;
}

function commit(): string {
  const git = (...args: string[]) => Bun.spawnSync(["git", ...args], { cwd: ROOT, stderr: "ignore" }).stdout.toString();
  const changed = git("status", "--porcelain", "--untracked-files=no", "--", "src", "build.ts") !== "";
  return `${git("rev-parse", "--short", "HEAD").trim()}${changed ? " with changes" : ""}`;
}

function homesDirectory(): string {
  if (options.homes !== undefined) return options.homes;
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    if (bavail * bsize > 8 * 2 ** 30) return "/dev/shm";
  } catch {}
  return tmpdir();
}
