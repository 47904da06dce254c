// What a command itself says it did, and what its output has to be for it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FIXTURES } from "../helpers/home.ts";
import type { CommandPlan } from "./plan.ts";

/** The command line of a planned command. Its token is in it, so that a row tells whose it is. */
export function commandLineOf({ token, shape, lines, gapSeconds, exitCode, padding }: CommandPlan): string {
  return `bash ${FIXTURES}/witness.sh ${token} ${shape} ${lines} ${gapSeconds} ${exitCode} ${"x".repeat(padding)}-`;
}

/** The token in a command line as above. */
export function tokenOf(command: string): string | undefined {
  return /witness\.sh (\S+) /.exec(command)?.[1];
}

export interface Witness {
  /** How often it began: a command must run once at most. */
  begun: number;
  /** What it was about to print, in order: the number of a line, or a text that it had read. */
  printed: (number | string)[];
  exitCode?: number;
  /** It was about to end itself by a signal. */
  suicide: boolean;
}

export function witnessOf(work: string, token: string): Witness {
  const witness: Witness = { begun: 0, printed: [], suicide: false };
  let text = "";
  try {
    text = readFileSync(join(work, token), "utf8");
  } catch {
    return witness;
  }
  for (const line of text.split("\n")) {
    const [what, value = ""] = line.split(" ");
    if (what === "begin") witness.begun += 1;
    else if (what === "line") witness.printed.push(Number(value));
    else if (what === "in") witness.printed.push(value);
    else if (what === "exit") witness.exitCode = Number(value);
    else if (what === "kill") witness.suicide = true;
  }
  return witness;
}

/** What the streams hold once the first `count` things were printed. */
export function outputOf(command: string, witness: Witness, count = witness.printed.length) {
  const [, token = "", padding = ""] = /witness\.sh (\S+) .* (\S+)$/.exec(command) ?? [];
  let [stdout, stderr] = ["", ""];
  for (const what of witness.printed.slice(0, count)) {
    if (typeof what === "string") stdout += `got ${what}\n`;
    else stdout += `o ${token} ${what} ${padding}\n`;
    if (typeof what === "number" && what % 3 === 0) stderr += `e ${token} ${what}\n`;
  }
  return { stdout, stderr };
}
