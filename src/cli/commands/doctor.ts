// backburner doctor: what is wrong here, and what to do about it.

import type { Command } from "commander";
import { BUILD } from "../../build.ts";
import type { Diagnosis, Level } from "../../operations/doctor.ts";
import { visible } from "../../visible.ts";
import { epilogue } from "../help.ts";
import { showJson } from "../show.ts";
import { plural } from "../text.ts";
import { hasColour, print, STDOUT } from "../terminal.ts";
import type { Call } from "../verbs.ts";

export function declareDoctor(command: Command, { leaveWith }: Call): void {
  command
    .summary("check that everything works, and say what to do")
    .description(
      "Checks the home, the store, tasks and their supervisors, the shell, terminals,\n" +
        "the system and the MCP clients, and says what to do about what is wrong.\n" +
        "It changes nothing without --fix.",
    )
    .option("--fix", "repair first what can be repaired without asking")
    .option("--json", "print {ok, version, home, checks, repaired} as JSON")
    .action(async ({ fix = false, json }: { fix?: boolean; json?: true }) => {
      const { diagnose } = await import("../../operations/doctor.ts");
      const diagnosis = await diagnose(fix);
      await (json ? showJson(wire(diagnosis)) : print(textOf(diagnosis)));
      leaveWith(hasProblem(diagnosis) ? 1 : 0);
    });
  epilogue(command, "What --fix does", [
    "closes the home and its files to others, ends tasks whose supervisor is gone",
    "as interrupted, makes a damaged store again and keeps the old, removes sockets",
    "and directories that no task has. Settings and clients are left to you.",
  ]);
  epilogue(command, "It leaves with", ["0 without a problem, also with warnings; 1 with one"]);
  epilogue(command, "Examples", [
    "backburner doctor",
    "backburner doctor --fix",
    `backburner doctor --json | jq -r '.checks[] | .advice // empty'`,
  ]);
}

function hasProblem({ findings }: Diagnosis): boolean {
  return findings.some(({ level }) => level === "problem");
}

function wire(diagnosis: Diagnosis) {
  const { home, findings, repaired } = diagnosis;
  return {
    ok: !hasProblem(diagnosis),
    version: BUILD,
    home,
    checks: findings.map(({ check, level, message, advice, repair }) => ({
      check,
      status: level,
      message,
      ...(advice !== undefined && { advice }),
      ...(repair && { fixable: true }),
    })),
    repaired,
  };
}

const COLOURS: Record<Level, number> = { ok: 32, warning: 33, problem: 31 };

function textOf({ findings, repaired }: Diagnosis): string {
  const colour = hasColour(STDOUT);
  const paint = (text: string, code: number) => (colour ? `\u001b[${code}m${text}\u001b[39m` : text);
  const widest = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, level, message, advice }) => [
    `${paint(level.padEnd("problem".length), COLOURS[level])}  ${check.padEnd(widest)}  ${visible(message)}`,
    ...(advice === undefined ? [] : [`${" ".repeat("problem  ".length + widest)}  → ${visible(advice)}`]),
  ]);
  const done = repaired.map((what) => `${paint("fixed", 32)}    ${visible(what)}`);
  return [...done, ...(done.length > 0 ? [""] : []), ...lines, "", summary(findings)]
    .map((line) => `${line}\n`)
    .join("");
}

function summary(findings: Diagnosis["findings"]): string {
  const count = (level: Level) => findings.filter((one) => one.level === level).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  if (problems + warnings === 0) return "all is well";
  const fixable = findings.filter(({ repair }) => repair).length;
  const words = [plural(problems, "problem"), plural(warnings, "warning")].filter((word) => !word.startsWith("0"));
  return `${words.join(", ")}${fixable === 0 ? "" : `; "backburner doctor --fix" repairs ${fixable} of them`}`;
}
