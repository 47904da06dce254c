// The automatic clean-up: at most once an hour for a home, or as often as is set, by whoever starts a task, and never for long.

import { constants, futimesSync, statSync } from "node:fs";
import { messageOf } from "../errors.ts";
import { withFile } from "../files.ts";
import { tidiedPath } from "../home.ts";
import { trace } from "../supervisor/trace.ts";
import type { App } from "./app.ts";

const EVERY_MS = 3_600_000;
/** When there was more to do than the budget allows, the next run comes soon. */
const SOON_MS = 60_000;
const BUDGET_MS = 100;

/** Removes what the settings do not keep, when it is time to look. A failure is traced: nobody's task depends on it. */
export async function tidy(app: App): Promise<void> {
  const { home, tidyEveryMs: everyMs = EVERY_MS } = app.config;
  const path = tidiedPath(home);
  try {
    const lastMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (lastMs !== undefined && Math.abs(Date.now() - lastMs) < everyMs) return;
    stamp(path, Date.now()); // before it begins: others who come meanwhile leave it to us
    const { prune } = await import("./prune.ts"); // once an hour
    const { finished } = await prune(app, { keep: app.config.keep, budgetMs: BUDGET_MS });
    if (!finished) stamp(path, Date.now() - everyMs + SOON_MS);
  } catch (error) {
    trace(`while cleaning up: ${messageOf(error)}`);
  }
}

function stamp(path: string, atMs: number): void {
  withFile(path, constants.O_WRONLY | constants.O_CREAT, (fd) => futimesSync(fd, atMs / 1000, atMs / 1000));
}
