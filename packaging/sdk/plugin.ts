// What the build puts under the protocol's SDK, so that a server starts without what no session needs, and does nothing twice.

import type { BunPlugin } from "bun";
import { join } from "node:path";
import { withGuards } from "./guards.ts";

const OURS: Record<string, string> = {
  "zod/v4": "lazy-zod.ts",
  "@modelcontextprotocol/server/_shims": "lazy-ajv.ts",
};

export const lazySdk: BunPlugin = {
  name: "lazy SDK",
  setup(build) {
    build.onResolve({ filter: /^(zod\/v4|@modelcontextprotocol\/server\/_shims)$/ }, ({ path, importer }) => {
      const ours = OURS[path];
      if (ours === undefined || !/[\\/]node_modules[\\/]@modelcontextprotocol[\\/]/.test(importer)) return undefined;
      return { path: join(import.meta.dir, ours) };
    });
    const core = /[\\/]@modelcontextprotocol[\\/]server[\\/]dist[\\/]src-[\w-]+\.mjs$/;
    build.onLoad({ filter: core }, async ({ path }) => ({
      contents: withGuards(await Bun.file(path).text()),
      loader: "js",
    }));
  },
};
