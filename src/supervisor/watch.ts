// Watching a task's directory: the claim makes its control socket there, an end without a run makes a file.

import { type FSWatcher, watch } from "node:fs";
import { LONGEST_TIMER_MS } from "../timer.ts";

/** Without a watch (inotify's limits, a directory that is gone) the caller looks again this often. */
const UNWATCHED_MS = 1_000;

/**
 * Resolves at the next change in the directory, when the signal is aborted, or after `patienceMs`. `alreadyChanged` is asked
 * once after the watch has begun, so that no change falls in between.
 */
export async function untilDirectoryChanges(
  directory: string,
  signal: AbortSignal,
  alreadyChanged: () => boolean,
  patienceMs = LONGEST_TIMER_MS,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => resolve();
  const watcher = tryWatch(directory, done);
  const timer = setTimeout(done, watcher ? patienceMs : Math.min(patienceMs, UNWATCHED_MS));
  signal.addEventListener("abort", done, { once: true });
  try {
    if (signal.aborted || alreadyChanged()) return;
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", done);
    watcher?.close();
  }
}

/** Calls at each change in the directory, until it is closed. `undefined` when it can't be watched. */
export function tryWatch(directory: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, onChange);
    watcher.on("error", onChange);
    return watcher;
  } catch {
    return undefined;
  }
}
