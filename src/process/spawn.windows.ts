// Starts a task's command on pipes, at the console of this process: whoever is at that can be asked to end (signals.windows.ts).

import type { Outcome } from "../task.ts";
import { SinkInput } from "./input.ts";
import { ACCESS, type Handle, kernel, NO_HANDLE, structure } from "./kernel32.ts";
import type { Spawned, SpawnRequest } from "./spawn.ts";
import { shellWords } from "./words.windows.ts";

/** As what lies in a pipe can't be seen here: when nothing has come for so long, it was all. */
const SILENCE_MS = 20;
/** More than two pipes hold unread. */
const MOST_HELD_BYTES = 256 * 1024;

/** Throws what Bun.spawn throws. There is no umask. */
export function spawnCommand(request: SpawnRequest): Spawned {
  const { argv, verbatim } = shellWords(request.shell, request.command);
  const { promise: exited, resolve } = Promise.withResolvers<Outcome>();
  const seen = { bytes: 0, lastMs: performance.now(), end: false };
  const child = Bun.spawn(argv, {
    cwd: request.cwd,
    env: request.env,
    stdin: request.openStdin ? "pipe" : "ignore",
    stdout: "pipe",
    stderr: "pipe",
    windowsHide: false, // hidden it would be at a console of its own
    windowsVerbatimArguments: verbatim,
    onExit: (_, exitCode) => resolve({ exitCode: whole(exitCode ?? 0) }),
  });
  const whole = exitCodeOf(child.pid);
  const read = async (stream: "stdout" | "stderr") => {
    for await (const chunk of child[stream]) {
      seen.bytes += chunk.length;
      seen.lastMs = performance.now();
      request.onOutput(stream, chunk);
    }
  };
  const closed = Promise.all([read("stdout"), read("stderr")]).then(() => {
    seen.end = true;
  });
  const catchUp = async () => {
    const enough = seen.bytes + MOST_HELD_BYTES; // somebody may print without end
    const since = performance.now();
    while (!seen.end && seen.bytes < enough && performance.now() - Math.max(since, seen.lastMs) < SILENCE_MS)
      await Promise.race([closed, Bun.sleep(1)]);
  };
  const { stdin } = child;
  return {
    pid: child.pid,
    exited,
    closed,
    drain: catchUp,
    catchUp,
    ...(stdin && typeof stdin !== "number" && { input: new SinkInput(stdin) }),
  };
}

/**
 * The whole exit code, which has 32 bits; Bun knows the last 8 of them (Bun 1.4.5). To be called while the process can't be gone yet; the
 * function that it gives, once it has ended.
 */
export function exitCodeOf(pid: number): (known: number) => number {
  const handle: Handle = kernel().OpenProcess(ACCESS.queryLimited, 0, pid);
  return (known) => {
    if (handle === NO_HANDLE) return known;
    const { view, address } = structure(4);
    const found = kernel().GetExitCodeProcess(handle, address) !== 0;
    kernel().CloseHandle(handle);
    return found ? view.getUint32(0, true) : known;
  };
}
