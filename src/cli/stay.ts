// start --wait: we stay until the task has ended. Loaded only then, as most who start a task go on.

import type { App } from "../operations/app.ts";
import { follow } from "../operations/follow.ts";
import { result } from "../operations/result.ts";
import { wait } from "../operations/wait.ts";
import type { TaskId } from "../task.ts";
import { wireResult } from "../wire.ts";
import { codeOfTask } from "./exit.ts";
import { leaveRunning, unlessInterrupted, waysBack } from "./interrupt.ts";
import { EVERYTHING, explain, showJson } from "./show.ts";
import { showOutput } from "./stream.ts";
import { complain } from "./terminal.ts";

/** Shows the task's output until it ends, or until Ctrl-C. Returns what to leave with. */
export async function stay(app: App, id: TaskId, asJson: boolean): Promise<number> {
  try {
    const stayed = await unlessInterrupted(async (signal) => {
      if (asJson) await wait(app, { tasks: [id], until: "all", signal });
      else await showOutput(follow(app, id, { live: true, signal }));
    });
    if (!stayed) return await leaveRunning(app, [id]);
  } catch (error) {
    await complain(`task ${id} goes on; ${waysBack(id)}`); // our output is read no more: it must not go on unseen
    throw error;
  }
  const { task, ...shown } = await result(app, id, { tailLines: asJson ? EVERYTHING : 0, maxChars: EVERYTHING });
  if (asJson) await showJson(wireResult({ task, ...shown }));
  await explain(task);
  return codeOfTask(task);
}
