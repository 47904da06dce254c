// backburner logs: a task's output, as it is or as it comes.

import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { openApp } from "../../operations/app.ts";
import { findTaskByPrefix } from "../../operations/find.ts";
import { follow } from "../../operations/follow.ts";
import { result } from "../../operations/result.ts";
import { count, usage } from "../arguments.ts";
import { epilogue } from "../help.ts";
import { EVERYTHING, showJson, wireResult } from "../show.ts";
import { showOutput } from "../stream.ts";

interface LogsOptions {
  follow?: true;
  lines?: number;
  json?: true;
}

export function declareLogs(command: Command): void {
  command
    .summary("show or follow a task's output")
    .description("Prints a task's output, stdout and stderr together, while it runs and after.")
    .argument("<id>", "an id, the first 4 or more characters of one, or a name")
    .option("-f, --follow", "go on until the task ends; Ctrl-C leaves it running")
    .option("-n, --lines <n>", "only the last n lines (default: all)", count("--lines", 0))
    .option("--json", "print the task with output, output_total_lines and log_path")
    .action(async (given: string, { follow: live, lines, json }: LogsOptions) => {
      if (json && live)
        throw usage("--json prints the output once and can't follow it; leave out one of --json and -f");
      const app = openApp(loadConfig());
      const { id } = findTaskByPrefix(app, given);
      if (!json) return showOutput(follow(app, id, { tailLines: lines, live: live === true }));
      await showJson(wireResult(await result(app, id, lines ?? EVERYTHING, EVERYTHING)));
    });
  epilogue(command, "Output", ["A terminal gets it without escape sequences, a pipe or file its exact bytes."]);
  epilogue(command, "Examples", [
    "backburner logs -f 4fzk",
    "backburner logs build -n 50",
    "backburner logs build | grep -i error",
  ]);
}
