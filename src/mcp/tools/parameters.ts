// Kinds of parameters that several tools take. The message of each is what it expects, in words.

import * as z from "zod/mini";
import { MAX_SECONDS } from "../../settings.ts";

// oxlint-disable-next-line no-underscore-dangle -- zod's own name
export const byDefault = z._default;

export const text = (expected: string, description: string) => z.string(expected).check(z.describe(description));

export const taskId = () => text("the id or the name of a task", "Id or name");

export function wholeNumber(least: number, most: number, description: string) {
  const expected = `a whole number from ${least} to ${most}`;
  return z.int(expected).check(z.gte(least, expected), z.lte(most, expected), z.describe(description));
}

/** A duration above zero. */
export function duration(description: string) {
  const expected = `a number of seconds above 0 and at most ${MAX_SECONDS}`;
  return z.number(expected).check(z.gt(0, expected), z.lte(MAX_SECONDS, expected), z.describe(description));
}

/** A duration that may be none at all. `told` is a default that is told, and left to whoever reads the parameter. */
export function durationOrZero(description: string, told?: number) {
  const expected = `a number of seconds from 0 to ${MAX_SECONDS}`;
  const said = { description, ...(told !== undefined && { default: told }) };
  return z.number(expected).check(z.gte(0, expected), z.lte(MAX_SECONDS, expected), z.meta(said));
}
