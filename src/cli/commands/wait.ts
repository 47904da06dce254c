// backburner wait: until tasks end.

import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { type App, openApp } from "../../operations/app.ts";
import { findTaskByPrefix } from "../../operations/find.ts";
import { type MatchRequest, patternOf, waitForMatch } from "../../operations/match.ts";
import { wait, type WaitRequest } from "../../operations/wait.ts";
import { isTerminal } from "../../task.ts";
import { wireTask } from "../../wire.ts";
import { duration } from "../arguments.ts";
import { codeOfMatch, codeOfTasks, STILL_RUNNING } from "../exit.ts";
import { epilogue } from "../help.ts";
import { leaveRunning, unlessInterrupted } from "../interrupt.ts";
import { showJson, showTasks } from "../show.ts";
import { print } from "../terminal.ts";
import { visible } from "../../visible.ts";
import type { Call } from "../verbs.ts";

interface WaitOptions {
  any?: true;
  until?: string;
  timeout?: number;
  json?: true;
}

export function declareWait(command: Command, { leaveWith }: Call): void {
  command
    .summary("wait for tasks; leaves with their exit code")
    .description("Waits until tasks have ended, and leaves with the command's own exit code.")
    .argument("<id...>", "ids, the first 4 or more characters of them, or names")
    .option("--any", "only until one of them has ended")
    .option("--until <regex>", "only until each (with --any: one) has printed a matching line")
    .option(
      "--timeout <duration>",
      "give up after this long: 90s, 20m; no task is ended",
      duration("--timeout", "zero"),
    )
    .option("--json", "print {tasks, reason} as JSON")
    .action(async (ids: string[], { any, until, timeout, json }: WaitOptions) => {
      const app = openApp(await loadConfig());
      const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
      const found = ids.map((given) => findTaskByPrefix(app, given).id);
      const request: WaitRequest = { tasks: found, until: any ? "any" : "all", timeoutMs };
      if (until !== undefined)
        return leaveWith(await stayUntil(app, { ...request, pattern: patternOf(until) }, json === true));
      const waited = await unlessInterrupted((signal) => wait(app, { ...request, signal }));
      if (!waited) return leaveWith(await leaveRunning(app, found));
      const { tasks, reason } = waited.given;
      await (json ? showJson({ tasks: tasks.map((task) => wireTask(task)), reason }) : showTasks(tasks));
      const ended = tasks.filter((task) => isTerminal(task.status));
      leaveWith(reason === "timeout" ? STILL_RUNNING : codeOfTasks(ended));
    });
  epilogue(command, "Exit code", [
    "the command's own; of several tasks the first that is not zero",
    "124 the task timed out   130 it was cancelled   128+n signal n ended it",
    "125 it was interrupted   75 --timeout ran out   2 wrong usage",
    "with --until: 0 it matched   1 a task ended without   75 --timeout ran out",
  ]);
  epilogue(command, "Examples", [
    "backburner wait 4fzk",
    "backburner wait --any build lint --timeout 20m",
    "backburner wait server --until 'listening on' --timeout 30s",
  ]);
}

/** Prints the lines that matched, each behind its task when there are several. Returns what to leave with. */
async function stayUntil(app: App, request: MatchRequest, asJson: boolean): Promise<number> {
  const waited = await unlessInterrupted((signal) => waitForMatch(app, { ...request, signal }));
  if (!waited) return leaveRunning(app, request.tasks);
  const { tasks, reason, matches } = waited.given;
  const found = matches.map(({ id, line }) => ({ task_id: id, line }));
  if (asJson) await showJson({ tasks: tasks.map((task) => wireTask(task)), reason, matches: found });
  else
    for (const { task_id, line } of found) await print(`${tasks.length > 1 ? `${task_id}\t` : ""}${visible(line)}\n`);
  return codeOfMatch(reason);
}
