// A host's settings file: reads an entry, and writes one without touching anything else in it, comments and order included.

import { readFileSync, statSync } from "node:fs";
import { parse, type ParseError } from "jsonc-parser";
import { badHostFile } from "../wording.ts";
import { withoutProperty, withProperty } from "./json.ts";

const BYTE_ORDER_MARK = "\ufeff";

/** The text of the file; "" when there is none. Throws `bad_config` when it is no text. */
export function readSettings(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return "";
  if (!found.isFile()) throw badHostFile(path, "it is no regular file"); // a FIFO would be waited for
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof TypeError) throw badHostFile(path, "it is no UTF-8");
    throw error;
  }
}

/** What stands at `keys`. `undefined` when nothing does. Throws `bad_config` when the file can't be understood. */
export function entryAt(path: string, text: string, keys: string[]): unknown {
  let value: unknown = path.endsWith(".toml") ? parseToml(path, text) : parseJson(path, text);
  for (const key of keys) {
    if (value === undefined) return undefined;
    if (!isObject(value))
      throw badHostFile(path, `${JSON.stringify(key)} is looked for in something that is no object`);
    value = value[key];
  }
  return value;
}

/** The text with `wanted` at `keys`. What else an entry holds stays: of an object that is there, only our keys are set. */
export function withEntry(path: string, text: string, keys: string[], wanted: Record<string, unknown>): string {
  const present = entryAt(path, text, keys);
  if (!isObject(present)) return edited(text, (json) => withProperty(json, keys, wanted));
  let next = text;
  for (const [key, value] of Object.entries(wanted)) {
    const kept = isObject(value) && isObject(present[key]);
    if (kept) next = withEntry(path, next, [...keys, key], value);
    else if (!Bun.deepEquals(present[key], value))
      next = edited(next, (json) => withProperty(json, [...keys, key], value));
  }
  return next;
}

/** The text without what stands at `keys`. */
export function withoutEntry(text: string, keys: string[]): string {
  return edited(text, (json) => withoutProperty(json, keys));
}

/** Without the mark that Windows puts before a text, which then stays; an empty file is an object to be. */
function edited(text: string, edit: (json: string) => string): string {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
  const json = text.slice(mark.length);
  return mark + edit(json.trim() === "" ? "{}\n" : json);
}

function parseJson(path: string, text: string): unknown {
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  if (json.trim() === "") return undefined;
  const errors: ParseError[] = [];
  const value: unknown = parse(json, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first) throw badHostFile(path, `it is no valid JSON at line ${json.slice(0, first.offset).split("\n").length}`);
  return value;
}

function parseToml(path: string, text: string): unknown {
  try {
    return Bun.TOML.parse(text);
  } catch (error) {
    throw badHostFile(path, `it is no valid TOML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
