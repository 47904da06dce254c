// backburner prune: forgets tasks that have ended.

import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { openApp } from "../../operations/app.ts";
import { findTaskByPrefix } from "../../operations/find.ts";
import { prune, pruneTasks } from "../../operations/prune.ts";
import { count, duration, usage } from "../arguments.ts";
import { size } from "../format.ts";
import { epilogue } from "../help.ts";
import { showJson } from "../show.ts";
import { print } from "../terminal.ts";

interface PruneOptions {
  olderThan?: number;
  keep?: number;
  dryRun?: boolean;
  json?: true;
}

export function declarePrune(command: Command): void {
  command
    .summary("remove ended tasks and their output")
    .description(
      "Removes ended tasks with their output: those that are named, else what the\n" +
        "settings don't keep, or what the options say. A task that waits, runs, or has\n" +
        "left a process running is kept.",
    )
    .argument("[id...]", "ids, the first 4 or more characters of them, or names")
    .option("--older-than <duration>", "those that ended longer ago: 12h, 7d", duration("--older-than", "zero"))
    .option("--keep <n>", "all but the n that ended last", count("--keep", 0))
    .option("--dry-run", "only say what would be removed")
    .option("--json", "print {task_ids, bytes, stray_directories, dry_run} as JSON")
    .action(async (given: string[], { olderThan, keep, dryRun = false, json }: PruneOptions) => {
      const own = olderThan !== undefined || keep !== undefined;
      if (own && given.length > 0) throw usage("tasks are named and a rule is given; leave one of them out");
      const app = openApp(await loadConfig());
      const named = new Map(given.map((one) => findTaskByPrefix(app, one)).map((task) => [task.id, task]));
      const { ids, bytes, strays } =
        named.size > 0
          ? await pruneTasks(app, [...named.values()], dryRun)
          : await prune(app, {
              ...(own ? {} : { keep: app.config.keep }),
              olderThanMs: olderThan === undefined ? undefined : olderThan * 1000,
              keepEnded: keep,
              dryRun,
            });
      if (json) return showJson({ task_ids: ids, bytes, stray_directories: strays, dry_run: dryRun });
      const tasks = `${ids.length} ${ids.length === 1 ? "task" : "tasks"}`;
      const left = strays === 0 ? "" : ` and ${strays} stray ${strays === 1 ? "directory" : "directories"}`;
      await print(`${dryRun ? "would remove" : "removed"} ${tasks}${left}, ${size(bytes)}\n`);
    });
  epilogue(command, "Settings", [
    "BACKBURNER_KEEP_DAYS (30); BACKBURNER_KEEP_TASKS (100000), but none that ended",
    "within a day; BACKBURNER_KEEP_BYTES (5GB), but none that ended within an hour.",
    "They are also applied by themselves, at most once an hour, when a task starts.",
  ]);
  epilogue(command, "Examples", [
    "backburner prune --dry-run",
    "backburner prune --older-than 7d --keep 100",
    "backburner prune 4fzk",
  ]);
}
