// The same figures of task-spooler, where Debian's package is installed: C, no durable record of anything, and the one to come near to.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repeat, type Series, wallMs } from "./statistics.ts";

const TSP = Bun.which("tsp");

export const isInstalled = () => TSP !== null;

async function withSpooler<T>(
  slots: number,
  body: (tsp: (...args: string[]) => Promise<string>) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "tsp-bench-"));
  const env = {
    ...process.env,
    TS_SOCKET: join(directory, "socket"),
    TMPDIR: directory,
    TS_SLOTS: String(slots),
    TS_MAXFINISHED: "100000",
  };
  const tsp = async (...args: string[]) => {
    const run = Bun.spawn([TSP ?? "tsp", ...args], { env, stdout: "pipe", stderr: "ignore", stdin: "ignore" });
    const output = await run.stdout.text();
    await run.exited;
    return output.trim();
  };
  try {
    return await body(tsp);
  } finally {
    await tsp("-K");
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Submit → the command's first instruction, a bash that prints the time. */
export function submitToFirst(rounds: number): Promise<Series> {
  return withSpooler(10, (tsp) =>
    repeat(rounds, async () => {
      const began = wallMs();
      const id = await tsp("bash", "-c", "echo $EPOCHREALTIME");
      await tsp("-w", id);
      return Number(await tsp("-c", id)) * 1000 - began;
    }),
  );
}

export function endToWait(rounds: number): Promise<Series> {
  return withSpooler(10, (tsp) =>
    repeat(rounds, async () => {
      const id = await tsp("bash", "-c", "sleep 0.05; echo $EPOCHREALTIME");
      await tsp("-w", id);
      const answered = wallMs();
      return answered - Number(await tsp("-c", id)) * 1000;
    }),
  );
}

/** Milliseconds until `count` times `true` were submitted, one call each, and have ended. */
export function burst(count: number, slots: number): Promise<{ submitted: number; done: number }> {
  return withSpooler(slots, async (tsp) => {
    const began = performance.now();
    let last = "";
    for (let n = 0; n < count; n += 1) last = await tsp("bash", "-c", "true");
    const submitted = performance.now() - began;
    await tsp("-w", last);
    return { submitted, done: performance.now() - began };
  });
}
