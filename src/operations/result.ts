// A task with the end of its output, while it runs and after.

import { logPath } from "../home.ts";
import { readTail } from "../output/reader.ts";
import type { Task } from "../task.ts";
import type { App } from "./app.ts";
import { type Find, findTask } from "./find.ts";
import { status } from "./status.ts";

export interface Tail {
  /** Cleaned for reading: no escape sequences, UTF-8 made valid. */
  text: string;
  totalLines: number;
  /** Lines before the text that were not returned. */
  omittedLines: number;
  /** Position right after the text in the raw output, in bytes. */
  nextCursor: number;
}

export interface Result {
  task: Task;
  output: Tail;
  logPath: string;
}

/** Throws `not_found`. */
export async function result(
  app: App,
  given: string,
  tailLines: number,
  maxChars: number,
  find: Find = findTask,
): Promise<Result> {
  const task = await status(app, given, find);
  return { task, output: tailOf(app, task, tailLines, maxChars), logPath: logPath(app.config.home, task.id) };
}

/** The last lines of a task's output, at most `maxChars` of them. */
export function tailOf(app: App, task: Task, tailLines: number, maxChars: number): Tail {
  const { bytes, startBytes } = readTail(app.config.home, task.id, tailLines, maxChars);
  const totalLines = task.outputLines ?? 0;
  const text = Bun.stripANSI(new TextDecoder().decode(bytes));
  const shown = countLines(bytes);
  return { text, totalLines, omittedLines: Math.max(0, totalLines - shown), nextCursor: startBytes + bytes.length };
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (const byte of bytes) if (byte === 10) lines += 1;
  return bytes.length > 0 && bytes.at(-1) !== 10 ? lines + 1 : lines;
}
