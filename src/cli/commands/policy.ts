// backburner policy: what the lists would say to a command.

import { Argument, type Command } from "commander";
import { loadConfig } from "../../config.ts";
import { explain, type Explained } from "../../operations/explain.ts";
import { processCaller } from "../../operations/start.ts";
import { visible } from "../../visible.ts";
import { variable } from "../arguments.ts";
import { epilogue } from "../help.ts";
import { showJson } from "../show.ts";
import { print } from "../terminal.ts";
import { commandOf } from "./start.ts";
import type { Call } from "../verbs.ts";

interface TestOptions {
  cwd?: string;
  env?: Record<string, string>;
  interactive?: true;
  pty?: true;
  json?: true;
}

/** Of the verdict; what was asked wrongly leaves with 2. */
const CODES = { allowed: 0, refused: 1, ask: 3 } as const;

export function declarePolicy(command: Command, { afterDashes, leaveWith }: Call): void {
  command
    .summary("say what the policy makes of a command")
    .usage("test [options] -- command…")
    .description(
      "Says whether BACKBURNER_ALLOW, _ASK and _DENY let a command run, and what\ndecided it: each command within it, with the pattern it matched. Starts nothing.",
    )
    .addArgument(new Argument("<action>", "the only one there is").choices(["test"]))
    .argument("[command...]", "a command line, or the words of a command")
    .option("--cwd <directory>", "where it would run (default: here)")
    .option("--env <NAME=value>", "a variable that would be set for it", variable)
    .option("-i, --interactive", "with its stdin kept open")
    .option("-t, --pty", "in a terminal")
    .option("--json", "print {decision, reason, patterns, findings} as JSON")
    .action(async (_: string, words: string[], { json, ...request }: TestOptions) => {
      const config = await loadConfig();
      const line = commandOf(words, afterDashes, config.shell, "policy test");
      const explained = await explain(config, { command: line, ...request }, processCaller());
      await (json ? showJson(explained) : print(textOf(explained)));
      leaveWith(CODES[explained.decision]);
    });
  epilogue(command, "It leaves with", ["0 allowed, 1 refused, 3 a person is asked first"]);
  epilogue(command, "Examples", [
    "backburner policy test -- 'npm ci && rm -rf dist'",
    "backburner policy test --json -- npm test | jq -r .decision",
  ]);
}

function textOf({ decision, reason, findings }: Explained): string {
  const found = findings.map(({ text, list, pattern }) => {
    const by = pattern === undefined ? "on no list" : `${list} ${visible(pattern)}`;
    return `  ${visible(text)}\n    ${by}\n`;
  });
  return `${decision}\n${found.join("")}${reason === undefined ? "" : `${visible(reason)}\n`}`;
}
