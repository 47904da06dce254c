// The output of several tasks at once: whole lines, each with the name of its task before it, in the order in which they came.

import type { App } from "../operations/app.ts";
import { follow } from "../operations/follow.ts";
import type { Task } from "../task.ts";
import { hasColour, print, STDOUT } from "./terminal.ts";
import { visible } from "../visible.ts";
import { Cleaner, fit } from "./text.ts";

const WIDEST_NAME = 24;
/** Cyan, yellow, green, magenta, blue: what no status of trouble is shown in. */
const COLOURS = [36, 33, 32, 35, 34];

export interface SeveralRequest {
  /** Goes on until all have ended. */
  live: boolean;
  tailLines?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** Resolves when all that was asked for is printed. Rejects with EPIPE when nobody reads any more. */
export async function showSeveral(app: App, tasks: Task[], request: SeveralRequest): Promise<void> {
  const names = tasks.map(({ name, id }) => visible(name ?? id));
  const width = Math.min(WIDEST_NAME, Math.max(...names.map((name) => Bun.stringWidth(name))));
  const colour = hasColour(STDOUT);
  const printing = tasks.map(async (task, at) => {
    const name = `${fit(names[at] ?? "", width, false)} | `;
    const prefix = colour ? `\u001b[${COLOURS[at % COLOURS.length]}m${name}\u001b[39m` : name;
    for await (const text of lines(follow(app, task.id, request))) await print(text.replaceAll(/^/gm, prefix) + "\n");
  });
  await Promise.all(printing);
}

/** Whole lines, as many as came together, without the last newline. Cleaned for a program too: what has a prefix is no exact copy. */
async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const cleaner = new Cleaner();
  let rest = "";
  for await (const chunk of chunks) {
    rest += cleaner.push(chunk);
    const end = rest.lastIndexOf("\n");
    if (end < 0) continue;
    yield withoutReturns(rest.slice(0, end));
    rest = rest.slice(end + 1);
  }
  rest += cleaner.end();
  if (rest !== "") yield withoutReturns(rest);
}

/** None before a line's end, as a terminal has them; asked of whole lines, as the two may come in different pieces. */
function withoutReturns(text: string): string {
  return text.replaceAll(/(?<!\r)\r+(?=\n|$)/g, "");
}
