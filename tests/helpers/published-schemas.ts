// The published JSON schema of each MCP revision. The conformance suite carries them, word for word, inside its one minified file; taken
// from there they need no copy of ours that could grow old.

import { readFileSync } from "node:fs";
import { join } from "node:path";

export const REVISIONS = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] as const;
export type Revision = (typeof REVISIONS)[number];

/** A definition, as far as anything looks into it. */
export interface Definition {
  properties?: Record<string, { const?: unknown; allOf?: Definition[] } & Definition>;
  allOf?: Definition[];
  anyOf?: { $ref?: string }[];
  [keyword: string]: unknown;
}

export interface Published {
  $schema: string;
  /** Drafts 07 and 2020-12 call them differently. */
  definitions?: Record<string, Definition>;
  $defs?: Record<string, Definition>;
}

const SUITE = join(import.meta.dir, "../../node_modules/@modelcontextprotocol/conformance/dist/index.js");

let schemas: Map<string, Published> | undefined;

export function publishedSchema(revision: Revision): Published {
  schemas ??= readSuite(readFileSync(SUITE, "utf8"));
  const schema = schemas.get(revision);
  if (!schema) throw new Error(`the conformance suite has no schema of ${revision}`);
  return schema;
}

/** Its table of schemas reads `{"2025-03-26":Pe,…,[A]:Le}`, and each of them `Pe={$schema:…}`. */
function readSuite(source: string): Map<string, Published> {
  const table = /\{"2025-03-26":[^}]+\}/.exec(source)?.[0] ?? "";
  const found = new Map<string, Published>();
  for (const [, revision = "2026-07-28", name = ""] of table.matchAll(/(?:"([\d-]+)"|\[\w+\]):(\w+)/g)) {
    const from = source.indexOf(`${name}={$schema:`) + name.length + 1;
    // oxlint-disable-next-line typescript/no-implied-eval, no-new-func -- an object literal, of a package that is run anyway
    found.set(revision, new Function(`return ${source.slice(from, endOfObject(source, from))}`)() as Published);
  }
  const next = found.get("2025-03-26");
  if (next) found.set("2024-11-05", beforeAudio(structuredClone(next)));
  return found;
}

/** Where the object literal that begins there ends. Braces in texts don't count. */
function endOfObject(source: string, from: number): number {
  let depth = 0;
  for (let at = from; at < source.length; at++) {
    const char = source[at];
    if (char === "`") {
      while (source[++at] !== "`") if (source[at] === "\\") at++;
    } else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) return at + 1;
  }
  throw new Error("the conformance suite holds a schema without an end");
}

/** 2024-11-05, which the suite has not: the revision after it added audio and batches, and else only optional fields. */
function beforeAudio(schema: Published): Published {
  const {
    AudioContent: _,
    JSONRPCBatchRequest: __,
    JSONRPCBatchResponse: ___,
    ...definitions
  } = schema.definitions ?? {};
  const strip = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if ("anyOf" in value && Array.isArray(value.anyOf))
      value.anyOf = value.anyOf.filter((one: { $ref?: string }) => !one.$ref?.endsWith("/AudioContent"));
    Object.values(value).forEach(strip);
  };
  strip(definitions);
  return { ...schema, definitions };
}
