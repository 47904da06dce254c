// A person's door: which verb, and how the process leaves. The only place that exits.

import { type Command, CommanderError } from "commander";
import { BUILD } from "../build.ts";
import { messageOf } from "../errors.ts";
import { leave } from "../operations/leave.ts";
import { tell } from "../operations/tell.ts";
import { codeOfError, type Leave, USAGE } from "./exit.ts";
import { epilogue, quietCommand, usageMessage } from "./help.ts";
import { complain, print } from "./terminal.ts";
import { isVerb, VERBS, verbsFor } from "./verbs.ts";

/** Does what the arguments ask for and ends the process. Nothing that still holds the event loop is waited for. */
export async function run(args: string[]): Promise<void> {
  leave(await perform(args));
}

/** Returns what to leave with. */
async function perform(args: string[]): Promise<number> {
  try {
    return await parse(args);
  } catch (error) {
    // Who read our output has read enough: "backburner list | head".
    if (isBrokenPipe(error)) return 0;
    const told = tell(error);
    await complain(messageOf(told));
    return codeOfError(told);
  }
}

async function parse(args: string[]): Promise<number> {
  let help = "";
  let code = 0;
  const given = wordsOf(args);
  const [verb = ""] = given;
  const write = (text: string) => void (help += text);
  const program = await declare(verbsFor(verb), write, wordsAfterDashes(args), (left) => (code = left));
  try {
    await program.parseAsync(given, { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) {
      await print(help);
      return 0;
    }
    const shown = Object.keys(VERBS).filter((name) => !VERBS[name]?.hidden);
    await complain(usageMessage(error, verb, isVerb(verb) ? verb : undefined, shown));
    return USAGE;
  }
}

async function declare(
  verbs: string[],
  write: (text: string) => void,
  afterDashes: string[] | undefined,
  leaveWith: Leave,
): Promise<Command> {
  const program = quietCommand("backburner", write)
    .usage("<command> [options]")
    .description(
      "Runs shell commands as background tasks that outlive the terminal and the agent\n" +
        "that started them, with their output and their true exit code.",
    )
    .version(`backburner ${BUILD}`, "-V, --version", "show the version")
    .helpCommand(false)
    .enablePositionalOptions();
  for (const name of verbs) {
    const verb = VERBS[name];
    if (!verb) continue;
    const command = quietCommand(name, write).helpGroup(verb.group);
    program.addCommand(command, { hidden: verb.hidden === true });
    (await verb.load())(command, { program, afterDashes, leaveWith });
  }
  epilogue(program, "Examples", [
    "backburner start -- npm test      start a task; prints its id",
    "backburner logs -f 4fzk           follow its output; 4 characters of an id do",
    "backburner wait 4fzk              wait for its end; leaves with its exit code",
    "backburner list --status working  what runs now",
    "backburner setup claude-code      make an agent know it",
  ]);
  epilogue(program, 'Settings, from BACKBURNER_HOME/config.toml and the environment; see "config"', [
    "BACKBURNER_HOME (~/.backburner)  BACKBURNER_MAX_TASKS (10)  BACKBURNER_TIMEOUT",
    "BACKBURNER_ALLOW  BACKBURNER_ASK  BACKBURNER_DENY  BACKBURNER_ALLOW_ENV",
    "BACKBURNER_SHELL  BACKBURNER_CWD  BACKBURNER_MAX_OUTPUT (64MB)",
  ]);
  return program;
}

/** What commander parses: `help VERB` is `VERB --help`, and of an unknown verb nothing but its name counts. */
function wordsOf(args: string[]): string[] {
  const [verb, topic] = args;
  if (verb === undefined) return ["--help"];
  if (verb === "-v") return ["--version"]; // as many other tools have it
  if (verb === "help") return topic === undefined ? ["--help"] : wordsOf([topic, "--help"]);
  if (!verb.startsWith("-") && !isVerb(verb)) return [verb];
  const dashes = args.indexOf("--");
  return (verb === "start" || verb === "policy") && dashes >= 0 ? args.slice(0, dashes) : args;
}

function wordsAfterDashes(args: string[]): string[] | undefined {
  const dashes = args.indexOf("--");
  return dashes < 0 ? undefined : args.slice(dashes + 1);
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}
