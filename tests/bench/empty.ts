// The runtime alone as a contender: compiled as we are, with next to nothing in it (floor.ts).

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Bench } from "./bench.ts";
import { Client } from "./client.ts";
import { clockMs } from "./clock.ts";
import type { Contender, Probe } from "./experiment.ts";

export function emptyBun(bench: Bench, open: (path: string, size: number) => Promise<Probe>): Contender {
  return { name: "empty Bun binary", kind: "floor", open: async (size) => open(await compiled(bench), size) };
}

/** What a call costs that a program of this runtime answers at once, and one of it that leaves at once; as the named figures. */
export function emptyCalls(bench: Bench, figures: { call?: string[]; process?: string[] }): Contender {
  return emptyBun(bench, async (path) => {
    const client = await Client.open([path]);
    const timed = async (ask: () => Promise<unknown>) => {
      const began = clockMs();
      await ask();
      return clockMs() - began;
    };
    return {
      async sample() {
        const call = await timed(() => client.call("nothing"));
        const run = figures.process && (await timed(() => Bun.spawn([path, "leave"], { stdout: "ignore" }).exited));
        return Object.fromEntries([
          ...(figures.call ?? []).map((figure) => [figure, call] as const),
          ...(figures.process ?? []).map((figure) => [figure, run ?? 0] as const),
        ]);
      },
      close: () => client.close(),
    };
  });
}

async function compiled(bench: Bench): Promise<string> {
  const outfile = join(bench.scratch, "empty");
  if (existsSync(outfile)) return outfile;
  const compile = { outfile, autoloadDotenv: false, autoloadBunfig: false };
  const entrypoints = [join(import.meta.dir, "floor.ts")];
  const built = await Bun.build({ entrypoints, compile, minify: true, bytecode: true, format: "esm" });
  if (!built.success) throw new Error(built.logs.map((log) => log.message).join("\n"));
  return outfile;
}
