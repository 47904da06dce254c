// A process that does nothing but try patterns: one that takes for ever holds up nobody, and can be killed with its process.
// One JSON object a line, both ways; an empty line says that it is still at work.

import { writeSync } from "node:fs";
import { messageOf } from "../errors.ts";
import type { Home } from "../home.ts";
import type { TaskId } from "../task.ts";
import type { Place } from "./arriving.ts";
import type { Excerpt } from "./excerpt.ts";
import { grep, type Search } from "./grep.ts";
import type { View } from "./index.ts";
import { withKept } from "./kept.ts";
import { look, type Looked } from "./look.ts";
import { TooSlow, Trial } from "./trial.ts";

/** A regular expression on its way to another process. */
export interface WrittenPattern {
  source: string;
  flags: string;
}

export type SearchRequest = WrittenPattern &
  (
    | { op: "grep"; task: TaskId; view: View; search: Search }
    /** Which of the lines is the first that matches. */
    | { op: "first"; lines: string[] }
    /** The first line of a task's output that matches, in a part of it. */
    | { op: "look"; task: TaskId; place: Place }
  );
export type SearchReply =
  | { excerpt: Excerpt }
  /** -1: none. */
  | { first: number }
  | { looked: Looked }
  | { tooSlow: true }
  | { failure: string };

/** How often a long search says that it goes on. */
const ALIVE_MS = 250;
const STDOUT = 1;

/** Answers one request after the other, until stdin is at its end. */
export async function serveSearches(home: Home): Promise<void> {
  const decoder = new TextDecoder();
  let pending: string[] = [];
  for await (const chunk of Bun.stdin.stream()) {
    const [more = "", ...lines] = decoder.decode(chunk, { stream: true }).split("\n");
    pending.push(more);
    for (const line of lines) {
      say(JSON.stringify(answer(home, JSON.parse(pending.join("")) as SearchRequest)));
      pending = [line];
    }
  }
}

function answer(home: Home, request: SearchRequest): SearchReply {
  let toldMs = performance.now();
  const trial = new Trial(new RegExp(request.source, request.flags), (nowMs) => {
    if (nowMs - toldMs < ALIVE_MS) return;
    toldMs = nowMs;
    say("");
  });
  try {
    if (request.op === "first") return { first: request.lines.findIndex((line) => trial.matches(line)) };
    if (request.op === "look") return { looked: look(home, request.task, request.place, trial) };
    const { task, view, search } = request;
    return { excerpt: withKept(home, task, (kept) => grep(kept, view, trial, search)) };
  } catch (error) {
    return error instanceof TooSlow ? { tooSlow: true } : { failure: messageOf(error) };
  }
}

function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let written = 0; written < bytes.length;) written += writeSync(STDOUT, bytes, written);
}
