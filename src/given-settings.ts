// What is set, and by whom: config.toml, and over it the environment.

import { accessSync, constants, readFileSync } from "node:fs";
import type { core } from "zod/mini";
import { messageOf } from "./errors.ts";
import { homeOf } from "./given-home.ts";
import { configPath, type Home } from "./home.ts";
import { nearest } from "./nearest.ts";
import { type Key, KEYS, type Schemas, type Setting, SETTINGS, type Value } from "./settings.ts";
import { badConfigFile, badSetting, unknownSetting } from "./wording.ts";

/** Where values come from. */
export interface Sources {
  home: Home;
  env: Record<string, string | undefined>;
  file: Record<string, unknown>;
  /** `undefined`: nobody says anything. */
  schemas: Schemas | undefined;
}

/** Reads config.toml. Throws `bad_config` for one that can't be understood or holds what is no setting. */
export async function sourcesOf(env: Record<string, string | undefined>): Promise<Sources> {
  const home = homeOf(env);
  const file = readConfigFile(home);
  const isAnySet = KEYS.some((key) => env[SETTINGS[key].variable] || file[key] !== undefined);
  return { home, env, file, schemas: isAnySet ? (await import("./setting-schemas.ts")).SCHEMAS : undefined };
}

export interface Found<K extends Key> {
  source: "default" | "config.toml" | "environment";
  /** `undefined` where nobody says anything and there is no default. */
  value: Value<K> | undefined;
}

/** What a setting is, and who says so. Throws `bad_config` for a wrong value. */
export function readSetting<K extends Key>(key: K, { home, env, file, schemas }: Sources): Found<K> {
  const { variable, parse, expected, fallback } = SETTINGS[key] as unknown as Setting<Value<K>>;
  const schema = schemas?.[key];
  const written = env[variable];
  if (schema && written) {
    const checked = schema.safeParse(parse(written));
    if (!checked.success) throw badSetting(variable, written, expected + detail(checked.error));
    return { value: checked.data, source: "environment" };
  }
  const inFile = file[key];
  if (schema && inFile !== undefined) {
    const checked = schema.safeParse(typeof inFile === "string" ? parse(inFile) : inFile);
    if (!checked.success)
      throw badSetting(`${key} in ${configPath(home)}`, textOf(inFile), expected + detail(checked.error));
    return { value: checked.data, source: "config.toml" };
  }
  const value = fallback === undefined ? undefined : (parse(fallback) as Value<K>); // ours: it need not be checked
  return { value, source: "default" };
}

/** A text stands in quotes anyway. */
const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** Ours that are no settings. */
const OTHER_VARIABLES = ["BACKBURNER_HOME", "BACKBURNER_TASK_ID"];

/** Variables that look like settings and are none, with the one that may be meant. */
export function unknownVariables(env: Record<string, string | undefined>): { name: string; meant?: string }[] {
  const known = [...OTHER_VARIABLES, ...KEYS.map((key) => SETTINGS[key].variable)];
  return Object.keys(env)
    .filter((name) => name.startsWith("BACKBURNER_") && !known.includes(name))
    .toSorted()
    .map((name) => {
      const meant = nearest(name, known);
      return { name, ...(meant !== undefined && { meant }) };
    });
}

/** Only a pattern's own error says more than what was expected. */
function detail(error: core.$ZodError): string {
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
  for (const key of Object.keys(table)) if (!Object.hasOwn(SETTINGS, key)) throw unknownSetting(path, key, KEYS);
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
