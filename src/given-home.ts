// Where BACKBURNER_HOME is, from the environment. Apart from home.ts, as a supervisor is told it and needs none of this.

import { homedir } from "node:os";
import { resolve } from "node:path";
import type { Home } from "./home.ts";
import { badSetting } from "./wording.ts";

const isWindows = process.platform === "win32";

/** The home directory, absolute. A leading "~/" stands for the user's own, as hosts hand variables on unexpanded. */
export function homeOf(env: Record<string, string | undefined>): Home {
  const given = env.BACKBURNER_HOME;
  if (given === undefined || given === "") return resolve(homedir(), ".backburner");
  if (given.includes("\0")) throw badSetting("BACKBURNER_HOME", given, "a path without NUL");
  return given.startsWith("~/") || (isWindows && given.startsWith("~\\"))
    ? resolve(homedir(), given.slice(2))
    : resolve(given);
}
