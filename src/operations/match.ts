// Waits until tasks print what is waited for: that a server listens, that a prompt appears. Reads the log as it grows.

import { badPattern } from "../wording.ts";
import type { ArrivedLine, Place } from "../output/arriving.ts";
import { Matcher } from "../output/match.ts";
import { outputState } from "../output/reader.ts";
import { getTask } from "../store/read.ts";
import { recoverDead } from "../supervisor/recover.ts";
import { isTerminal, type Task, type TaskId } from "../task.ts";
import type { App } from "./app.ts";
import { withOutput } from "./figures.ts";
import { type Find, findTask } from "./find.ts";
import { follow, type FollowRequest, untilOn } from "./follow.ts";
import { parsePattern } from "./result.ts";
import { Searcher } from "./searcher.ts";
import { unlessAborted } from "./unless-aborted.ts";
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

/** To look through what is there already takes no longer than this once the time has run out. */
const GRACE_MS = 3_000;

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
  const [over, enough] = [new AbortController(), new AbortController()];
  const stop = () => {
    over.abort();
    enough.abort();
  };
  const { timeoutMs } = request;
  if (timeoutMs === 0) await app.vigil.look(); // who asks without waiting asks how things are
  const after = (ms: number, then: () => void) => setTimeout(then, Math.min(ms, LONGEST_TIMER_MS));
  const timers =
    timeoutMs === undefined ? [] : [after(timeoutMs, () => over.abort()), after(timeoutMs + GRACE_MS, stop)];
  request.signal?.addEventListener("abort", stop, { once: true });
  if (request.signal?.aborted) stop();
  const found = new Map<TaskId, ArrivedLine>();
  let reason: Matched["reason"] = "timeout";
  const searcher = new Searcher(app.config.home, request.pattern);
  const ends = { over: over.signal, enough: enough.signal };
  const look = async (id: TaskId) => {
    const match = await untilMatch(app, id, searcher, request.fromBytes?.(id) ?? 0, ends);
    if (match && reason === "timeout") found.set(id, match);
    if (reason !== "timeout" || (!match && over.signal.aborted)) return;
    const wanted = request.until === "any" ? 1 : ids.length;
    if (match && found.size < wanted) return;
    reason = match ? "matched" : "ended";
    stop();
  };
  try {
    await Promise.all(ids.map(look));
  } finally {
    for (const timer of timers) clearTimeout(timer);
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

interface Ends {
  /** Nothing more is waited for; what is there is looked through all the same, however short the time. */
  over: AbortSignal;
  /** Nothing more is looked through either. */
  enough: AbortSignal;
}

/** `undefined` when the task has ended without a match, or one of the signals came first. */
async function untilMatch(
  app: App,
  id: TaskId,
  searcher: Searcher,
  startBytes: number,
  { over, enough }: Ends,
): Promise<ArrivedLine | undefined> {
  const { home } = app.config;
  await unlessAborted(recoverDead(home, app.store), over);
  const thereBytes = outputState(home, id).bytes;
  let place: Place = { startBytes, isLong: false };
  let readBytes = startBytes;
  for (;;) {
    // The row first, the log after: an end is recorded when all that the command wrote is in the log.
    const task = getTask(app.store, id);
    const lastBytes = outputState(home, id).bytes;
    while (readBytes < lastBytes) {
      if (enough.aborted || (over.aborted && readBytes >= thereBytes)) return undefined;
      const looked = await searcher.look(id, place);
      if (looked.found) return looked.found;
      if (looked.readBytes === readBytes) break; // it was removed meanwhile
      ({ place, readBytes } = looked);
    }
    if (over.aborted || !task || isTerminal(task.status)) return undefined;
    await untilOn(app, task, readBytes, over);
  }
}

/** Follows until a line matches: that line is the last. `matched` learns of it. Throws `bad_request` as above. */
export async function* untilPattern(
  app: App,
  id: TaskId,
  request: FollowRequest,
  pattern: RegExp,
  matched: () => void,
): AsyncGenerator<Uint8Array, void> {
  const searcher = new Searcher(app.config.home, pattern);
  const matcher = new Matcher((lines) => searcher.first(lines), 0);
  let atBytes = 0;
  const onGap = (bytes: number) => {
    matcher.skip(bytes);
    atBytes += bytes;
    request.onGap?.(bytes);
  };
  try {
    for await (const chunk of follow(app, id, { ...request, onGap })) {
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
