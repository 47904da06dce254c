// From what a person types to what an operation takes. Each throws a usage error that names the option and what it got.

import { readFileSync } from "node:fs";
import type { Option } from "commander";
import { parseDuration } from "../amounts.ts";
import { BackburnerError } from "../errors.ts";
import { MAX_SECONDS } from "../settings.ts";
import { shortened } from "../cut.ts";

/** Wording: what is wrong, then what to do. */
export function usage(message: string): BackburnerError {
  return new BackburnerError("bad_request", message);
}

/** A parser of durations, for an option; seconds. */
export function duration(option: string, least: "zero" | "above zero"): (written: string) => number {
  return (written) => {
    const seconds = parseDuration(written);
    const tooLittle = seconds !== undefined && (least === "zero" ? seconds < 0 : seconds <= 0);
    if (seconds === undefined || tooLittle || seconds > MAX_SECONDS) {
      const range = least === "zero" ? "0 or more" : "above 0";
      throw usage(`${option} is ${shown(written)}; give a duration ${range}, up to 3650d, such as 90s, 20m or 1h30m`);
    }
    return seconds;
  };
}

/** A parser of whole numbers, for an option. */
export function count(option: string, least: number, mostDigits = 9): (written: string) => number {
  return (written) => {
    const value = /^\d+$/.test(written) ? Number(written) : Number.NaN;
    if (value >= 10 ** mostDigits) throw usage(`${option} is ${shown(written)}; give at most ${10 ** mostDigits - 1}`);
    if (!(value >= least)) throw usage(`${option} is ${shown(written)}; give a whole number from ${least} on`);
    return value;
  };
}

/** An option that may be given once only: of several the last would win, without a word. */
export function once(option: Option): Option {
  const { parseArg } = option;
  option.parseArg = <T>(written: string, before: T): T => {
    if (before !== undefined) throw usage(`${option.long} is given twice; leave one of them out`);
    return parseArg?.call(option, written, before) as T;
  };
  return option;
}

/** Gathers `--env NAME=value`, which may be given again and again. */
export function variable(written: string, before: Record<string, string> = {}): Record<string, string> {
  const at = written.indexOf("=");
  if (at < 1) throw usage("--env is given something else than NAME=value; put a name and = before the value");
  return { ...before, [written.slice(0, at)]: written.slice(at + 1) };
}

/** Gathers an option that may be given again and again. */
export function gathered(written: string, before: string[] = []): string[] {
  return [...before, written];
}

/** The runtime puts this for what is no UTF-8 in an argument. */
const REPLACEMENT = "\uFFFD";

/** Refuses a command of bytes that can't be handed on: as the runtime reads it, it names other files. */
export function checkEncoding(command: string): void {
  if (!command.includes(REPLACEMENT) || process.platform !== "linux") return;
  const given = readFileSync("/proc/self/cmdline");
  if (given.equals(Buffer.from(given.toString()))) return;
  throw usage("the command holds bytes that are no UTF-8; write them in a way that the shell reads, such as $'\\xff'");
}

function shown(written: string): string {
  return JSON.stringify(shortened(written, 40));
}
