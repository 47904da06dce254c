// From what a model sent as arguments to what the tool's schema promises, or to one sentence that says what to change.

import type * as z from "zod/mini";
import { badParameter, badSecret, missingParameter, unknownParameter } from "../../wording.ts";
import { asMeant } from "./meant.ts";

/** Throws `bad_request`. Every schema's own message is what it expects, in words. */
export function readArguments<S extends z.ZodMiniObject>(tool: string, schema: S, given: unknown): z.output<S> {
  const written = withoutNulls(given ?? {});
  const exact = schema.safeParse(written);
  if (exact.success) return exact.data;
  const args = asMeant(written, exact.error.issues);
  const read = schema.safeParse(args);
  if (read.success) return read.data;
  const { issues } = read.error;
  for (const issue of issues) {
    if (issue.code === "unrecognized_keys") throw unknownParameter(tool, issue.keys, Object.keys(schema.def.shape));
  }
  const [first] = issues;
  const path = first?.path ?? [];
  const value = path.reduce<unknown>((at, key) => (isObject(at) ? Reflect.get(at, key) : undefined), args);
  const expected = first?.message ?? "something else";
  if (path.length === 1 && value === undefined) throw missingParameter(tool, pathText(path), expected);
  if (SECRETS.has(path[0])) throw badSecret(pathText(path), kindOf(value), expected);
  throw badParameter(pathText(path), value, expected);
}

/** What they hold is never repeated: hosts log errors. */
const SECRETS = new Set<PropertyKey | undefined>(["env", "stdin", "input"]);

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : typeof value === "string" ? "a text" : `a ${typeof value}`;
}

/** Some models send null for every parameter they don't mean to give. */
function withoutNulls(given: unknown): unknown {
  if (!isObject(given) || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function pathText(path: PropertyKey[]): string {
  const [first = "the list of arguments", ...rest] = path;
  return String(first) + rest.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
}
