// Progress notifications for a call that takes its time, when the client asked for them.

import type { ServerContext } from "@modelcontextprotocol/server";

/** Clients that extend their patience at each report give up after 60 s without one. */
const EVERY_MS = 5_000;

/** Reports until the returned function is called. */
export type Progress = (message: string, totalSeconds: number) => () => void;

/** The reporter of one call. Does nothing when the client gave no token. */
export function progressOf({ mcpReq }: ServerContext): Progress {
  // oxlint-disable-next-line no-underscore-dangle -- the protocol's own name
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => () => {};
  return (message, total) => {
    const beganMs = performance.now();
    const timer = setInterval(() => {
      const progress = Math.round((performance.now() - beganMs) / 1000);
      const params = { progressToken, progress, total, message: `${message} for ${progress} s` };
      // A connection that is gone ends the process by itself.
      mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
    }, EVERY_MS);
    return () => clearInterval(timer);
  };
}
