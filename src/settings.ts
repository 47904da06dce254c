// The settings, one by one: what each is called, how it is written and what it is when nobody says. What it may be stands in
// setting-schemas.ts, what is set given-settings.ts reads, and what they mean together config.ts knows.

import type { core } from "zod/mini";
import { durationText, parseDuration, parseSize, sizeText } from "./amounts.ts";

/** "wait": only wait_task. */
export type NativeTasks = (typeof NATIVE_TASKS)[number];
export const NATIVE_TASKS = ["auto", "wait", "off"] as const;

export interface Pattern {
  /** As it was written. */
  source: string;
  regex: RegExp;
  /** It stands for tasks only that are started so, as `pty:REGEX`. */
  door?: Door;
}

/** How a task's stdin stays open: what comes in later can't be judged at the start. */
export type Door = "interactive" | "pty";

export const MAX_SECONDS = 10 * 365 * 24 * 3600;

interface Kind<T> {
  /** From the text of a variable. */
  parse: (text: string) => unknown;
  /** To such a text. */
  show: (value: T) => string;
}

const texts: Kind<string> = { parse: (text) => text, show: (value) => value };
const lists: Kind<string[]> = {
  parse: (text) => splitPatterns(text).map((item) => item.trim()),
  show: (items) => items.map((item) => item.replaceAll(",", "\\,")).join(","),
};
const patternLists: Kind<Pattern[]> = {
  parse: splitPatterns,
  show: (items) => lists.show(items.map(({ source }) => source)),
};
const numbers: Kind<number> = {
  parse: (text) => (text.trim() === "" ? Number.NaN : Number(text)),
  show: String,
};
const sizes: Kind<number> = { parse: parseSize, show: sizeText };
const durations: Kind<number> = { parse: (text) => parseDuration(text) ?? Number.NaN, show: durationText };
/** A word with spaces stands in quotes, as a path on Windows may have to. What stands behind "=" may be a secret ("env TOKEN=… bash -c"). */
const words: Kind<string[]> = {
  parse: (text) => [...text.matchAll(/"([^"]*)"|\S+/g)].map(([word, inQuotes]) => inQuotes ?? word),
  show: (items) => items.map((item) => inQuotesIfNeeded(item.replace(/^([A-Za-z_]\w*=)[^]+/, "$1…"))).join(" "),
};

function inQuotesIfNeeded(word: string): string {
  return /\s/.test(word) ? `"${word}"` : word;
}

const patternList = "a comma-separated list of regular expressions";

export interface Setting<T> extends Kind<T> {
  variable: string;
  /** In words. */
  expected: string;
  /** What it is for, in a line. */
  about: string;
  /** As it would be written. Without one there is none. */
  fallback?: string;
  /** What holds without one, in a person's words. */
  unset?: string;
  /** For config.toml. */
  example: string;
}

/** By their keys in config.toml. */
export const SETTINGS = {
  allow: setting(patternLists, {
    variable: "BACKBURNER_ALLOW",
    expected: patternList,
    about: "only commands that match may run",
    example: String.raw`["^npm( |$)", "^git (status|diff)( |$)"]`,
  }),
  deny: setting(patternLists, {
    variable: "BACKBURNER_DENY",
    expected: patternList,
    about: "commands that match never run",
    example: String.raw`["^sudo( |$)", "^rm .*-[a-z]*r"]`,
  }),
  ask: setting(patternLists, {
    variable: "BACKBURNER_ASK",
    expected: patternList,
    about: "of commands that match a person is asked first",
    example: String.raw`["^git push( |$)"]`,
  }),
  allow_env: setting(lists, {
    variable: "BACKBURNER_ALLOW_ENV",
    expected: "a comma-separated list of variable names",
    about: "variables that may be set for commands while there is an allow list",
    example: `["CI", "NODE_ENV"]`,
  }),
  max_tasks: setting(numbers, {
    variable: "BACKBURNER_MAX_TASKS",
    expected: "a whole number from 1 to 1000",
    about: "how many tasks run at once, over the whole home",
    fallback: "10",
    example: "10",
  }),
  max_output: setting(sizes, {
    variable: "BACKBURNER_MAX_OUTPUT",
    expected: "a size such as 64MB or 1GB, or bytes, at least 4KB",
    about: "how much of each task's output is kept",
    fallback: "64MB",
    example: '"64MB"',
  }),
  keep_days: setting(numbers, {
    variable: "BACKBURNER_KEEP_DAYS",
    expected: "a number of days above 0, at most 36500",
    about: "ended tasks and their output are kept for so many days",
    fallback: "30",
    example: "30",
  }),
  keep_tasks: setting(numbers, {
    variable: "BACKBURNER_KEEP_TASKS",
    expected: "a whole number from 1 to 1000000000",
    about: "at most so many tasks are kept",
    fallback: "100000",
    example: "100000",
  }),
  keep_bytes: setting(sizes, {
    variable: "BACKBURNER_KEEP_BYTES",
    expected: "a size such as 500MB or 5GB, or bytes, at least 1MB",
    about: "at most so much output is kept",
    fallback: "5GB",
    example: '"5GB"',
  }),
  native_tasks: setting(texts as Kind<NativeTasks>, {
    variable: "BACKBURNER_NATIVE_TASKS",
    expected: "auto, wait or off",
    about: "which tools answer with handles of native MCP tasks",
    fallback: "auto",
    example: '"auto"',
  }),
  timeout: setting(durations, {
    variable: "BACKBURNER_TIMEOUT",
    expected: `a duration such as 90s or 20m, or seconds above 0`,
    about: "a task that gives no timeout is ended after this long",
    example: '"20m"',
  }),
  shell: setting(words, {
    variable: "BACKBURNER_SHELL",
    expected: "a program and its arguments, such as bash -lc",
    about: "the shell that commands run with, and its arguments",
    unset: process.platform === "win32" ? "%COMSPEC% /d /s /c" : "bash -c, else sh -c",
    example: '"bash -lc"',
  }),
  cwd: setting(texts, {
    variable: "BACKBURNER_CWD",
    expected: "an absolute path",
    about: "where commands run that name no directory",
    unset: "the caller's",
    example: '"/srv/project"',
  }),
} as const;

export type Key = keyof typeof SETTINGS;
export const KEYS = Object.keys(SETTINGS) as Key[];
export type Value<K extends Key> = Parameters<(typeof SETTINGS)[K]["show"]>[0];
/** What each setting may be. */
export type Schemas = { [K in Key]: Schema<Value<K>> };
interface Schema<T> {
  safeParse: (value: unknown) => { success: true; data: T } | { success: false; error: core.$ZodError };
}

function setting<T>(kind: Kind<T>, more: Omit<Setting<T>, keyof Kind<unknown>>): Setting<T> {
  return { ...kind, ...more };
}

/** Splits at commas; `\,` is a comma inside one item. Empty items are dropped. A blank at an item's end is part of it: "^ls " is no lsof. */
function splitPatterns(written: string): string[] {
  return written
    .split(/(?<!\\),/)
    .map((item) =>
      item
        .replaceAll("\\,", ",")
        .trimStart()
        .replace(/[\r\n]\s*$/, ""),
    )
    .filter((item) => item !== "");
}
