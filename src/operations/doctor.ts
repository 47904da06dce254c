// Looks at everything that backburner needs, and says what to do about what is wrong. Changes nothing unless it is told to.

import { messageOf } from "../errors.ts";
import { homeOf } from "../given-home.ts";
import type { Home } from "../home.ts";
import { closeUmask } from "../process/umask.ts";
import { type Check, type Finding, findings as findingsOf, type Level, type Surroundings } from "./checks/check.ts";
import { checkClients } from "./checks/clients.ts";
import { checkDisk } from "./checks/disk.ts";
import { checkHome } from "./checks/home.ts";
import { checkClock, checkLimits, checkProcesses, checkSubreaper, checkTerminal } from "./checks/machine.ts";
import { checkEnvironment, checkSettings } from "./checks/settings.ts";
import { checkShell } from "./checks/shell.ts";
import { checkStore } from "./checks/store.ts";
import { checkTasks } from "./checks/tasks.ts";
import { checkVersions } from "./checks/versions.ts";

export type { Finding, Level };

export interface Diagnosis {
  home: Home;
  findings: Finding[];
  /** What was repaired, in words. */
  repaired: string[];
}

/** In the order in which they are shown. */
const CHECKS: [name: string, check: Check][] = [
  ["version", checkVersions],
  ["settings", checkSettings],
  ["environment", checkEnvironment],
  ["home", checkHome],
  ["disk", checkDisk],
  ["store", checkStore],
  ["tasks", checkTasks],
  ["shell", checkShell],
  ["terminal", checkTerminal],
  ["processes", checkProcesses],
  ["subreaper", checkSubreaper],
  ["limits", checkLimits],
  ["clock", checkClock],
  ["clients", checkClients],
];

/** `fix`: does first what can be done without asking, and looks again. */
export async function diagnose(
  fix: boolean,
  env: Record<string, string | undefined> = process.env,
): Promise<Diagnosis> {
  closeUmask();
  const about = { home: homeOf(env), env };
  const findings = await look(about);
  if (!fix || findings.every(({ repair }) => !repair)) return { home: about.home, findings, repaired: [] };
  const repaired: string[] = [];
  const failed: Finding[] = [];
  for (const { check, repair } of findings) {
    try {
      if (repair) repaired.push(`${check}: ${await repair()}`);
    } catch (error) {
      failed.push(findingsOf(check).problem(`it could not be repaired: ${messageOf(error)}`));
    }
  }
  return { home: about.home, findings: [...(await look(about)), ...failed], repaired: [...new Set(repaired)] };
}

async function look(about: Surroundings): Promise<Finding[]> {
  const found = CHECKS.map(async ([name, check]) => {
    try {
      return await check(about);
    } catch (error) {
      return [findingsOf(name).problem(`it could not be checked: ${messageOf(error)}`)];
    }
  });
  return (await Promise.all(found)).flat();
}
