// The variables of mcp-background-job (0.1.2), put into ours: each is checked under its own name, and wins over ours. What it calls a
// clean-up interval is how often the automatic clean-up looks.

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type Config, loadConfig } from "../../config.ts";
import { messageOf } from "../../errors.ts";
import { badSetting, settingTwice } from "../../wording.ts";
import { MAX_SECONDS } from "../../settings.ts";

type Env = Record<string, string | undefined>;

/** Throws a `bad_config` error that names the first wrong variable. */
export async function loadJobConfig(env: Env = process.env): Promise<Config> {
  const given = <T>(name: string, read: (written: string) => T | undefined, expected: string): T | undefined => {
    const written = env[name];
    if (written === undefined || written === "") return undefined;
    const value = read(written);
    if (value === undefined) throw badSetting(name, written, expected);
    return value;
  };
  const jobs = given("MCP_BG_MAX_JOBS", whole(1, 1_000), "a whole number from 1 to 1000");
  const bytes = given("MCP_BG_MAX_OUTPUT_SIZE", size, "a number of bytes or of megabytes, such as 20MB; at least 1024");
  const timeout = given("MCP_BG_JOB_TIMEOUT", whole(1, MAX_SECONDS), "a whole number of seconds, at least 1");
  const interval = given("MCP_BG_CLEANUP_INTERVAL", whole(10, 3_600), "a whole number of seconds from 10 to 3600");
  const cwd = given("MCP_BG_WORKING_DIR", directory, "a directory that exists");
  const allow = given(ALLOW, patterns, "a comma-separated list of regular expressions");
  if (allow !== undefined && env.BACKBURNER_ALLOW) throw settingTwice(ALLOW, "BACKBURNER_ALLOW");
  const config = await loadConfig({
    ...env,
    ...(jobs !== undefined && { BACKBURNER_MAX_TASKS: String(jobs) }),
    ...(bytes !== undefined && { BACKBURNER_MAX_OUTPUT: String(Math.max(bytes, LEAST_KEPT_BYTES)) }),
    ...(timeout !== undefined && { BACKBURNER_TIMEOUT: String(timeout) }),
    ...(cwd !== undefined && { BACKBURNER_CWD: cwd }),
    ...(allow !== undefined && { BACKBURNER_ALLOW: allow }),
  });
  return { ...config, ...(interval !== undefined && { tidyEveryMs: interval * 1_000 }) };
}

const ALLOW = "MCP_BG_ALLOWED_COMMANDS";
/** Less can't be kept: see BACKBURNER_MAX_OUTPUT. */
const LEAST_KEPT_BYTES = 4_096;
const LEAST_BYTES = 1_024;

function whole(least: number, most: number): (written: string) => number | undefined {
  return (written) => {
    const value = /^\s*\d{1,15}\s*$/.test(written) ? Number(written) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  };
}

function size(written: string): number | undefined {
  const [, count, unit] = /^\s*(\d{1,12})\s*(mb)?\s*$/i.exec(written) ?? [];
  const bytes = Number(count) * (unit === undefined ? 1 : 2 ** 20);
  return bytes >= LEAST_BYTES ? bytes : undefined;
}

function directory(written: string): string | undefined {
  const path = resolve(written);
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : undefined;
}

/** The text itself, which BACKBURNER_ALLOW reads in the same way. */
function patterns(written: string): string | undefined {
  try {
    for (const pattern of written.split(",")) RegExp(pattern.trim(), "i");
    return written;
  } catch (error) {
    throw badSetting(ALLOW, written, `a comma-separated list of regular expressions (${messageOf(error)})`);
  }
}
