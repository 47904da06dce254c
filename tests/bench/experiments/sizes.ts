// What is put before a model of the tools, and what is put on a disk.

import { statSync } from "node:fs";
import { ours, OurServer } from "../backburner.ts";
import type { Client } from "../client.ts";
import type { Experiment, Sample } from "../experiment.ts";
import { servers } from "../peers/servers.ts";

export const sizes: Experiment = {
  id: "sizes",
  figures: [
    {
      id: "tools",
      title: "tool definitions: names, descriptions, input schemas",
      unit: "B",
      better: "less",
      budget: 5_500,
    },
    { id: "tools-list", title: "tool definitions: all of tools/list", unit: "B", better: "less", budget: 20_000 },
    { id: "binary", title: "the binary", unit: "MiB", better: "less" },
  ],
  rounds: { quick: 1, full: 1 },
  warmUps: 0,
  contenders: (bench) => [
    ...ours(bench, async (binary) => {
      const server = await OurServer.start(bench, binary);
      return {
        sample: async () => ({ ...(await definitions(server)), binary: statSync(binary).size / 2 ** 20 }),
        close: () => server.close(),
      };
    }),
    {
      name: "Bun itself",
      kind: "floor",
      open: () =>
        Promise.resolve({
          sample: () => Promise.resolve({ binary: statSync(process.execPath).size / 2 ** 20 }),
          close: () => Promise.resolve(),
        }),
    },
    ...servers(bench, async (server) => {
      const client = await server.open();
      return { sample: () => definitions(client), close: () => client.close() };
    }),
  ],
};

async function definitions(client: Client): Promise<Sample> {
  const { tools } = await client.request<{ tools: { name: string; description?: string; inputSchema: object }[] }>(
    "tools/list",
  );
  const shown = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  return { tools: bytes(shown), "tools-list": bytes(tools) };
}

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
