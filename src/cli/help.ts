// What help looks like, and how a usage error reads: both the same for every verb.

import { Command, type CommanderError } from "commander";

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
  submit: "start",
  exec: "start",
  ls: "list",
  ps: "list",
  jobs: "list",
  show: "status",
  info: "status",
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
  rm: "cancel",
  serve: "mcp",
};

/** Commander's error as one line of ours. `verb` is the command that was meant, when it is one. */
export function usageMessage(error: CommanderError, given: string, verb: string | undefined): string {
  const [first = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const similar = /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(suggestion ?? "")?.[1];
  const meant = error.code === "commander.unknownCommand" ? (ELSEWHERE[given] ?? similar) : similar;
  const next =
    meant === undefined ? `see "backburner ${verb === undefined ? "" : `${verb} `}--help"` : `did you mean ${meant}?`;
  return `${first.replace(/\.$/, "")}; ${next}`;
}
