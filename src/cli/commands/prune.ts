// backburner prune: forgets tasks that have ended.

import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { openApp } from "../../operations/app.ts";
import { prune } from "../../operations/prune.ts";
import { count, duration } from "../arguments.ts";
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
      "Removes ended tasks with their output: what the settings don't keep, or what the\n" +
        "options say. A task that waits, runs, or has left a process running is kept.",
    )
    .option("--older-than <duration>", "those that ended longer ago: 12h, 7d", duration("--older-than", "zero"))
    .option("--keep <n>", "all but the n that ended last", count("--keep", 0))
    .option("--dry-run", "only say what would be removed")
    .option("--json", "print {task_ids, bytes, stray_directories, dry_run} as JSON")
    .action(async ({ olderThan, keep, dryRun = false, json }: PruneOptions) => {
      const app = openApp(await loadConfig());
      const own = olderThan !== undefined || keep !== undefined;
      const { ids, bytes, strays } = await prune(app, {
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
  epilogue(command, "Examples", ["backburner prune --dry-run", "backburner prune --older-than 7d --keep 100"]);
}
