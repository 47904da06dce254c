// A person's door: which verb, and how the process leaves. The only place that exits.

import { CommanderError, type CommandOptions } from "commander";
import { BUILD } from "../build.ts";
import { messageOf } from "../errors.ts";
import { leave } from "../operations/leave.ts";
import { tell } from "../operations/tell.ts";
import { declareAttach } from "./commands/attach.ts";
import { declareCancel } from "./commands/cancel.ts";
import { declareComplete, declareCompletions } from "./commands/completions.ts";
import { declareConfig } from "./commands/config.ts";
import { declareDoctor } from "./commands/doctor.ts";
import { declareEvents } from "./commands/events.ts";
import { declareList } from "./commands/list.ts";
import { declareLogs } from "./commands/logs.ts";
import { declareMcp } from "./commands/mcp.ts";
import { declarePolicy } from "./commands/policy.ts";
import { declarePrune } from "./commands/prune.ts";
import { declareSend } from "./commands/send.ts";
import { declareSetup } from "./commands/setup.ts";
import { declareStart } from "./commands/start.ts";
import { declareStatus } from "./commands/status.ts";
import { declareTop } from "./commands/top.ts";
import { declareWait } from "./commands/wait.ts";
import { codeOfError, type Leave, USAGE } from "./exit.ts";
import { epilogue, quietCommand, usageMessage } from "./help.ts";
import { complain, print } from "./terminal.ts";

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
  const { program, verbs } = declare(
    args,
    (text) => (help += text),
    (left) => (code = left),
  );
  const given = wordsOf(args, verbs);
  try {
    await program.parseAsync(given, { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) {
      await print(help);
      return 0;
    }
    const verb = given[0] ?? "";
    await complain(usageMessage(error, verb, verbs.has(verb) ? verb : undefined, [...verbs].filter(isShown)));
    return USAGE;
  }
}

function declare(args: string[], write: (text: string) => void, leaveWith: Leave) {
  const program = quietCommand("backburner", write)
    .usage("<command> [options]")
    .description(
      "Runs shell commands as background tasks that outlive the terminal and the agent\n" +
        "that started them, with their output and their true exit code.",
    )
    .version(`backburner ${BUILD}`, "-V, --version", "show the version")
    .helpCommand(false)
    .enablePositionalOptions();
  const add = (name: string, how: CommandOptions = {}) => {
    const command = quietCommand(name, write);
    program.addCommand(command, how);
    return command;
  };
  program.commandsGroup("Tasks:");
  declareStart(add("start"), wordsAfterDashes(args), leaveWith);
  declareList(add("list"), leaveWith);
  declareStatus(add("status"));
  declareTop(add("top"), leaveWith);
  declareWait(add("wait"), leaveWith);
  declareCancel(add("cancel"), leaveWith);
  program.commandsGroup("Output and input:");
  declareLogs(add("logs"), leaveWith);
  declareSend(add("send"));
  declareAttach(add("attach"), leaveWith);
  declareEvents(add("events"));
  program.commandsGroup("Around them:");
  declarePrune(add("prune"));
  declarePolicy(add("policy"), wordsAfterDashes(args), leaveWith);
  declareSetup(add("setup"), leaveWith);
  declareConfig(add("config"), leaveWith);
  declareDoctor(add("doctor"), leaveWith);
  declareCompletions(add("completions"));
  declareComplete(add("complete", { hidden: true }), program);
  declareMcp(add("mcp"));
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
  return { program, verbs: new Set(program.commands.map((command) => command.name())) };
}

/** Not what only our own scripts call. */
function isShown(verb: string): boolean {
  return verb !== "complete";
}

/** What commander parses: `help VERB` is `VERB --help`, and of an unknown verb nothing but its name counts. */
function wordsOf(args: string[], verbs: Set<string>): string[] {
  const [verb, topic] = args;
  if (verb === undefined) return ["--help"];
  if (verb === "-v") return ["--version"]; // as many other tools have it
  if (verb === "help") return topic === undefined ? ["--help"] : wordsOf([topic, "--help"], verbs);
  if (!verb.startsWith("-") && !verbs.has(verb)) return [verb];
  const dashes = args.indexOf("--");
  return (verb === "start" || verb === "policy") && dashes >= 0 ? args.slice(0, dashes) : args;
}

/** The command of `start -- command…`, which is nobody's to parse. `undefined` without dashes. */
function wordsAfterDashes(args: string[]): string[] | undefined {
  const dashes = args.indexOf("--");
  return dashes < 0 ? undefined : args.slice(dashes + 1);
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}
