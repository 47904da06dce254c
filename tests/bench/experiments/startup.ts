// From nothing to a server that answers, in both generations of the protocol, and what it holds in memory then.

import { memoryKiB, ours, OurServer } from "../backburner.ts";
import { directory } from "../bench.ts";
import { clockMs } from "../clock.ts";
import type { Experiment } from "../experiment.ts";

export const startup: Experiment = {
  id: "startup",
  figures: [
    { id: "initialize", title: "spawn → initialize answered", unit: "ms", better: "less", budget: 40, target: 25 },
    { id: "discover", title: "spawn → server/discover answered", unit: "ms", better: "less", budget: 40, target: 25 },
    { id: "rss", title: "memory (RSS) after initialize", unit: "MiB", better: "less", budget: 60 },
  ],
  rounds: { quick: 8, full: 30 },
  warmUps: 2,
  contenders: (bench) =>
    ours(bench, (binary) => {
      const home = directory(bench, "home");
      return Promise.resolve({
        async sample() {
          const timed = async (ask: (server: OurServer) => Promise<void>) => {
            const began = clockMs();
            const server = new OurServer(bench, binary, {}, home);
            await ask(server);
            const took = clockMs() - began;
            const rss = memoryKiB(server.pid, ["Rss"]) / 1024;
            await server.close();
            return { took, rss };
          };
          const initialized = await timed((server) => server.initialize());
          const discovered = await timed((server) => server.discover());
          return { initialize: initialized.took, rss: initialized.rss, discover: discovered.took };
        },
        close: () => Promise.resolve(),
      });
    }),
};
