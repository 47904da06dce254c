// backburner wait: until tasks end.

import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { openApp } from "../../operations/app.ts";
import { findTaskByPrefix } from "../../operations/find.ts";
import { wait } from "../../operations/wait.ts";
import { isTerminal } from "../../task.ts";
import { wireTask } from "../../wire.ts";
import { duration } from "../arguments.ts";
import { codeOfTasks, type Leave, STILL_RUNNING } from "../exit.ts";
import { epilogue } from "../help.ts";
import { showJson, showTasks } from "../show.ts";

interface WaitOptions {
  any?: true;
  timeout?: number;
  json?: true;
}

export function declareWait(command: Command, leaveWith: Leave): void {
  command
    .summary("wait for tasks; leaves with their exit code")
    .description("Waits until tasks have ended, and leaves with the command's own exit code.")
    .argument("<id...>", "ids, the first 4 or more characters of them, or names")
    .option("--any", "only until one of them has ended")
    .option(
      "--timeout <duration>",
      "give up after this long: 90s, 20m; no task is ended",
      duration("--timeout", "zero"),
    )
    .option("--json", "print {tasks, reason} as JSON")
    .action(async (ids: string[], { any, timeout, json }: WaitOptions) => {
      const app = openApp(loadConfig());
      const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
      const { tasks, reason } = await wait(
        app,
        { tasks: ids, until: any ? "any" : "all", timeoutMs },
        findTaskByPrefix,
      );
      await (json ? showJson({ tasks: tasks.map((task) => wireTask(task)), reason }) : showTasks(tasks));
      const ended = tasks.filter((task) => isTerminal(task.status));
      leaveWith(reason === "timeout" ? STILL_RUNNING : codeOfTasks(ended));
    });
  epilogue(command, "Exit code", [
    "the command's own; of several tasks the first that is not zero",
    "124 the task timed out   130 it was cancelled   128+n signal n ended it",
    "125 it was interrupted   75 --timeout ran out   2 wrong usage",
  ]);
  epilogue(command, "Examples", ["backburner wait 4fzk", "backburner wait --any build lint --timeout 20m"]);
}
