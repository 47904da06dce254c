// A client that has called as a task hears of it without asking: notifications/tasks/status, and the progress that it asked for.

import { RELATED_TASK_META_KEY } from "@modelcontextprotocol/server";
import { keptOf } from "../../operations/news.ts";
import type { Wait } from "../../operations/waits.ts";
import { isTerminal } from "../../task.ts";
import { follow } from "../follow.ts";
import type { TaskServer } from "../task-server.ts";
import type { Call } from "../tools/tool.ts";
import { coreTask } from "./task.ts";

/** Until the wait is over. */
export function notify(server: TaskServer, { app, progress }: Call, wait: Wait): void {
  const ids = wait.tasks.map(({ id }) => id);
  const seconds = wait.deadlineAtMs === undefined ? undefined : (wait.deadlineAtMs - wait.createdAtMs) / 1000;
  const about = { [RELATED_TASK_META_KEY]: { taskId: wait.id } };
  const stop = progress(`waiting for ${wait.until} of ${ids.length}`, seconds, () => keptOf(app, ids), about);
  follow(app, wait.id, new AbortController().signal, async (task) => {
    if (isTerminal(task.status)) stop();
    // A connection that is gone ends the process by itself.
    const params = { ...coreTask(task, Date.now()) };
    await server.notification({ method: "notifications/tasks/status", params }).catch(() => {});
  });
}
