// Detached by a double fork, in a session of its own.

import { closeSync, constants } from "node:fs";
import { openPlain } from "../files.ts";
import type { DetachedRequest, Launched } from "./detach.ts";

/**
 * The shell ends at once, so that the process's parent is init (or the nearest subreaper): hosts end a server's
 * descendants by parent id.
 */
const DOUBLE_FORK = `umask 077; "$@" </dev/null >/dev/null &`;

export function startDetached({ command, env, tracePath }: DetachedRequest): Launched {
  const trace = openTrace(tracePath);
  try {
    const shell = Bun.spawn(["/bin/sh", "-c", DOUBLE_FORK, "sh", ...command], {
      cwd: "/",
      env,
      stdio: ["ignore", "ignore", trace ?? "ignore"],
      detached: true, // setsid(2)
    });
    return { pid: shell.pid, exited: shell.exited.then(() => undefined) };
  } finally {
    if (trace !== undefined) closeSync(trace);
  }
}

/** `undefined` where it can't be written. */
export function openTrace(path: string): number | undefined {
  try {
    return openPlain(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
  } catch {
    return undefined;
  }
}
