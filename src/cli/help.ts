// What help looks like, and how a usage error reads: both the same for every verb.

import { Command, type CommanderError } from "commander";
import { nearest } from "../nearest.ts";

const WIDTH = 80;

/** A command that reports to us instead of writing and exiting. `write` takes its help. */
export function quietCommand(name: string, write: (text: string) => void): Command {
  return new Command(name)
    .exitOverride()
    .helpOption("-h, --help", "show this help")
    .configureHelp({
      subcommandTerm: (command) =>
        `${command.name()} ${command
          .usage()
          .replace(/\[options\] ?/, "")
          .trim()}`,
    })
    .configureOutput({
      writeOut: write,
      writeErr: write,
      outputError: () => {}, // run.ts says it, in one line
      getOutHelpWidth: () => WIDTH,
      getErrHelpWidth: () => WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}

/** Adds a block of text that stands below the options. */
export function epilogue(command: Command, title: string, lines: string[]): Command {
  return command.addHelpText("after", `\n${title}:\n${lines.map((line) => `  ${line}`.trimEnd()).join("\n")}`);
}

/** What other tools call our verbs. */
const ELSEWHERE: Record<string, string> = {
  add: "start",
  run: "start",
  new: "start",
  submit: "start",
  exec: "start",
  ls: "list",
  ps: "list",
  jobs: "list",
  tasks: "list",
  show: "status",
  info: "status",
  inspect: "status",
  monitor: "top",
  watch: "top",
  log: "logs",
  tail: "logs",
  output: "logs",
  result: "logs",
  follow: "logs",
  input: "send",
  write: "send",
  type: "send",
  fg: "attach",
  kill: "cancel",
  stop: "cancel",
  end: "cancel",
  rm: "cancel",
  clean: "prune",
  remove: "prune",
  gc: "prune",
  install: "setup",
  settings: "config",
  check: "doctor",
  version: "--version",
  serve: "mcp",
  server: "mcp",
};

/** What other tools call our statuses. */
const STATUSES_ELSEWHERE: Record<string, string> = {
  running: "working",
  active: "working",
  pending: "queued",
  waiting: "queued",
  done: "completed",
  success: "completed",
  succeeded: "completed",
  error: "failed",
  killed: "cancelled",
  canceled: "cancelled",
  timeout: "timed_out",
};

/** Commander's error as one line of ours. `verb` is the command that was meant, when it is one. */
export function usageMessage(error: CommanderError, given: string, verb: string | undefined, verbs: string[]): string {
  const [first = "", suggestion] = error.message
    .replace(/^error: /, "")
    .replace(/^command-argument value ('[^]*') is invalid for argument '(\w+)'\./, "$1 is no $2 that we know.")
    .split("\n");
  const meant =
    error.code === "commander.unknownCommand" ? verbMeant(given, verbs) : (choiceMeant(first) ?? similar(suggestion));
  const next =
    meant === undefined ? `see "backburner ${verb === undefined ? "" : `${verb} `}--help"` : `did you mean ${meant}?`;
  return `${first.replace(/\.$/, "")}; ${next}`;
}

const SHORTEST_BEGINNING = 3;

function verbMeant(given: string, verbs: string[]): string | undefined {
  const begun = given.length < SHORTEST_BEGINNING ? [] : verbs.filter((verb) => verb.startsWith(given));
  const near =
    begun.length === 1 || Object.hasOwn(ELSEWHERE, given)
      ? (begun[0] ?? given)
      : nearest(given, [...verbs, ...Object.keys(ELSEWHERE)]);
  return near === undefined ? undefined : (ELSEWHERE[near] ?? near);
}

function choiceMeant(message: string): string | undefined {
  const [, given, allowed] =
    /'([^']*)' is (?:invalid|no \w+ that we know).* Allowed choices are (.*)\.$/.exec(message) ?? [];
  if (given === undefined || allowed === undefined) return undefined;
  const choices = allowed.split(", ");
  const elsewhere = choices.includes("working") ? Object.keys(STATUSES_ELSEWHERE) : [];
  const near = elsewhere.includes(given) ? given : nearest(given, [...choices, ...elsewhere]);
  return near === undefined || choices.includes(near) ? near : STATUSES_ELSEWHERE[near];
}

function similar(suggestion = ""): string | undefined {
  return /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(suggestion)?.[1];
}
