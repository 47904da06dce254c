// What a model means that writes every argument as text: "20", "true", "[\"a\", \"b\"]", or one name where a list is wanted. Pure.

import type * as z from "zod/mini";

/** The arguments, with texts in place of which the schema wants another kind read as that kind. What can't be stays as it is. */
export function asMeant(given: unknown, issues: z.core.$ZodIssue[]): unknown {
  if (!KINDS.record?.(given)) return given;
  const meant: Record<string, unknown> = { ...(given as object) };
  for (const issue of issues) {
    const [name, ...inner] = issue.path;
    if (issue.code !== "invalid_type" || typeof name !== "string" || inner.length > 0) continue;
    const written = meant[name];
    if (typeof written === "string") meant[name] = inText(written, issue.expected);
  }
  return meant;
}

const isNumber = (value: unknown) => typeof value === "number";
/** By what zod calls them. */
const KINDS: Record<string, (value: unknown) => boolean> = {
  number: isNumber,
  int: isNumber,
  boolean: (value) => typeof value === "boolean",
  array: Array.isArray,
  record: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

function inText(written: string, expected: string): unknown {
  const isOfKind = KINDS[expected];
  const value = jsonIn(written);
  if (isOfKind?.(value)) return value;
  return expected === "array" ? [written] : written;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
