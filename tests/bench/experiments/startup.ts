// From nothing to a server that answers, in both generations of the protocol, and what it holds in memory then.

import { memoryKiB, ours, OurServer } from "../backburner.ts";
import { directory } from "../bench.ts";
import { Client } from "../client.ts";
import { clockMs } from "../clock.ts";
import { emptyBun } from "../empty.ts";
import type { Experiment } from "../experiment.ts";
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
    emptyBun(bench, (path) =>
      Promise.resolve({
        async sample() {
          const { ms, rss } = await timed(
            () => new Client([path]),
            (client) => client.initialize(),
          );
          return { initialize: ms, discover: ms, rss };
        },
        close: () => Promise.resolve(),
      }),
    ),
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
