// A person's line to a running task: what is typed goes there as it comes. Its output is followed with follow.ts.

import { judgeInput } from "../policy/judge.ts";
import { askResize, NotListening } from "../supervisor/client.ts";
import { getTask } from "../store/read.ts";
import { isTerminal, type Task } from "../task.ts";
import type { App } from "./app.ts";
import { deliver, started } from "./send.ts";

export interface Line {
  /** Resolves true once the task has taken the bytes, false when it takes no more, then or ever. Writes keep their order. */
  write(bytes: Uint8Array): Promise<boolean>;
  /** The end of what is typed, as the end of the task's stdin. False as above. */
  end(): Promise<boolean>;
  /** The terminal that shows the task has this size now. */
  resize(cols: number, rows: number): Promise<void>;
}

/** Of a task whose stdin is open. One that is queued is waited for. The signal takes the line down. */
export function openLine(app: App, task: Task, signal: AbortSignal): Line {
  let last = Promise.resolve(true);
  const put = (bytes: Uint8Array, eof: boolean) => {
    last = last.then(async (open) => {
      await judgeInput(Buffer.from(bytes).toString(), app.config.policy); // a guard rail at best: keys come one by one
      return open && deliverTo(app, task, bytes, eof, signal);
    });
    return last;
  };
  return {
    write: (bytes) => put(bytes, false),
    end: () => put(new Uint8Array(), true),
    async resize(cols, rows) {
      try {
        if (task.pty) await askResize(app.config.home, task.id, cols, rows);
      } catch (error) {
        if (!(error instanceof NotListening)) throw error; // it is queued, or has just ended
      }
    },
  };
}

async function deliverTo(app: App, task: Task, bytes: Uint8Array, eof: boolean, signal: AbortSignal): Promise<boolean> {
  try {
    await started(app, task, signal);
    return (await deliver(app, task, bytes, eof, signal)).because === undefined;
  } catch (error) {
    if (signal.aborted || isTerminal(getTask(app.store, task.id)?.status ?? "completed")) return false;
    throw error;
  }
}
