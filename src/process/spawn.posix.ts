// Starts a task's command on pipes of ours: its own session and process group; stdin at the null device unless it is to be fed.

import { closeSync } from "node:fs";
import type { Outcome } from "../task.ts";
import { PipeInput } from "./input.posix.ts";
import { openPipe } from "./libc.ts";
import { outcomeOf } from "./outcome.ts";
import { OutputPipes } from "./output-pipes.posix.ts";
import type { Sink } from "./pipe.posix.ts";
import { plainOf } from "./plain.posix.ts";
import type { Spawned, SpawnRequest } from "./spawn.ts";

/** Throws what Bun.spawn throws: ENOENT for a missing program or directory, EACCES, EAGAIN. */
export function spawnCommand(request: SpawnRequest): Spawned {
  // Pipes of our own: what Bun.spawn calls a pipe is a socket, which a command can't open by name ("echo x >/dev/stderr").
  const output = OutputPipes.take();
  let stdin: ReturnType<typeof openPipe> | undefined;
  const { promise: exited, resolve } = Promise.withResolvers<Outcome>();
  let pid: number;
  try {
    if (request.openStdin) stdin = openPipe("write");
    const stdio: Stdio = [stdin?.readFd ?? "ignore", ...output.writeFds];
    pid = withUmask(request.umask, () => execute(request, stdio, resolve));
  } catch (error) {
    output.close();
    if (stdin) closeSync(stdin.writeFd);
    throw error;
  } finally {
    if (stdin) closeSync(stdin.readFd);
  }
  const sink = (stream: "stdout" | "stderr"): Sink => ({
    block: request.block,
    onChunk: (chunk) => request.onOutput(stream, chunk),
  });
  output.serve([sink("stdout"), sink("stderr")]);
  const drain = () => output.drain();
  return {
    pid,
    exited,
    closed: output.closed,
    drain,
    catchUp: drain,
    leave: (oneFollows) => output.leave(oneFollows),
    ...(stdin && { input: new PipeInput(stdin.writeFd) }),
  };
}

type Stdio = [stdin: number | "ignore", stdout: number, stderr: number];

/** The shell, or at once what it would become; what can't be executed is the shell's again, to run it or to say what is wrong. */
function execute(request: SpawnRequest, stdio: Stdio, onEnd: (outcome: Outcome) => void): number {
  const start = (argv: string[], env: Record<string, string>, argv0?: string) =>
    Bun.spawn(argv, {
      cwd: request.cwd,
      env,
      stdio,
      ...(argv0 !== undefined && { argv0 }),
      detached: true, // setsid(2)
      onExit: (_, exitCode, signal) => onEnd(outcomeOf(exitCode, signal)),
    }).pid;
  const plain = plainOf(request);
  try {
    if (plain) return start([plain.path, ...plain.argv.slice(1)], plain.env, plain.argv[0]);
  } catch {}
  return start([...request.shell, request.command], request.env);
}

/** Bun.spawn knows no umask; nothing else runs between these lines. */
export function withUmask<T>(umask: number, body: () => T): T {
  const own = process.umask(umask);
  try {
    return body();
  } finally {
    process.umask(own);
  }
}
