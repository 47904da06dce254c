// backburner cancel: ends tasks, each with its whole tree.

import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { openApp } from "../../operations/app.ts";
import { cancel, type Cancelled, DEFAULT_GRACE_SECONDS } from "../../operations/cancel.ts";
import { findTaskByPrefix } from "../../operations/find.ts";
import { wireProcess, wireTask } from "../../wire.ts";
import { duration } from "../arguments.ts";
import { FAILED } from "../exit.ts";
import { epilogue } from "../help.ts";
import { showJson, showTasks } from "../show.ts";
import { complain } from "../terminal.ts";
import type { Call } from "../verbs.ts";

interface CancelOptions {
  grace: number;
  json?: true;
}

export function declareCancel(command: Command, { leaveWith }: Call): void {
  command
    .summary("end tasks, each with all of its processes")
    .description(
      "Ends tasks, each with all of its processes: SIGTERM, a grace, SIGKILL. Of a task\n" +
        "that has ended it ends what that left running. Returns once all are dead.",
    )
    .argument("<id...>", "ids, the first 4 or more characters of them, or names")
    .option(
      "--grace <duration>",
      `time between SIGTERM and SIGKILL (default: ${DEFAULT_GRACE_SECONDS}s)`,
      duration("--grace", "zero"),
    )
    .option("--json", "print the task as JSON, of several {tasks}")
    .action(async (given: string[], { grace = DEFAULT_GRACE_SECONDS, json }: Partial<CancelOptions>) => {
      const app = openApp(await loadConfig());
      const ids = new Set(given.map((one) => findTaskByPrefix(app, one).id)); // all of them exist, or none is ended
      const cancelled = await Promise.all([...ids].map((id) => cancel(app, id, grace)));
      const [only] = cancelled;
      if (!json) await showTasks(cancelled.map(({ task }) => task));
      else await showJson(only && given.length === 1 ? wireCancelled(only) : { tasks: cancelled.map(wireCancelled) });
      for (const { task, survivors } of cancelled) {
        if (survivors.length === 0) continue;
        const names = survivors.map(({ pid, command: name }) => `${pid} (${name})`).join(", ");
        await complain(`of task ${task.id} these outlived SIGKILL: ${names}; only their end or a restart removes them`);
        leaveWith(FAILED);
      }
    });
  epilogue(command, "Examples", ["backburner cancel 4fzk", "backburner cancel build lint --grace 30s"]);
}

function wireCancelled({ task, survivors }: Cancelled) {
  return { ...wireTask(task), ...(survivors.length > 0 && { survivors: survivors.map(wireProcess) }) };
}
