// Waits until tasks print what is waited for: that a server listens, that a prompt appears. Reads the log as it grows.

import { badPattern } from "../wording.ts";
import type { ArrivedLine } from "../output/arriving.ts";
import { Matcher } from "../output/match.ts";
import { outputState } from "../output/reader.ts";
import { getTask } from "../store/read.ts";
import type { Task, TaskId } from "../task.ts";
import type { App } from "./app.ts";
import { withOutput } from "./figures.ts";
import { type Find, findTask } from "./find.ts";
import { follow } from "./follow.ts";
import { parsePattern } from "./result.ts";
import { Searcher } from "./searcher.ts";
import type { WaitRequest } from "./wait.ts";
import { LONGEST_TIMER_MS } from "../timer.ts";

export interface MatchRequest extends WaitRequest {
  pattern: RegExp;
  /** From where on a task's output counts, in bytes. Default: all of it. */
  fromBytes?: ((id: TaskId) => number) | undefined;
}

export interface Matched {
  /** In the order they were asked for, as they are now. */
  tasks: Task[];
  /** "matched": one of them, or with `until: "all"` every one. "ended": one ended without. */
  reason: "matched" | "ended" | "timeout";
  /** Who matched, in the order of `tasks`. */
  matches: (ArrivedLine & { id: TaskId })[];
}

/** A regular expression as people and models write it: `(?i)` in front ignores case. Throws `bad_request`. */
export function patternOf(written: string): RegExp {
  if (written === "") throw badPattern(written, new Error("it is empty"));
  return parsePattern(written);
}

/**
 * Resolves at the first match (`until: "all"`: when every task has matched), and at once when a task ends without one: what can't
 * come any more is not waited for. Throws `not_found` before it waits, and `bad_request` when the pattern takes too long.
 */
export async function waitForMatch(app: App, request: MatchRequest, find: Find = findTask): Promise<Matched> {
  const asked = request.tasks.map((given) => find(app, given));
  const ids = [...new Set(asked.map((task) => task.id))];
  const over = new AbortController();
  const stop = () => over.abort();
  const { timeoutMs } = request;
  if (timeoutMs === 0) await app.vigil.look(); // who asks without waiting asks how things are
  const timer = timeoutMs === undefined ? undefined : setTimeout(stop, Math.min(timeoutMs, LONGEST_TIMER_MS));
  request.signal?.addEventListener("abort", stop, { once: true });
  if (request.signal?.aborted) stop();
  const found = new Map<TaskId, ArrivedLine>();
  let reason: Matched["reason"] = "timeout";
  const searcher = new Searcher(app.config.home, request.pattern);
  const look = async (id: TaskId) => {
    const match = await untilMatch(app, id, searcher, request.fromBytes?.(id) ?? 0, over.signal);
    if (match && reason === "timeout") found.set(id, match);
    if (reason !== "timeout" || (!match && over.signal.aborted)) return;
    const enough = request.until === "any" ? 1 : ids.length;
    if (match && found.size < enough) return;
    reason = match ? "matched" : "ended";
    stop();
  };
  try {
    await Promise.all(ids.map(look));
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener("abort", stop);
    stop();
    searcher.close();
  }
  const tasks = asked.map((task) => withOutput(app, getTask(app.store, task.id) ?? task));
  const matches = ids.flatMap((id) => {
    const match = found.get(id);
    return match ? [{ ...match, id }] : [];
  });
  return { tasks, reason, matches };
}

/** `undefined` when the task has ended without a match, or `over` came first. */
async function untilMatch(
  app: App,
  id: TaskId,
  searcher: Searcher,
  startBytes: number,
  over: AbortSignal,
): Promise<ArrivedLine | undefined> {
  const matcher = new Matcher((lines) => searcher.first(lines), startBytes);
  const thereBytes = outputState(app.config.home, id).bytes; // is looked through in any case, however short the time
  const onGap = (bytes: number) => matcher.skip(bytes);
  const request = { since: startBytes, live: true, signal: over, throughBytes: thereBytes, onGap };
  for await (const chunk of follow(app, id, request)) {
    const match = await matcher.push(chunk);
    if (match) return match;
  }
  return undefined;
}

/** Hands chunks on until a line matches: that line is the last. `matched` learns of it. Throws `bad_request` as above. */
export async function* untilPattern(
  app: App,
  chunks: AsyncIterable<Uint8Array>,
  pattern: RegExp,
  matched: () => void,
): AsyncGenerator<Uint8Array, void> {
  const searcher = new Searcher(app.config.home, pattern);
  const matcher = new Matcher((lines) => searcher.first(lines), 0);
  let atBytes = 0;
  try {
    for await (const chunk of chunks) {
      const match = await matcher.push(chunk);
      if (match) {
        yield chunk.subarray(0, match.endBytes - atBytes);
        matched();
        return;
      }
      atBytes += chunk.length;
      yield chunk;
    }
  } finally {
    searcher.close();
  }
}
