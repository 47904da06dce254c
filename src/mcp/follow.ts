// Tells a client of a handle without being asked: what a poller would hear, each time that it is something else.

import type { App } from "../operations/app.ts";
import { changesOf } from "../operations/changes.ts";
import { BackburnerError } from "../errors.ts";
import { type Polled, polled } from "./polled.ts";

/** Begins with what it is now, and ends with its end, or when the signal comes. */
export function follow(app: App, id: string, signal: AbortSignal, tell: (task: Polled) => Promise<void>): void {
  const followed = async () => {
    let told = "";
    for await (const handle of changesOf(app, id, signal)) {
      if (signal.aborted) return;
      const task = polled(app, handle);
      const now = `${task.status} ${task.message}`;
      if (now !== told) await tell(task);
      told = now;
    }
  };
  followed().catch((error: unknown) => {
    if (!(error instanceof BackburnerError)) console.error(error); // it was pruned meanwhile
  });
}
