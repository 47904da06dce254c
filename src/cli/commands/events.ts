// backburner events: starts and ends of tasks, a line for each, for hooks and monitors.

import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { openApp } from "../../operations/app.ts";
import { type Event, events } from "../../operations/events.ts";
import { instant, wireTask } from "../../wire.ts";
import { duration } from "../arguments.ts";
import { exit } from "../format.ts";
import { epilogue } from "../help.ts";
import { whileRead } from "../stream.ts";
import { print } from "../terminal.ts";
import { visible } from "../../visible.ts";
import { json } from "../text.ts";

interface EventsOptions {
  follow?: true;
  since?: number;
  json?: true;
}

export function declareEvents(command: Command): void {
  command
    .summary("print the starts and ends of tasks")
    .description("Prints a line for each start and each end of a task, oldest first.")
    .option("-f, --follow", "only those from now on, each as it happens, until Ctrl-C")
    .option("--since <duration>", "those of the last 90s, 20m, 2d; with -f, then new ones", duration("--since", "zero"))
    .option("--json", "print each as a JSON object on a line of its own")
    .action(async ({ follow, since, json: asJson }: EventsOptions) => {
      const app = openApp(await loadConfig());
      const sinceMs = since === undefined ? undefined : Date.now() - since * 1000;
      const show = async () => {
        for await (const event of events(app, { sinceMs, follow: follow === true }))
          await print(asJson ? json(wireEvent(event), false) : line(event));
      };
      await whileRead(show);
    });
  epilogue(command, "Fields, separated by tabs", [
    "time, started or ended, id, status, exit code or signal, seconds it ran, name,",
    "command; one that is not known is empty",
  ]);
  epilogue(command, "Examples", [
    "backburner events --since 1h",
    "backburner events -f --json | jq -r 'select(.event == \"ended\") | .task_id'",
  ]);
}

function line({ event, atMs, task }: Event): string {
  const over = event === "ended";
  const ran = over && task.durationMs !== undefined ? String(task.durationMs / 1000) : "";
  const status = over ? task.status : "working";
  const at = instant(atMs);
  const fields = [at, event, task.id, status, over ? exit(task) : "", ran, task.name ?? "", task.command];
  return `${fields.map(visible).join("\t")}\n`;
}

/** Of a start, only what was known then. */
function wireEvent({ event, atMs, task }: Event): object {
  const { task_id, name, command, cwd, status, reason, exit_code, signal, duration_seconds } = wireTask(task);
  const base = { event, at: instant(atMs), task_id, name, command, cwd };
  return event === "started"
    ? { ...base, status: "working" }
    : { ...base, status, reason, exit_code, signal, duration_seconds };
}
