// backburner logs: a task's output, as it is or as it comes.

import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { type App, openApp } from "../../operations/app.ts";
import { findTask, findTaskByPrefix } from "../../operations/find.ts";
import { follow } from "../../operations/follow.ts";
import { patternOf, untilPattern } from "../../operations/match.ts";
import { result, type View } from "../../operations/result.ts";
import { isTerminal as hasEnded, type TaskId } from "../../task.ts";
import { count, duration, usage } from "../arguments.ts";
import { codeOfMatch } from "../exit.ts";
import { epilogue } from "../help.ts";
import { leaveRunning, unlessInterrupted } from "../interrupt.ts";
import { EVERYTHING, showJson } from "../show.ts";
import { showSeveral } from "../several.ts";
import { showOutput, showText, whileRead } from "../stream.ts";
import { wireResult } from "../../wire.ts";
import { complain } from "../terminal.ts";
import { LONGEST_TIMER_MS } from "../../timer.ts";
import type { Call } from "../verbs.ts";

interface LogsOptions {
  follow?: true;
  lines?: number;
  stdout?: true;
  stderr?: true;
  grep?: string;
  context?: number;
  since?: number;
  raw?: true;
  until?: string;
  timeout?: number;
  json?: true;
}

export function declareLogs(command: Command, { leaveWith }: Call): void {
  command
    .summary("show or follow the output of tasks")
    .description("Prints a task's output, stdout and stderr together, while it runs and after.")
    .argument("<id...>", "ids, the first 4 or more characters of them, or names")
    .option("-f, --follow", "go on until the task ends; Ctrl-C leaves it running")
    .option("-n, --lines <n>", "only the last n lines (default: all)", count("--lines", 0))
    .option("--stdout", "only what went to stdout")
    .option("--stderr", "only what went to stderr")
    .option("--grep <regex>", "only lines that match, with their numbers")
    .option("-C, --context <n>", "with --grep: n lines around each match", count("--context", 0))
    .option("--since <cursor>", "from this position on: a next_cursor of --json", count("--since", 0, 15))
    .option("--until <regex>", "stop behind the first line that matches")
    .option("--timeout <duration>", "stop after this long: 90s, 20m; the task goes on", duration("--timeout", "zero"))
    .option("--raw", "the exact bytes, to a terminal too")
    .option("--json", "print the task with output, output_total_lines and log_path")
    .action(async (given: string[], options: LogsOptions) => {
      check(options);
      if (given.length > 1) return leaveWith(await showAll(given, options));
      const pattern = options.until === undefined ? undefined : patternOf(options.until);
      const app = openApp(await loadConfig());
      const { id } = findTaskByPrefix(app, given[0] ?? "");
      if (options.json) return showJson(wireResult(await read(app, id, options)));
      if (options.grep !== undefined) return showText((await read(app, id, options)).output.text);
      return leaveWith(await showBytes(app, id, options, pattern));
    });
  epilogue(command, "Output", [
    "A terminal gets it without escape sequences, a pipe or file its exact bytes.",
    "Of several tasks each line begins with the task's name.",
  ]);
  epilogue(command, "Exit code", ["0, with --until only when a line matched, else 1; 75 when --timeout ran out"]);
  epilogue(command, "Examples", [
    "backburner logs -f 4fzk",
    "backburner logs -f server worker -n 5",
    "backburner logs build -n 50",
    "backburner logs build --grep 'error|warning' -C 2",
    "backburner logs -f server --until 'listening on' --timeout 30s",
  ]);
}

function check(options: LogsOptions): void {
  const { follow: live, lines, stdout, stderr, grep, context, since, until, raw, json } = options;
  if (json && (live || until !== undefined))
    throw usage("--json prints the output once and can't follow it; leave out --json, or -f and --until");
  if (stdout && stderr) throw usage("--stdout and --stderr name one stream each; leave out both to get both");
  if (grep !== undefined && (live || until !== undefined))
    throw usage("--grep searches what is there; leave out --grep, or -f and --until");
  if (context !== undefined && grep === undefined) throw usage("-C shows lines around matches; give --grep too");
  if (grep !== undefined && raw) throw usage("--grep searches cleaned lines; leave out one of --grep and --raw");
  if (since !== undefined && lines !== undefined && grep === undefined)
    throw usage("-n counts from the end and --since from a position; leave out one of them");
}

/** What makes sense for several tasks; each line says whose it is. Returns what to leave with. */
async function showAll(given: string[], options: LogsOptions): Promise<number> {
  const { follow: live = false, lines: tailLines, timeout, ...others } = options;
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw usage(`--${other} is for the output of one task; of several give only -f, -n, --timeout`);
  const app = openApp(await loadConfig());
  const tasks = given.map((one) => findTaskByPrefix(app, one));
  const limits = limitsOf(live, timeout, () => tasks.some(({ id }) => goesOn(app, id)));
  const show = () => whileRead(() => showSeveral(app, tasks, { ...limits, tailLines }));
  if (!(await unlessInterrupted(show)))
    return leaveRunning(
      app,
      tasks.map(({ id }) => id),
    );
  return limits.ranOut() ? codeOfMatch("timeout") : 0;
}

function read(app: App, id: TaskId, options: LogsOptions) {
  return result(app, id, {
    tailLines: options.lines ?? EVERYTHING,
    maxChars: EVERYTHING,
    stream: streamOf(options),
    since: options.since,
    grep: options.grep,
    more: "a larger -n",
    contextLines: options.context,
    raw: options.raw,
  });
}

/** Shows output until it ends, or the pattern has come. Returns what to leave with. */
async function showBytes(app: App, id: TaskId, options: LogsOptions, pattern: RegExp | undefined): Promise<number> {
  const { follow: live = false, lines, since, raw = false, timeout } = options;
  let droppedBytes = 0;
  let matched = false;
  const limits = limitsOf(live, timeout, () => goesOn(app, id));
  const onGap = (bytes: number) => void (droppedBytes += bytes);
  const request = { tailLines: lines, since, stream: streamOf(options), onGap, ...limits };
  const output = pattern ? untilPattern(app, id, request, pattern, () => (matched = true)) : follow(app, id, request);
  const show = () => whileRead(() => showOutput(output, raw));
  if (!(await unlessInterrupted(show))) return leaveRunning(app, [id]);
  if (droppedBytes > 0)
    await complain(`${droppedBytes} bytes in the middle were dropped: more than BACKBURNER_MAX_OUTPUT was printed`);
  if (matched) return codeOfMatch("matched");
  if (limits.ranOut()) return codeOfMatch("timeout");
  return pattern ? codeOfMatch("ended") : 0;
}

/** No time at all is time for what is there. */
function limitsOf(follows: boolean, seconds: number | undefined, moreMayCome: () => boolean) {
  if (seconds === undefined) return { live: follows, ranOut: () => false };
  if (seconds === 0) return { live: false, ranOut: () => follows && moreMayCome() };
  const signal = AbortSignal.timeout(Math.min(seconds * 1000, LONGEST_TIMER_MS));
  return { live: follows, signal, ranOut: () => signal.aborted };
}

function goesOn(app: App, id: TaskId): boolean {
  return !hasEnded(findTask(app, id).status);
}

function streamOf({ stdout, stderr }: LogsOptions): View {
  return stdout ? "stdout" : stderr ? "stderr" : "all";
}
