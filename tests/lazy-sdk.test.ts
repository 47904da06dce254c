// What the build puts under the protocol's SDK (packaging/sdk/) makes schemas later, not others.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { lazySdk } from "../packaging/sdk/plugin.ts";
import type * as fixture from "./fixtures/sdk-schemas.ts";
import { newHome } from "./helpers/home.ts";

const META = { "io.modelcontextprotocol/protocolVersion": "2026-07-28", progressToken: 7 };
const SAMPLES: unknown[] = [
  {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "start_task", arguments: { command: "x" }, _meta: META },
  },
  { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: 1 }, more: true },
  {
    jsonrpc: "2.0",
    id: "a",
    method: "initialize",
    params: { protocolVersion: "x", capabilities: { elicitation: {} }, clientInfo: { name: "n", version: "1" } },
  },
  { method: "initialize", params: { protocolVersion: 1 } },
  { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: 1, progress: 0.5 } },
  { jsonrpc: "2.0", id: 1.5, result: {} },
  { jsonrpc: "2.0", id: 2, error: { code: -1, message: "no" } },
  { content: [{ type: "text", text: "t", annotations: { priority: 2 } }], structuredContent: { a: 1 } },
  { content: [{ type: "image", data: "not base64!", mimeType: "image/png" }] },
  {
    tools: [{ name: "t", inputSchema: { type: "object", properties: {} }, outputSchema: { type: "string" } }],
    _meta: META,
  },
  { action: "accept", content: { yes: true } },
  {
    method: "elicitation/create",
    params: { message: "m", requestedSchema: { type: "object", properties: { yes: { type: "boolean" } } } },
  },
  { roots: [{ uri: "http://not.a.file" }], ttl: null },
  { uri: "file:///x", name: "x", mimeType: 3 },
  "text",
  null,
];

test("the SDK's schemas are the same and judge alike, made at once or when they are looked at", async () => {
  const [plain, lazy] = [await built([]), await built([lazySdk])];
  const names = Object.keys(plain.schemas).filter((name) => name.endsWith("Schema"));
  expect(names.length).toBeGreaterThan(150);
  expect(Object.keys(lazy.schemas)).toEqual(Object.keys(plain.schemas));
  for (const name of names) expect([name, ...shown(lazy, name)]).toEqual([name, ...shown(plain, name)]);
}, 60_000);

async function built(plugins: Bun.BunPlugin[]): Promise<typeof fixture> {
  const outdir = newHome();
  const entry = join(import.meta.dir, "fixtures/sdk-schemas.ts");
  await Bun.build({ entrypoints: [entry], outdir, target: "bun", plugins });
  return (await import(join(outdir, "sdk-schemas.js"))) as typeof fixture;
}

/** The schema in JSON, and what it makes of each sample. */
function shown({ schemas, toJSONSchema }: typeof fixture, name: string): unknown[] {
  const schema = schemas[name as "RequestSchema"];
  const json = toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return [JSON.stringify(json), ...SAMPLES.map((sample) => told(schema.safeParse(sample)))];
}

function told({ success, data, error }: { success: boolean; data?: unknown; error?: { message: string } | undefined }) {
  return { success, data, error: error?.message };
}
