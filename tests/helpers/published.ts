// What other projects' published schemas demand of the files that we hand out, as far as ours go: whatever these don't have is refused.
// The MCP registry's server.json (revision 2025-12-11) and scoop's manifests.

import { z } from "zod";

const address = z.url({ protocol: /^https$/ });
const sha256 = z.string().regex(/^[a-f0-9]{64}$/);

export const serverEntry = z.strictObject({
  $schema: address,
  name: z
    .string()
    .min(3)
    .max(200)
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  title: z.string().min(1).max(100),
  description: z.string().min(1).max(100),
  version: z.string().max(255),
  repository: z.strictObject({ url: address, source: z.string() }),
  packages: z.array(
    z.strictObject({
      registryType: z.string(),
      identifier: address, // of an .mcpb: where it lies
      fileSha256: sha256,
      transport: z.strictObject({ type: z.literal("stdio") }),
    }),
  ),
});

/** Per architecture; `$version` stands in the addresses of later versions alone. */
const place = { url: address, extract_dir: z.string() };
const architectures = <T extends z.ZodType>(one: T) => z.strictObject({ "64bit": one, arm64: one });

export const scoopManifest = z.strictObject({
  version: z.string().regex(/^[\w.\-+]+$/),
  description: z.string(),
  homepage: address,
  license: z.string(),
  architecture: architectures(
    z.strictObject({ ...place, url: address.refine((url) => !url.includes("$")), hash: sha256 }),
  ),
  bin: z.string(),
  notes: z.string(),
  checkver: z.literal("github"), // what is there belongs to `homepage`
  autoupdate: z.strictObject({
    architecture: architectures(z.strictObject(place)),
    hash: z.strictObject({ url: z.string().regex(/\$(url|baseurl)/) }),
  }),
});
