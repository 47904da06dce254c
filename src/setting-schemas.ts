// What each setting may be. Loaded where anybody says anything: most calls of the CLI go without, and zod is a tenth of a short one.

import { isAbsolute } from "node:path";
import * as z from "zod/mini";
import { messageOf } from "./errors.ts";
import { type Door, MAX_SECONDS, NATIVE_TASKS, type Pattern, type Schemas } from "./settings.ts";

const patterns = z.pipe(
  z.array(z.string()),
  z.transform((sources, context) => {
    try {
      return sources.map(patternOf);
    } catch (error) {
      context.issues.push({ code: "custom", message: messageOf(error), input: sources });
      return z.NEVER;
    }
  }),
);

function patternOf(source: string): Pattern {
  const [, door, written = ""] = /^(?:(interactive|pty):)?([^]*)$/.exec(source) ?? [];
  return { source, regex: new RegExp(written, "i"), ...(door !== undefined && { door: door as Door }) };
}

const words = z.array(z.string().check(z.minLength(1))).check(z.minLength(1));

export const SCHEMAS: Schemas = {
  allow: patterns,
  deny: patterns,
  ask: patterns,
  allow_env: z.array(z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/))),
  max_tasks: z.int().check(z.gte(1), z.lte(1000)),
  max_output: z.int().check(z.gte(4096)),
  keep_days: z.number().check(z.positive(), z.lte(36_500)),
  keep_tasks: z.int().check(z.gte(1), z.lte(1e9)),
  keep_bytes: z.int().check(z.gte(2 ** 20)),
  native_tasks: z.enum(NATIVE_TASKS),
  timeout: z.number().check(z.positive(), z.lte(MAX_SECONDS)),
  shell: words,
  cwd: z.string().check(z.refine(isAbsolute)),
};
