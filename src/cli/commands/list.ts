// backburner list: the newest tasks.

import { type Command, Option } from "commander";
import { loadConfig } from "../../config.ts";
import { openApp } from "../../operations/app.ts";
import { list } from "../../operations/list.ts";
import { TASK_STATUSES, type TaskStatus } from "../../task.ts";
import { wireTask } from "../../wire.ts";
import { count } from "../arguments.ts";
import { epilogue } from "../help.ts";
import { showJson, showTasks } from "../show.ts";
import { hint } from "../terminal.ts";

interface ListOptions {
  limit: number;
  status?: TaskStatus;
  json?: true;
}

export function declareList(command: Command): void {
  command
    .summary("list tasks, newest first")
    .description("Lists tasks, newest first.")
    .option("-n, --limit <n>", "how many at most", count("--limit", 1), 20)
    .addOption(new Option("-s, --status <status>", "only those with this status").choices(TASK_STATUSES))
    .option("--json", "print {tasks, total} as JSON")
    .action(async ({ limit, status, json }: ListOptions) => {
      const app = openApp(loadConfig());
      const { tasks, total } = await list(app, { limit, offset: 0, status });
      if (json) return showJson({ tasks: tasks.map((task) => wireTask(task)), total });
      await showTasks(tasks);
      if (total === 0)
        await hint(status ? `no task is ${status}` : 'no tasks yet; "backburner start -- COMMAND" starts one');
      else if (total > tasks.length) await hint(`${tasks.length} of ${total}; --limit shows more`);
    });
  epilogue(command, "Not on a terminal it prints a line for each task, its fields separated by tabs", [
    "id, status, exit code or signal, created, seconds it ran, name, command",
  ]);
  epilogue(command, "Examples", [
    "backburner list --status failed",
    "backburner list --limit 1000 --json | jq -r '.tasks[].task_id'",
  ]);
}
