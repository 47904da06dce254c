// A task with a part of its output, while it runs and after: its end, what follows a cursor, or what matches.

import { badPattern, cannotCombine } from "../wording.ts";
import { logPath } from "../home.ts";
import { type Excerpt, type Newest, newestSince, since as readSince, tail } from "../output/excerpt.ts";
import type { View } from "../output/index.ts";
import { Kept, withKept } from "../output/kept.ts";
import { rawSince, rawTail } from "../output/raw.ts";
import { isTerminal, type Task } from "../task.ts";
import type { App } from "./app.ts";
import { type Find, findTask } from "./find.ts";
import { Searcher } from "./searcher.ts";
import { status } from "./status.ts";

export type { Excerpt } from "../output/excerpt.ts";
export type { View } from "../output/index.ts";

export interface OutputRequest {
  /** The last lines; of a search the last matches. */
  tailLines: number;
  maxChars: number;
  /** Default: both streams. */
  stream?: View | undefined;
  /** What follows this cursor, instead of the last lines. */
  since?: number | undefined;
  /** Only lines that match this regular expression, with their numbers. `(?i)` before it ignores case. */
  grep?: string | undefined;
  /** How many lines beside each match. */
  contextLines?: number | undefined;
  /** A longer search is ended and refused. */
  searchMs?: number | undefined;
  /** The bytes as they were written, not cleaned. */
  raw?: boolean | undefined;
  /** A clause that says how to see what is left out in the middle; default: with task_result. */
  rest?: string | undefined;
  /** With grep: what more matches are asked for with; default: as task_result. */
  more?: string | undefined;
}

export interface Result {
  task: Task;
  output: Excerpt;
  logPath: string;
}

/** Throws `not_found`, and `bad_request` for a pattern that is none or takes too long. */
export async function result(app: App, given: string, request: OutputRequest, find: Find = findTask): Promise<Result> {
  const task = await status(app, given, find);
  const { grep, ...rest } = request;
  const output = grep === undefined ? excerptOf(app, task, rest) : await search(app, task, grep, rest);
  return { task, output, logPath: logPath(app.config.home, task.id) };
}

async function search(app: App, task: Task, written: string, request: Omit<OutputRequest, "grep">): Promise<Excerpt> {
  const { tailLines: most, maxChars, stream = "all", since, contextLines = 0, raw, searchMs, more } = request;
  if (raw) throw cannotCombine("raw", "grep", "leave out one of them");
  const searcher = new Searcher(app.config.home, parsePattern(written));
  try {
    return await searcher.grep(
      task.id,
      stream,
      { contextLines, most, maxChars, since, more, complete: isComplete(task) },
      searchMs,
    );
  } finally {
    searcher.close();
  }
}

/** A part of a task's output as it is now. */
export function excerptOf(app: App, task: Task, request: Omit<OutputRequest, "grep">): Excerpt {
  const { tailLines, maxChars, stream = "all", since, raw = false } = request;
  const complete = isComplete(task);
  const read = (kept: Kept) => {
    if (raw)
      return since === undefined ? rawTail(kept, stream, tailLines, maxChars) : rawSince(kept, stream, since, maxChars);
    if (since !== undefined) return readSince(kept, stream, since, maxChars, complete);
    return tail(kept, stream, tailLines, maxChars, complete, request.rest);
  };
  // Of what never printed there is nothing to open: most of a burst, and of what a wait is answered with.
  const silent = (complete || task.status === "working") && task.outputBytes === 0;
  if (silent && since === undefined && !raw) return NOTHING_PRINTED;
  return silent ? read(new Kept([])) : withKept(app.config.home, task.id, read);
}

/** What `tail` gives then. */
const NOTHING_PRINTED: Excerpt = {
  text: "",
  nextCursor: 0,
  totalLines: 0,
  omittedLines: 0,
  remainingBytes: 0,
  droppedBytes: 0,
};

/** The file that all of a task's output is in. */
export function logOf(app: App, task: Task): string {
  return logPath(app.config.home, task.id);
}

/** The last lines of a task's output, for reading. */
export function tailOf(app: App, task: Task, tailLines: number, maxChars: number): Excerpt {
  return excerptOf(app, task, { tailLines, maxChars });
}

/** The newest lines of what a task has printed from a position on, for reading. */
export function newestOf(app: App, task: Task, fromBytes: number, maxChars: number): Newest {
  return withKept(app.config.home, task.id, (kept) => newestSince(kept, fromBytes, maxChars, isComplete(task)));
}

/** True when nothing more will come. */
function isComplete(task: Task): boolean {
  return isTerminal(task.status) && task.leftRunning.length === 0;
}

/** `^` and `$` mean a line's ends. Throws `bad_request`. */
export function parsePattern(written: string): RegExp {
  const [, ignoreCase, source = ""] = /^(\(\?i\))?([^]*)$/.exec(written) ?? [];
  try {
    return new RegExp(source, ignoreCase === undefined ? "m" : "im");
  } catch (error) {
    throw badPattern(written, error);
  }
}
