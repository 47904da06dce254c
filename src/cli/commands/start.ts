// backburner start: a command becomes a task; with --wait, we stay until it ends.

import { resolve } from "node:path";
import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { type App, openApp } from "../../operations/app.ts";
import { follow } from "../../operations/follow.ts";
import { result } from "../../operations/result.ts";
import { processCaller, start } from "../../operations/start.ts";
import { tidy } from "../../operations/tidy.ts";
import { wait } from "../../operations/wait.ts";
import { isTerminal, type Task, type TaskId } from "../../task.ts";
import { wireTask } from "../../wire.ts";
import { commandLineOf, duration, usage, variable } from "../arguments.ts";
import { CANCELLED, codeOfTask, type Leave } from "../exit.ts";
import { epilogue } from "../help.ts";
import { EVERYTHING, showJson, wireResult } from "../show.ts";
import { showOutput } from "../stream.ts";
import { complain, hint, print } from "../terminal.ts";

interface StartOptions {
  wait?: true;
  name?: string;
  cwd?: string;
  timeout?: number;
  idleTimeout?: number;
  env?: Record<string, string>;
  json?: true;
}

/** `afterDashes` are the words behind `--`, which commander must not see. */
export function declareStart(command: Command, afterDashes: string[] | undefined, leaveWith: Leave): void {
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
    .option("--json", "print the task as JSON; with --wait, its output too")
    .action(async (words: string[], options: StartOptions) => {
      const line = commandOf(words, afterDashes);
      const app = openApp(loadConfig());
      const caller = processCaller();
      const request = {
        command: line,
        name: options.name,
        cwd: options.cwd === undefined ? undefined : resolve(caller.cwd, options.cwd),
        timeoutSeconds: options.timeout,
        idleTimeoutSeconds: options.idleTimeout,
        env: options.env,
      };
      const task = await start(app, request, caller);
      if (options.wait) return leaveWith(await stay(app, task.id, options.json === true));
      await (options.json ? showJson(wireTask(task)) : print(`${task.id}\n`));
      await hint(waysBack(task.id));
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
  ]);
}

function commandOf(words: string[], afterDashes: string[] | undefined): string {
  const [first, ...more] = words;
  if (afterDashes === undefined && more.length > 0)
    throw usage(`a command of several words stands behind "--": backburner start -- ${commandLineOf(words)}`);
  if (afterDashes !== undefined && first !== undefined)
    throw usage(`${JSON.stringify(first)} stands before "--"; put the whole command behind it`);
  const [only = first, ...others] = afterDashes ?? [];
  if (only === undefined) throw usage("no command is given; write it behind dashes: backburner start -- npm test");
  return others.length > 0 ? commandLineOf([only, ...others]) : only;
}

/** Shows the task's output until it ends, or until Ctrl-C. Returns what to leave with. */
async function stay(app: App, id: TaskId, asJson: boolean): Promise<number> {
  const left = new AbortController();
  process.once("SIGINT", () => left.abort());
  try {
    if (asJson) await wait(app, { tasks: [id], until: "all", signal: left.signal });
    else await showOutput(follow(app, id, { live: true, signal: left.signal }));
  } catch (error) {
    await complain(`task ${id} goes on; ${waysBack(id)}`); // also when our output is read no more: it must not go on unseen
    throw error;
  }
  const { task, ...shown } = await result(app, id, asJson ? EVERYTHING : 0, EVERYTHING);
  if (!isTerminal(task.status)) {
    await complain(`task ${id} goes on; ${waysBack(id)}`);
    return CANCELLED;
  }
  if (asJson) await showJson(wireResult({ task, ...shown }));
  await explain(task);
  return codeOfTask(task);
}

/** What an exit code alone does not say. */
async function explain(task: Task): Promise<void> {
  const byItself = task.status === "completed" || task.status === "failed";
  const signal = task.outcome && "signal" in task.outcome ? task.outcome.signal : undefined;
  const words = [byItself ? signal : task.status, task.reason].filter((word) => word !== undefined);
  if (words.length > 0) await complain(`task ${task.id}: ${words.join("; ")}`);
  for (const { pid, command } of task.leftRunning) await complain(`task ${task.id} left running: ${pid} ${command}`);
}

function waysBack(id: TaskId): string {
  return `"backburner logs -f ${id}" follows its output, "backburner wait ${id}" waits for its end`;
}
