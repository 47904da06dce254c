// server.json: how the MCP registry is told of a release. Its packages are the bundles.

import { description, version } from "../package.json";
import { type Assets, downloadUrl, homepage } from "./asset.ts";
import { BUNDLE_TARGETS } from "./bundle.ts";

/** The registry takes descriptions of up to 100 characters. */
const MAX_DESCRIPTION = 100;

export function registryEntry({ bundles }: Assets, repository: string): string {
  const packages = BUNDLE_TARGETS.map((target) => {
    const { name = "", sha256 = "" } = bundles[target] ?? {};
    const identifier = downloadUrl(repository, name);
    return { registryType: "mcpb", identifier, fileSha256: sha256, transport: { type: "stdio" } };
  });
  const short = description.split(":")[0] ?? "";
  if (short.length > MAX_DESCRIPTION) throw new Error(`the registry takes no description as long as "${short}"`);
  const entry = {
    $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
    name: `io.github.${repository}`,
    title: "Backburner",
    description: short,
    version,
    repository: { url: homepage(repository), source: "github" },
    packages,
  };
  return `${JSON.stringify(entry, null, 2)}\n`;
}
