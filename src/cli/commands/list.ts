// backburner list: the newest tasks.

import { type Command, Option } from "commander";
import { loadConfig } from "../../config.ts";
import { openApp } from "../../operations/app.ts";
import { list } from "../../operations/list.ts";
import { TASK_STATUSES, type TaskStatus } from "../../task.ts";
import { wireTask } from "../../wire.ts";
import { count, once, usage } from "../arguments.ts";
import { epilogue } from "../help.ts";
import { showJson, showTasks } from "../show.ts";
import { hint, isTerminal, STDIN, STDOUT } from "../terminal.ts";
import { visible } from "../../visible.ts";
import type { Call } from "../verbs.ts";

interface ListOptions {
  limit: number;
  status?: TaskStatus;
  name?: string;
  watch?: true;
  json?: true;
}

const NONE_YET = 'no tasks yet; "backburner start -- COMMAND" starts one';

export function declareList(command: Command, { leaveWith }: Call): void {
  command
    .summary("list tasks, newest first")
    .description("Lists tasks, newest first.")
    .option("-n, --limit <n>", "how many at most", count("--limit", 1), 20)
    .addOption(once(new Option("-s, --status <status>", "only those with this status").choices(TASK_STATUSES)))
    .option("--name <name>", "only those with this name")
    .option("-w, --watch", "keep it up to date on the whole screen, until q")
    .option("--json", "print {tasks, total} as JSON")
    .action(async ({ limit, status, name, watch, json }: ListOptions) => {
      if (watch && (json || !isTerminal(STDIN) || !isTerminal(STDOUT)))
        throw usage('--watch needs a terminal; "backburner events --follow --json" is for programs');
      const app = openApp(await loadConfig());
      const request = { limit, offset: 0, status, name };
      if (watch) return leaveWith(await (await import("../live/watch.ts")).watchList(app, request));
      const { tasks, total } = await list(app, request);
      if (json) return showJson({ tasks: tasks.map((task) => wireTask(task)), total });
      await showTasks(tasks);
      if (total === 0) await hint(status || name !== undefined ? noneSuch(status, name) : NONE_YET);
      else if (total > tasks.length) await hint(`${tasks.length} of ${total}; --limit shows more`);
    });
  epilogue(command, "Not on a terminal it prints a line for each task, its fields separated by tabs", [
    "id, status, exit code or signal, created, seconds it ran, name, command",
  ]);
  epilogue(command, "Examples", [
    "backburner list --status failed --watch",
    "backburner list --limit 1000 --json | jq -r '.tasks[].task_id'",
  ]);
}

function noneSuch(status: TaskStatus | undefined, name: string | undefined): string {
  const called = name === undefined ? "" : ` called ${visible(name)}`;
  return status === undefined ? `no task is${called}` : `no task${called} is ${status}`;
}
