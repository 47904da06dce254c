// backburner start: a command becomes a task; with --wait, we stay until it ends.

import { resolve } from "node:path";
import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { messageOf } from "../../errors.ts";
import { openApp } from "../../operations/app.ts";
import { commandLineOf } from "../../operations/command-line.ts";
import { processCaller, start } from "../../operations/start.ts";
import { tidy } from "../../operations/tidy.ts";
import { wireTask } from "../../wire.ts";
import { checkEncoding, duration, usage, variable } from "../arguments.ts";
import { approved } from "../ask.ts";
import { CANCELLED } from "../exit.ts";
import { epilogue } from "../help.ts";
import { waysBack } from "../interrupt.ts";
import { explain, showJson } from "../show.ts";
import { hint, isTerminal, print, size, STDERR, STDIN, STDOUT } from "../terminal.ts";
import type { Call } from "../verbs.ts";

interface StartOptions {
  wait?: true;
  name?: string;
  cwd?: string;
  timeout?: number;
  idleTimeout?: number;
  env?: Record<string, string>;
  stdin?: string;
  interactive?: true;
  pty?: true;
  json?: true;
}

export function declareStart(command: Command, { afterDashes, leaveWith }: Call): void {
  command
    .usage("[options] -- command…")
    .summary("start a command as a background task")
    .description("Starts a command as a background task and prints the task's id.")
    .argument("[command...]")
    .option("-w, --wait", "show its output and leave with its exit code; Ctrl-C leaves it running")
    .option("--name <name>", "a name to call the task by")
    .option("--cwd <directory>", "where to run it (default: here)")
    .option("--timeout <duration>", "end it after this long: 90s, 20m, 1h30m", duration("--timeout", "above zero"))
    .option(
      "--idle-timeout <duration>",
      "end it when it prints nothing for this long",
      duration("--idle-timeout", "above zero"),
    )
    .option("--env <NAME=value>", "set a variable for it; may be given again and again", variable)
    .option("--stdin <file>", 'feed it a file; "-" is our own stdin')
    .option("-i, --interactive", "keep its stdin open for send and attach")
    .option("-t, --pty", "run it in a terminal, stdin open; -it attaches at once")
    .option("--json", "print the task as JSON; with --wait, its output too")
    .action(async (words: string[], options: StartOptions) => {
      const config = await loadConfig();
      const line = commandOf(words, afterDashes, config.shell);
      if (attaches(options) && options.json)
        throw usage("-it attaches to the task and --json prints it; leave out one of them");
      const app = openApp(config);
      checkEncoding(line);
      const caller = processCaller();
      const request = {
        command: line,
        name: options.name,
        cwd: options.cwd === undefined ? undefined : resolve(caller.cwd, options.cwd),
        timeoutSeconds: options.timeout,
        idleTimeoutSeconds: options.idleTimeout,
        env: options.env,
        stdin: options.stdin === undefined ? undefined : await bytesOf(options.stdin),
        interactive: options.interactive === true,
        pty: options.pty === true,
        size: options.pty && isTerminal(STDOUT) ? sizeHere() : undefined,
      };
      const canAsk = options.stdin !== "-" && isTerminal(STDIN) && isTerminal(STDERR);
      const task = await approved(app, await start(app, { ...request, canAsk }, caller));
      if (task.status === "cancelled") {
        await explain(task);
        return leaveWith(CANCELLED);
      }
      if (attaches(options)) return leaveWith(await (await import("../attach.ts")).attach(app, task.id, undefined));
      if (options.wait) return leaveWith(await (await import("../stay.ts")).stay(app, task.id, options.json === true));
      await (options.json ? showJson(wireTask(task)) : print(`${task.id}\n`));
      await hint(waysBack(task.id));
      await app.vigil.lookBesides();
      await tidy(app);
    });
  epilogue(command, "Command", [
    "One word is a command line for the shell; several are an argv, each word kept",
    "as it is. The task gets this directory and this environment.",
  ]);
  epilogue(command, "Examples", [
    "backburner start -- npm test",
    "backburner start --name build --timeout 20m -- 'npm ci && npm run build'",
    'id=$(backburner start -- make -j4) && backburner wait "$id"',
    "backburner start --wait --env CI=1 -- cargo test",
    "backburner start -it -- bash",
  ]);
}

/** The command that a verb was given. Throws a usage error. */
export function commandOf(
  words: string[],
  afterDashes: string[] | undefined,
  shell: string[] | undefined,
  verb = "start",
): string {
  const [first, ...more] = words;
  if (afterDashes === undefined && more.length > 0)
    throw usage(`a command of several words stands behind "--": backburner ${verb} -- ${commandLineOf(words)}`);
  if (afterDashes !== undefined && first !== undefined)
    throw usage(`${JSON.stringify(first)} stands before "--"; put the whole command behind it`);
  const [only = first, ...others] = afterDashes ?? [];
  if (only === undefined) throw usage(`no command is given; write it behind dashes: backburner ${verb} -- npm test`);
  return others.length > 0 ? commandLineOf([only, ...others], shell) : only;
}

/** As people know it from docker: both, and they sit before it. */
function attaches({ interactive, pty }: StartOptions): boolean {
  return interactive === true && pty === true;
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await (file === "-" ? Bun.stdin : Bun.file(file)).bytes();
  } catch (error) {
    throw usage(`--stdin ${JSON.stringify(file)} can't be read (${messageOf(error)}); give a file, or "-"`);
  }
}

function sizeHere() {
  const [cols, rows] = size();
  return { cols, rows };
}
