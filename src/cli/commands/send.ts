// backburner send: input for a task, and what it answers.

import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { openApp } from "../../operations/app.ts";
import { findTaskByPrefix } from "../../operations/find.ts";
import { send } from "../../operations/send.ts";
import { wireTask } from "../../wire.ts";
import { duration, gathered, usage } from "../arguments.ts";
import { epilogue } from "../help.ts";
import { showJson } from "../show.ts";
import { showOutput } from "../stream.ts";
import { complain } from "../terminal.ts";

interface SendOptions {
  key?: string[];
  eof?: true;
  newline: boolean;
  wait?: number;
  json?: true;
}

const DEFAULT_WAIT_SECONDS = 1;

export function declareSend(command: Command): void {
  command
    .summary("type into a task, and print what it answers")
    .description(
      "Sends a line of text to a task whose stdin is open (start -i, --pty), and prints\nwhat the task prints then.",
    )
    .argument("<id>", "an id, the first 4 or more characters of one, or a name")
    .argument("[text]", 'what to send; "-" sends our own stdin as it is')
    .option("-n, --no-newline", "don't press Enter after the text")
    .option("--key <name>", "then press a key of its terminal; may be repeated", gathered)
    .option("--eof", "end its stdin, after all that")
    .option("--wait <duration>", `for output, at most (default: ${DEFAULT_WAIT_SECONDS}s)`, duration("--wait", "zero"))
    .option("--json", "print the task as JSON, with output")
    .action(async (given: string, text: string | undefined, options: SendOptions) => {
      if (text === undefined && !options.key && !options.eof)
        throw usage("nothing to send is given; write a text, --key or --eof");
      const app = openApp(await loadConfig());
      const { id } = findTaskByPrefix(app, given);
      const { task, raw, shown } = await send(app, id, {
        input: text === "-" ? await Bun.stdin.bytes() : lineOf(text, options.newline),
        keys: options.key,
        eof: options.eof === true,
        waitMs: (options.wait ?? DEFAULT_WAIT_SECONDS) * 1000,
      });
      if (options.json)
        return showJson({
          ...wireTask(task),
          output: shown.text,
          ...(shown.omittedBytes > 0 && { omitted_bytes: shown.omittedBytes }),
        });
      const before = raw.omittedBytes;
      if (before > 0) await complain(`${before} bytes came before this; "backburner logs ${id}" has them`);
      await showOutput(once(raw.bytes));
    });
  epilogue(command, "Keys", [
    "ctrl-a to ctrl-z, alt-x, enter, tab, escape, space, backspace, delete, insert,",
    "up, down, left, right, home, end, pageup, pagedown, f1 to f12",
  ]);
  epilogue(command, "Examples", [
    "backburner send 4fzk y",
    "backburner send 4fzk --key ctrl-c",
    "backburner send 4fzk --eof - < answers.txt",
  ]);
}

function lineOf(text: string | undefined, newline: boolean): string {
  return text === undefined ? "" : newline ? `${text}\n` : text;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
