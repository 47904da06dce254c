// Every setting as it is here, and who says so.

import { existsSync, mkdirSync } from "node:fs";
import { BackburnerError } from "../errors.ts";
import { homeOf } from "../given-home.ts";
import { readSetting, type Sources, sourcesOf, unknownVariables } from "../given-settings.ts";
import { configPath } from "../home.ts";
import { type Key, KEYS, type Pattern, SETTINGS } from "../settings.ts";

export interface ShownSetting {
  /** Its key in config.toml; "home" is in none. */
  name: string;
  variable: string;
  /** As it could be written into the variable. `undefined`: nobody says anything, and there is no default. */
  text?: string | undefined;
  /** In numbers and lists: bytes, seconds. */
  value?: unknown;
  /** What holds where nothing is set. */
  unset?: string | undefined;
  source: "default" | "config.toml" | "environment";
  /** Why it can't be used. */
  error?: BackburnerError;
}

export interface ShownSettings {
  settings: ShownSetting[];
  /** Path of config.toml. */
  file: string;
  fileExists: boolean;
  /** Variables that look like settings and are none. */
  unknown: { name: string; meant?: string }[];
}

/** Where config.toml is, or would be, also of one that is broken. Its directory is made: who asks is about to write there. */
export function settingsFile(env: Record<string, string | undefined> = process.env): string {
  const home = homeOf(env);
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
  } catch {} // whoever writes there is told why
  return configPath(home);
}

/** Throws `bad_config` when config.toml can't be understood; of a setting that is wrong it tells that. */
export async function showSettings(env: Record<string, string | undefined> = process.env): Promise<ShownSettings> {
  const sources = await sourcesOf(env);
  const home: ShownSetting = {
    name: "home",
    variable: "BACKBURNER_HOME",
    text: sources.home,
    value: sources.home,
    source: env.BACKBURNER_HOME ? "environment" : "default",
  };
  const file = configPath(sources.home);
  return {
    settings: [home, ...KEYS.map((key) => shown(key, sources))],
    file,
    fileExists: existsSync(file),
    unknown: unknownVariables(env),
  };
}

function shown(key: Key, sources: Sources): ShownSetting {
  const { variable, show, unset } = SETTINGS[key];
  try {
    const { source, value } = readSetting(key, sources);
    if (value === undefined) return { name: key, variable, unset: unset ?? "none", source };
    const text = show as (value: unknown) => string;
    const items = Array.isArray(value) ? value.map((one) => (key === "shell" ? text([one]) : plain(one))) : value;
    return { name: key, variable, text: text(value), value: items, source };
  } catch (error) {
    if (!(error instanceof BackburnerError)) throw error;
    return { name: key, variable, source: sources.env[variable] ? "environment" : "config.toml", error };
  }
}

function plain(item: string | Pattern): string {
  return typeof item === "string" ? item : item.source;
}

/** A config.toml with every setting in it, as a comment: what it is for, and its default or an example. */
export function exampleFile(): string {
  const blocks = KEYS.map((key) => {
    const { about, expected, variable, fallback, unset = "none", example } = SETTINGS[key];
    const standing = fallback === undefined ? `default: ${unset}` : `default: ${fallback}`;
    return `# ${about[0]?.toUpperCase()}${about.slice(1)} (${standing}).\n# ${variable}: ${expected}\n#${key} = ${example}\n`;
  });
  return `# Settings of backburner. A variable of the environment wins over what stands here.\n\n${blocks.join("\n")}`;
}
