// backburner logs: a task's output, as it is or as it comes.

import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { type App, openApp } from "../../operations/app.ts";
import { findTaskByPrefix } from "../../operations/find.ts";
import { follow, type FollowRequest } from "../../operations/follow.ts";
import { patternOf, untilPattern } from "../../operations/match.ts";
import { result } from "../../operations/result.ts";
import type { TaskId } from "../../task.ts";
import { count, duration, usage } from "../arguments.ts";
import { codeOfMatch, type Leave } from "../exit.ts";
import { epilogue } from "../help.ts";
import { EVERYTHING, showJson, wireResult } from "../show.ts";
import { showOutput } from "../stream.ts";

interface LogsOptions {
  follow?: true;
  lines?: number;
  until?: string;
  timeout?: number;
  json?: true;
}

export function declareLogs(command: Command, leaveWith: Leave): void {
  command
    .summary("show or follow a task's output")
    .description("Prints a task's output, stdout and stderr together, while it runs and after.")
    .argument("<id>", "an id, the first 4 or more characters of one, or a name")
    .option("-f, --follow", "go on until the task ends; Ctrl-C leaves it running")
    .option("-n, --lines <n>", "only the last n lines (default: all)", count("--lines", 0))
    .option("--until <regex>", "stop behind the first line that matches")
    .option("--timeout <duration>", "stop after this long: 90s, 20m; the task goes on", duration("--timeout", "zero"))
    .option("--json", "print the task with output, output_total_lines and log_path")
    .action(async (given: string, { follow: live, lines, until, timeout, json }: LogsOptions) => {
      if (json && (live || until !== undefined))
        throw usage("--json prints the output once and can't follow it; leave out --json, or -f and --until");
      const pattern = until === undefined ? undefined : patternOf(until);
      const app = openApp(loadConfig());
      const { id } = findTaskByPrefix(app, given);
      if (!json) {
        const signal =
          timeout === undefined ? undefined : AbortSignal.timeout(Math.min(timeout * 1000, LONGEST_TIMER_MS));
        return leaveWith(await stay(app, id, { tailLines: lines, live: live === true, signal }, pattern));
      }
      await showJson(wireResult(await result(app, id, lines ?? EVERYTHING, EVERYTHING)));
    });
  epilogue(command, "Output", ["A terminal gets it without escape sequences, a pipe or file its exact bytes."]);
  epilogue(command, "Exit code", ["0, with --until only when a line matched, else 1; 75 when --timeout ran out"]);
  epilogue(command, "Examples", [
    "backburner logs -f 4fzk",
    "backburner logs build -n 50",
    "backburner logs build | grep -i error",
    "backburner logs -f server --until 'listening on' --timeout 30s",
  ]);
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Shows output until it ends, or the pattern has come. Returns what to leave with. */
async function stay(app: App, id: TaskId, request: FollowRequest, pattern: RegExp | undefined): Promise<number> {
  let matched = false;
  const output = follow(app, id, request);
  await showOutput(pattern ? untilPattern(output, pattern, () => (matched = true)) : output);
  if (matched) return codeOfMatch("matched");
  if (request.signal?.aborted) return codeOfMatch("timeout");
  return pattern ? codeOfMatch("ended") : 0;
}
