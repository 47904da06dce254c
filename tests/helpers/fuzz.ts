// Fuzzing: as many runs as fit into the time, from a seed that is printed. BACKBURNER_FUZZ_SECONDS makes it longer (bun run fuzz),
// BACKBURNER_FUZZ_SEED repeats one.

import * as fc from "fast-check";

const SECONDS = Number(process.env.BACKBURNER_FUZZ_SECONDS ?? 2);
/** For a test: its own time, and that of a last run that hangs. */
export const FUZZ_TIMEOUT_MS = SECONDS * 1000 + 60_000;
/** Whoever has not answered after this long hangs. */
const PATIENCE_MS = 20_000;

/** Fails with the smallest counterexample that was found in time. */
export async function fuzz<T>(what: string, cases: fc.Arbitrary<T>, holds: (one: T) => Promise<void>): Promise<void> {
  const seed = Number(process.env.BACKBURNER_FUZZ_SEED ?? crypto.getRandomValues(new Int32Array(1))[0]);
  // When the time is over, the run that goes on is not waited for by fast-check: it would go on beside what follows.
  let going: Promise<void> = Promise.resolve();
  const run = await fc.check(
    fc.asyncProperty(cases, (one) => (going = holds(one))),
    {
      seed,
      numRuns: Number.MAX_SAFE_INTEGER,
      interruptAfterTimeLimit: SECONDS * 1000,
      markInterruptAsFailure: false,
    },
  );
  // Where the first took all of the time, that it holds is what was tried; any other counts for nothing.
  const isFirst = run.interrupted && run.numRuns === 0;
  await (isFirst ? going : going.catch(() => {}));
  console.log(`fuzz ${what}: ${isFirst ? 1 : run.numRuns} runs, seed ${seed}`);
  if (!isFirst && (run.failed || run.numRuns === 0))
    throw new Error(fc.defaultReportMessage(run) ?? `${what}: nothing was tried`, { cause: run.errorInstance });
}

/** Fails when it takes so long that it must be called hanging. */
export function inTime<T>(what: string, answer: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new Error(`${what} is not answered`)), PATIENCE_MS);
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer));
}

/** Any text, long ones and odd ones too. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "",
    " ",
    "\0",
    "\n",
    "..",
    "../x",
    "-",
    "--",
    "__proto__",
    "constructor",
    "(",
    "(a+)+$",
    "\ud800",
    "\u001b[2J",
  ),
  fc.integer({ min: 1_000, max: 200_000 }).map((length) => "x".repeat(length)),
);

export const anyNumber = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -0, -1, 1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, Number.MAX_SAFE_INTEGER),
);

export const anyJson = fc.oneof(fc.jsonValue(), anyText, anyNumber, fc.boolean(), fc.constant(null));
