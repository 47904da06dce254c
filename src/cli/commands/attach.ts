// backburner attach: a person sits down before a running task.

import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { openApp } from "../../operations/app.ts";
import { findTaskByPrefix } from "../../operations/find.ts";
import { count } from "../arguments.ts";
import { attach, DETACH } from "../attach.ts";
import { epilogue } from "../help.ts";
import { isTerminal, size, STDOUT } from "../terminal.ts";
import type { Call } from "../verbs.ts";

export function declareAttach(command: Command, { leaveWith }: Call): void {
  command
    .summary("see a task's output live, and type into it")
    .description(
      "Shows a task's output as it comes, and hands on what is typed, where its stdin\n" +
        "is open (start -i, --pty). Leaves with the task's exit code when it ends.",
    )
    .argument("<id>", "an id, the first 4 or more characters of one, or a name")
    .option("-n, --lines <n>", "begin with the last n lines (default: a screenful)", count("--lines", 0))
    .action(async (given: string, { lines }: { lines?: number }) => {
      const app = openApp(await loadConfig());
      const { id } = findTaskByPrefix(app, given);
      leaveWith(await attach(app, id, lines ?? (isTerminal(STDOUT) ? size()[1] - 1 : 0)));
    });
  epilogue(command, "Keys", [
    `${DETACH}  leave; the task goes on. All other keys go to a task with a terminal.`,
    "Ctrl-C  goes there too; from a task without a terminal it leaves as well.",
  ]);
  epilogue(command, "Examples", ["backburner start -it -- bash", "backburner attach 4fzk"]);
}
