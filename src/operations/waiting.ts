// What a task waits for: a slot, which the store knows; or, as it seems, input, which its supervisor can see, and only it is asked.

import { outputState, readFrom, tailStart } from "../output/reader.ts";
import { askWaits, NotListening } from "../supervisor/client.ts";
import { placeInQueue } from "../store/read.ts";
import { hasOpenStdin, type Task } from "../task.ts";
import type { App } from "./app.ts";

const LONGEST_LAST_LINE_BYTES = 1_000;

/** The task, and if it waits for input its last line, for a slot the reason. Costs nothing for a running task whose stdin is not open. */
export async function withWaiting(app: App, task: Task): Promise<Task> {
  if (task.status === "queued") return withPlace(app, task);
  if (task.status !== "working" || !hasOpenStdin(task)) return task;
  const waits = await askWaits(app.config.home, task.id).catch((error: unknown) => {
    if (error instanceof NotListening) return false;
    throw error;
  });
  return waits ? { ...task, waitsForInput: { lastLine: lastLineOf(app, task) } } : task;
}

function withPlace(app: App, task: Task): Task {
  const place = placeInQueue(app.store, task.id);
  if (!place) return task;
  const { before, taken, slots } = place;
  const after = before === 0 ? "" : `, after ${before} other ${before === 1 ? "task" : "tasks"}`;
  return { ...task, reason: `it waits for a free slot${after}: ${taken} of ${slots} are taken` };
}

/** As it stands on a screen: what a carriage return has overwritten is gone. */
function lastLineOf(app: App, task: Task): string {
  const { home } = app.config;
  const startBytes = Math.max(tailStart(home, task.id, 1), outputState(home, task.id).bytes - LONGEST_LAST_LINE_BYTES);
  const { bytes } = readFrom(home, task.id, startBytes, LONGEST_LAST_LINE_BYTES);
  const line = Bun.stripANSI(new TextDecoder().decode(bytes)).replace(/[\r\n]+$/, "");
  return line.slice(line.lastIndexOf("\r") + 1).trim();
}
