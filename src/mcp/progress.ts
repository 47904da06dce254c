// Progress notifications for a call that takes its time, when the client asked for them.

import type { ServerContext } from "@modelcontextprotocol/server";
import { progressText, type Task } from "../task.ts";

/** Clients that extend their patience at each report give up after 60 s without one. */
const EVERY_MS = 5_000;

/** Reports until the returned function is called. `tasks` are asked at each report how far they are; `about` goes along as `_meta`. */
export type Progress = (
  message: string,
  totalSeconds: number | undefined,
  tasks?: () => Task[],
  about?: Record<string, unknown>,
) => () => void;

/** The reporter of one call. Does nothing when the client gave no token. */
export function progressOf({ mcpReq }: ServerContext): Progress {
  // oxlint-disable-next-line no-underscore-dangle -- the protocol's own name
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => () => {};
  return (message, total, tasks = () => [], about) => {
    const beganMs = performance.now();
    const timer = setInterval(() => {
      const progress = Math.round((performance.now() - beganMs) / 1000);
      const params = {
        progressToken,
        progress,
        ...(total !== undefined && { total }),
        ...(about && { _meta: about }),
        message: `${progressOfAll(tasks())}${message} for ${progress} s`,
      };
      // A connection that is gone ends the process by itself.
      mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
    }, EVERY_MS);
    return () => clearInterval(timer);
  };
}

const MOST_TASKS = 5;

/** "build: 42% (17/40); lint: 3/9; ": of those that run and say it. */
function progressOfAll(tasks: Task[]): string {
  return tasks
    .filter(({ status }) => status === "working")
    .flatMap(({ id, name, progress }) => (progress ? [`${name ?? id}: ${progressText(progress)}; `] : []))
    .slice(0, MOST_TASKS)
    .join("");
}
