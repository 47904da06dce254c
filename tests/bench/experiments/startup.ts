// From nothing to a server that answers, in both generations of the protocol, and what it holds in memory then.

import { join } from "node:path";
import { memoryKiB, ours, OurServer } from "../backburner.ts";
import { type Bench, directory } from "../bench.ts";
import { Client } from "../client.ts";
import { clockMs } from "../clock.ts";
import type { Contender, Experiment } from "../experiment.ts";
import { servers } from "../peers/servers.ts";

export const startup: Experiment = {
  id: "startup",
  figures: [
    { id: "initialize", title: "spawn → initialize answered", unit: "ms", better: "less", budget: 40, target: 25 },
    { id: "discover", title: "spawn → server/discover answered", unit: "ms", better: "less", budget: 40, target: 25 },
    { id: "rss", title: "memory (RSS) after initialize", unit: "MiB", better: "less", budget: 60 },
  ],
  rounds: { quick: 8, full: 30 },
  warmUps: 2,
  contenders: (bench) => [
    ...ours(bench, (binary) => {
      const home = directory(bench, "home");
      const spawn = () => new OurServer(bench, binary, {}, home);
      return Promise.resolve({
        async sample() {
          const initialized = await timed(spawn, (server) => server.initialize());
          const discovered = await timed(spawn, (server) => server.discover());
          return { initialize: initialized.ms, rss: initialized.rss, discover: discovered.ms };
        },
        close: () => Promise.resolve(),
      });
    }),
    emptyBun(bench),
    ...servers(
      bench,
      (server) =>
        Promise.resolve({
          async sample() {
            const { ms, rss } = await timed(
              () => server.spawn(),
              (client) => client.initialize(),
            );
            return { initialize: ms, rss };
          },
          close: () => Promise.resolve(),
        }),
      { DesktopCommander: bench.quick ? 1 : 10 },
    ),
  ],
};

async function timed(
  spawn: () => Client,
  ask: (client: Client) => Promise<void>,
): Promise<{ ms: number; rss: number }> {
  const began = clockMs();
  const client = spawn();
  await ask(client);
  const ms = clockMs() - began;
  const rss = memoryKiB(client.pid, ["Rss"]) / 1024;
  await client.close();
  return { ms, rss };
}

/** The runtime alone: compiled as we are, with nothing in it. */
function emptyBun(bench: Bench): Contender {
  return {
    name: "empty Bun binary",
    kind: "floor",
    async open() {
      const outfile = join(bench.scratch, "empty");
      const compile = { outfile, autoloadDotenv: false, autoloadBunfig: false };
      const entrypoints = [join(import.meta.dir, "../floor.ts")];
      const built = await Bun.build({ entrypoints, compile, minify: true, bytecode: true, format: "esm" });
      if (!built.success) throw new Error(built.logs.map((log) => log.message).join("\n"));
      return {
        async sample() {
          const { ms, rss } = await timed(
            () => new Client([outfile]),
            (client) => client.initialize(),
          );
          return { initialize: ms, discover: ms, rss };
        },
        close: () => Promise.resolve(),
      };
    },
  };
}
