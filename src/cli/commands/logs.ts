// backburner logs: a task's output, as it is or as it comes.

import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { type App, openApp } from "../../operations/app.ts";
import { findTaskByPrefix } from "../../operations/find.ts";
import { follow } from "../../operations/follow.ts";
import { result, type View } from "../../operations/result.ts";
import type { TaskId } from "../../task.ts";
import { count, usage } from "../arguments.ts";
import { epilogue } from "../help.ts";
import { EVERYTHING, showJson, wireResult } from "../show.ts";
import { showOutput } from "../stream.ts";
import { complain, print } from "../terminal.ts";

interface LogsOptions {
  follow?: true;
  lines?: number;
  stdout?: true;
  stderr?: true;
  grep?: string;
  context?: number;
  since?: number;
  raw?: true;
  json?: true;
}

export function declareLogs(command: Command): void {
  command
    .summary("show or follow a task's output")
    .description("Prints a task's output, stdout and stderr together, while it runs and after.")
    .argument("<id>", "an id, the first 4 or more characters of one, or a name")
    .option("-f, --follow", "go on until the task ends; Ctrl-C leaves it running")
    .option("-n, --lines <n>", "only the last n lines (default: all)", count("--lines", 0))
    .option("--stdout", "only what went to stdout")
    .option("--stderr", "only what went to stderr")
    .option("--grep <regex>", "only lines that match, with their numbers")
    .option("-C, --context <n>", "with --grep: n lines around each match", count("--context", 0))
    .option("--since <cursor>", "from this position on: a next_cursor of --json", count("--since", 0, 15))
    .option("--raw", "the exact bytes, to a terminal too")
    .option("--json", "print the task with output, output_total_lines and log_path")
    .action(async (given: string, options: LogsOptions) => {
      check(options);
      const app = openApp(loadConfig());
      const { id } = findTaskByPrefix(app, given);
      if (options.json) return showJson(wireResult(await read(app, id, options)));
      if (options.grep !== undefined) return print((await read(app, id, options)).output.text);
      await showBytes(app, id, options);
    });
  epilogue(command, "Output", ["A terminal gets it without escape sequences, a pipe or file its exact bytes."]);
  epilogue(command, "Examples", [
    "backburner logs -f 4fzk",
    "backburner logs build -n 50",
    "backburner logs build --grep 'error|warning' -C 2",
  ]);
}

function check({ follow: live, lines, stdout, stderr, grep, context, since, raw, json }: LogsOptions): void {
  if (json && live) throw usage("--json prints the output once and can't follow it; leave out one of --json and -f");
  if (stdout && stderr) throw usage("--stdout and --stderr name one stream each; leave out both to get both");
  if (grep !== undefined && live) throw usage("--grep searches what is there; leave out one of --grep and -f");
  if (context !== undefined && grep === undefined) throw usage("-C shows lines around matches; give --grep too");
  if (grep !== undefined && raw) throw usage("--grep searches cleaned lines; leave out one of --grep and --raw");
  if (since !== undefined && lines !== undefined && grep === undefined)
    throw usage("-n counts from the end and --since from a position; leave out one of them");
}

function read(app: App, id: TaskId, options: LogsOptions) {
  return result(app, id, {
    tailLines: options.lines ?? EVERYTHING,
    maxChars: EVERYTHING,
    stream: streamOf(options),
    since: options.since,
    grep: options.grep,
    contextLines: options.context,
    raw: options.raw,
  });
}

async function showBytes(
  app: App,
  id: TaskId,
  { follow: live, lines, since, raw, ...options }: LogsOptions,
): Promise<void> {
  let droppedBytes = 0;
  const onGap = (bytes: number) => void (droppedBytes += bytes);
  const chunks = follow(app, id, { tailLines: lines, since, stream: streamOf(options), onGap, live: live === true });
  await showOutput(chunks, raw === true);
  if (droppedBytes > 0)
    await complain(`${droppedBytes} bytes in the middle were dropped: more than BACKBURNER_MAX_OUTPUT was printed`);
}

function streamOf({ stdout, stderr }: LogsOptions): View {
  return stdout ? "stdout" : stderr ? "stderr" : "all";
}
