// backburner top: all tasks on one screen, live.

import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { openApp } from "../../operations/app.ts";
import { usage } from "../arguments.ts";
import { epilogue } from "../help.ts";
import { isTerminal, STDIN, STDOUT } from "../terminal.ts";
import type { Call } from "../verbs.ts";

export function declareTop(command: Command, { leaveWith }: Call): void {
  command
    .summary("watch all tasks on one screen")
    .description(
      "Shows what runs, what waits and what ended last, with progress and last lines,\nlive on the whole screen.",
    )
    .action(async () => {
      if (!isTerminal(STDIN) || !isTerminal(STDOUT))
        throw usage('top needs a terminal; "backburner list" and "backburner events" are for programs');
      const { top } = await import("../live/top.ts");
      leaveWith(await top(openApp(await loadConfig())));
    });
  epilogue(command, "Keys", [
    "↑ ↓ j k           select a task; pgup, pgdn, home, end go further",
    "enter, l          its log; the same keys scroll, q or escape goes back",
    "a                 attach: type into it; Ctrl-] comes back",
    "i                 send it a line of input",
    "c                 end it with all of its processes, once y says so",
    "q, Ctrl-C         leave; tasks go on",
  ]);
  epilogue(command, "Examples", ["backburner top"]);
}
