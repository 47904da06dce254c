// What all settings come to: defaults ← config.toml ← environment ← flags.

import type { Home } from "./home.ts";
import { readSetting, sourcesOf } from "./given-settings.ts";
import type { NativeTasks, Pattern } from "./settings.ts";

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

/** Lists of what may run. Deny wins over ask, ask over allow. */
export interface Policy {
  allow: Pattern[];
  ask: Pattern[];
  deny: Pattern[];
  /** Variables that commands may set while there is an allow list. */
  allowEnv: string[];
}

/** How much of the past is kept. */
export interface Keep {
  ms: number;
  tasks: number;
  bytes: number;
}

/** Reads all settings. Throws a `bad_config` error that names the first wrong one. */
export async function loadConfig(env: Record<string, string | undefined> = process.env): Promise<Config> {
  const sources = await sourcesOf(env);
  const timeout = readSetting("timeout", sources).value;
  const shell = readSetting("shell", sources).value;
  const cwd = readSetting("cwd", sources).value;
  const [allow, ask, deny] = [list("allow"), list("ask"), list("deny")];
  const allowEnv = readSetting("allow_env", sources).value ?? [];
  return {
    home: sources.home,
    policy: allow.length + ask.length + deny.length > 0 ? { allow, ask, deny, allowEnv } : undefined,
    maxTasks: certain("max_tasks"),
    maxOutputBytes: certain("max_output"),
    keep: { ms: certain("keep_days") * 86_400_000, tasks: certain("keep_tasks"), bytes: certain("keep_bytes") },
    nativeTasks: readSetting("native_tasks", sources).value ?? "auto",
    ...(timeout !== undefined && { timeoutMs: Math.ceil(timeout * 1000) }),
    ...(shell && { shell }),
    ...(cwd && { cwd }),
  };

  function list(key: "allow" | "ask" | "deny"): Pattern[] {
    return readSetting(key, sources).value ?? [];
  }

  /** Of those that have a default. */
  function certain(key: "max_tasks" | "max_output" | "keep_days" | "keep_tasks" | "keep_bytes"): number {
    return readSetting(key, sources).value as number;
  }
}
