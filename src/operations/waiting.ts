// Whether a task seems to wait for input: its supervisor can see that, and only it is asked.

import { outputState, readFrom, tailStart } from "../output/reader.ts";
import { askWaits, NotListening } from "../supervisor/client.ts";
import { hasOpenStdin, type Task } from "../task.ts";
import type { App } from "./app.ts";

const LONGEST_LAST_LINE_BYTES = 1_000;

/** The task, and if it waits for input its last line. Costs nothing for a task whose stdin is not open. */
export async function withWaiting(app: App, task: Task): Promise<Task> {
  if (task.status !== "working" || !hasOpenStdin(task)) return task;
  const waits = await askWaits(app.config.home, task.id).catch((error: unknown) => {
    if (error instanceof NotListening) return false;
    throw error;
  });
  return waits ? { ...task, waitsForInput: { lastLine: lastLineOf(app, task) } } : task;
}

/** As it stands on a screen: what a carriage return has overwritten is gone. */
function lastLineOf(app: App, task: Task): string {
  const { home } = app.config;
  const startBytes = Math.max(tailStart(home, task.id, 1), outputState(home, task.id).bytes - LONGEST_LAST_LINE_BYTES);
  const { bytes } = readFrom(home, task.id, startBytes, LONGEST_LAST_LINE_BYTES);
  const line = Bun.stripANSI(new TextDecoder().decode(bytes)).replace(/[\r\n]+$/, "");
  return line.slice(line.lastIndexOf("\r") + 1).trim();
}
