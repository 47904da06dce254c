// Settings: defaults ← config.toml ← environment ← flags. Checks every value and remembers where it came from.

import { accessSync, constants, readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import * as z from "zod/mini";
import { badConfigFile, badSetting, messageOf, unknownSetting } from "./errors.ts";
import { configPath, type Home, homeOf } from "./home.ts";

export interface Config {
  home: Home;
  /** What may run: `undefined` where no list is set. */
  policy: Policy | undefined;
  /** How many tasks run at once over the whole home. */
  maxTasks: number;
  /** Kept of each task's output. */
  maxOutputBytes: number;
  /** What is kept of tasks that have ended. */
  keep: Keep;
  /** Which tools answer with handles of native MCP tasks, to clients that know them. */
  nativeTasks: NativeTasks;
  /** How often at most the automatic clean-up looks; `undefined`: once an hour. */
  tidyEveryMs?: number;
  /** Default timeout of a task. */
  timeoutMs?: number;
  /** argv of the shell, the command follows as last argument. `undefined`: bash, else sh. */
  shell?: string[];
  /** Default working directory; `undefined`: the caller's. */
  cwd?: string;
}

/** "wait": only wait_task. */
export type NativeTasks = (typeof NATIVE_TASKS)[number];
const NATIVE_TASKS = ["auto", "wait", "off"] as const;

/** Lists of what may run. Deny wins over ask, ask over allow. */
export interface Policy {
  allow: Pattern[];
  ask: Pattern[];
  deny: Pattern[];
  /** Variables that commands may set while there is an allow list. */
  allowEnv: string[];
}

export interface Pattern {
  /** As it was written. */
  source: string;
  regex: RegExp;
  /** It stands for tasks only that are started so, as `pty:REGEX`. */
  door?: Door;
}

/** How a task's stdin stays open: what comes in later can't be judged at the start. */
export type Door = "interactive" | "pty";

/** How much of the past is kept. */
export interface Keep {
  ms: number;
  tasks: number;
  bytes: number;
}

const DEFAULT_MAX_OUTPUT_BYTES = 64 * 2 ** 20;
const DEFAULT_KEEP_DAYS = 30;
const DEFAULT_KEEP_TASKS = 100_000;
const DEFAULT_KEEP_BYTES = 5 * 2 ** 30;

export const MAX_SECONDS = 10 * 365 * 24 * 3600;

const patterns = z.pipe(
  z.array(z.string()),
  z.transform((texts, context) => {
    try {
      return texts.map(patternOf);
    } catch (error) {
      context.issues.push({ code: "custom", message: messageOf(error), input: texts });
      return z.NEVER;
    }
  }),
);
const variableNames = z.array(z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/)));
const patternList = "a comma-separated list of regular expressions";

/** One line per setting: its key in config.toml, variable, how the variable's text is read, its schema, and what is expected, in words. */
const SETTINGS = {
  allow: setting("BACKBURNER_ALLOW", splitList, patterns, patternList),
  deny: setting("BACKBURNER_DENY", splitList, patterns, patternList),
  ask: setting("BACKBURNER_ASK", splitList, patterns, patternList),
  allow_env: setting("BACKBURNER_ALLOW_ENV", splitList, variableNames, "a comma-separated list of variable names"),
  max_tasks: setting(
    "BACKBURNER_MAX_TASKS",
    number,
    z.int().check(z.gte(1), z.lte(1000)),
    "a whole number from 1 to 1000",
  ),
  max_output: setting(
    "BACKBURNER_MAX_OUTPUT",
    size,
    z.int().check(z.gte(4096)),
    "a size such as 64MB or 1GB, or bytes, at least 4KB",
  ),
  keep_days: setting(
    "BACKBURNER_KEEP_DAYS",
    number,
    z.number().check(z.positive(), z.lte(36_500)),
    "a number of days above 0, at most 36500",
  ),
  keep_tasks: setting(
    "BACKBURNER_KEEP_TASKS",
    number,
    z.int().check(z.gte(1), z.lte(1e9)),
    "a whole number from 1 to 1000000000",
  ),
  keep_bytes: setting(
    "BACKBURNER_KEEP_BYTES",
    size,
    z.int().check(z.gte(2 ** 20)),
    "a size such as 500MB or 5GB, or bytes, at least 1MB",
  ),
  native_tasks: setting("BACKBURNER_NATIVE_TASKS", text, z.enum(NATIVE_TASKS), "auto, wait or off"),
  timeout: setting(
    "BACKBURNER_TIMEOUT",
    duration,
    z.number().check(z.positive(), z.lte(MAX_SECONDS)),
    `a duration such as 90s or 20m, or seconds above 0`,
  ),
  shell: setting(
    "BACKBURNER_SHELL",
    splitWords,
    z.array(z.string().check(z.minLength(1))).check(z.minLength(1)),
    "a program and its arguments, such as bash -lc",
  ),
  cwd: setting("BACKBURNER_CWD", text, z.string().check(z.refine(isAbsolute)), "an absolute path"),
} as const;
type Key = keyof typeof SETTINGS;

/** Reads all settings. Throws a `bad_config` error that names the first wrong one. */
export function loadConfig(env: Record<string, string | undefined> = process.env): Config {
  const home = homeOf(env);
  const file = readConfigFile(home);
  const value = <K extends Key>(key: K) =>
    readSetting(key, env, file, home)?.value as z.output<(typeof SETTINGS)[K]["schema"]> | undefined;
  const timeout = value("timeout");
  const shell = value("shell");
  const cwd = value("cwd");
  return {
    home,
    policy: policyOf(value("allow"), value("ask"), value("deny"), value("allow_env")),
    maxTasks: value("max_tasks") ?? 10,
    maxOutputBytes: value("max_output") ?? DEFAULT_MAX_OUTPUT_BYTES,
    keep: {
      ms: (value("keep_days") ?? DEFAULT_KEEP_DAYS) * 86_400_000,
      tasks: value("keep_tasks") ?? DEFAULT_KEEP_TASKS,
      bytes: value("keep_bytes") ?? DEFAULT_KEEP_BYTES,
    },
    nativeTasks: value("native_tasks") ?? "auto",
    ...(timeout !== undefined && { timeoutMs: Math.ceil(timeout * 1000) }),
    ...(shell && { shell }),
    ...(cwd && { cwd }),
  };
}

function policyOf(allow: Pattern[] = [], ask: Pattern[] = [], deny: Pattern[] = [], allowEnv: string[] = []) {
  return allow.length + ask.length + deny.length > 0 ? { allow, ask, deny, allowEnv } : undefined;
}

function patternOf(source: string): Pattern {
  const [, door, written = ""] = /^(?:(interactive|pty):)?([^]*)$/.exec(source) ?? [];
  return { source, regex: new RegExp(written, "i"), ...(door !== undefined && { door: door as Door }) };
}

/** Bytes in a size as people write it: "1048576", "64MB", "1.5 GiB"; K, M and G are powers of 1024. NaN when it is none. */
function size(written: string): number {
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(written.trim()) ?? [];
  return Math.round(Number(count) * 1024 ** " kmgt".indexOf(unit.toLowerCase() || " "));
}

/** Seconds in a duration as people write it: "90", "90s", "1.5h", "1h30m". `undefined` when it is none. */
export function parseDuration(written: string): number | undefined {
  const compact = written.trim().replaceAll(" ", "");
  if (/^\d+(\.\d+)?$/.test(compact)) return Number(compact);
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/i.test(compact)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of compact.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/gi))
    seconds += Number(count) * (UNITS[unit?.toLowerCase() ?? ""] ?? 0);
  return seconds;
}
const UNITS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

interface Setting<S extends z.ZodMiniType> {
  variable: string;
  parse: (text: string) => unknown;
  schema: S;
  expected: string;
}

function setting<S extends z.ZodMiniType>(
  variable: string,
  parse: (text: string) => unknown,
  schema: S,
  expected: string,
): Setting<S> {
  return { variable, parse, schema, expected };
}

function readSetting(key: Key, env: Record<string, string | undefined>, file: Record<string, unknown>, home: Home) {
  const { variable, parse, schema, expected } = SETTINGS[key];
  const written = env[variable];
  if (written !== undefined && written !== "") {
    const checked = schema.safeParse(parse(written));
    if (!checked.success) throw badSetting(variable, written, expected + detail(checked.error));
    return { value: checked.data, source: "environment" as const };
  }
  const inFile = file[key];
  if (inFile === undefined) return undefined;
  const checked = schema.safeParse(typeof inFile === "string" ? parse(inFile) : inFile);
  if (!checked.success)
    throw badSetting(`${key} in ${configPath(home)}`, JSON.stringify(inFile), expected + detail(checked.error));
  return { value: checked.data, source: "config.toml" as const };
}

/** Only a pattern's own error says more than what was expected. */
function detail(error: z.core.$ZodError): string {
  const custom = error.issues.find((issue) => issue.code === "custom" && issue.message.startsWith("Invalid regular"));
  return custom ? ` (${custom.message})` : "";
}

function readConfigFile(home: Home): Record<string, unknown> {
  const path = configPath(home);
  let source: string;
  try {
    source = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A home that can't be used is told of when it is opened.
    if (code === "ENOENT" || code === "ENOTDIR" || (code === "EACCES" && !canEnter(home))) return {};
    throw badConfigFile(path, messageOf(error));
  }
  let table: Record<string, unknown>;
  try {
    table = Bun.TOML.parse(source) as Record<string, unknown>;
  } catch (error) {
    throw badConfigFile(path, messageOf(error));
  }
  for (const key of Object.keys(table))
    if (!Object.hasOwn(SETTINGS, key)) throw unknownSetting(path, key, Object.keys(SETTINGS));
  return table;
}

function canEnter(home: Home): boolean {
  try {
    accessSync(home, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Splits at commas; `\,` is a comma inside one item. Empty items are dropped. */
function splitList(written: string): string[] {
  return written
    .split(/(?<!\\),/)
    .map((item) => item.replaceAll("\\,", ",").trim())
    .filter((item) => item !== "");
}

function splitWords(written: string): string[] {
  return written.split(/\s+/).filter((word) => word !== "");
}

function number(written: string): number {
  return written.trim() === "" ? Number.NaN : Number(written);
}

function duration(written: string): number {
  return parseDuration(written) ?? Number.NaN;
}

function text(written: string): string {
  return written;
}
