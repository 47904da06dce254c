// Starts a task's command on pipes of ours: its own session and process group; stdin at the null device unless it is to be fed.

import { closeSync } from "node:fs";
import type { Outcome } from "../task.ts";
import { PipeInput } from "./input.posix.ts";
import { GIVEN_STDIN, type Running } from "./given.ts";
import { closeOnExec, openPipe, reap } from "./libc.ts";
import { outcomeOf, outcomeOfStatus } from "./outcome.ts";
import { OutputPipes } from "./output-pipes.posix.ts";
import type { Sink } from "./pipe.posix.ts";
import { plainOf } from "./plain.posix.ts";
import type { CommandRequest, Program, Spawned, SpawnRequest } from "./spawn.ts";

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
  return served(pid, exited, output, stdin?.writeFd, request);
}

/** Takes over the command that was started together with this process. */
export function adoptCommand({ pid, fillerBytes }: Running, request: SpawnRequest): Spawned {
  if (request.openStdin) closeOnExec(GIVEN_STDIN);
  return served(
    pid,
    untilReaped(pid),
    OutputPipes.given(fillerBytes),
    request.openStdin ? GIVEN_STDIN : undefined,
    request,
  );
}

function served(
  pid: number,
  exited: Promise<Outcome>,
  output: OutputPipes,
  stdinFd: number | undefined,
  request: SpawnRequest,
): Spawned {
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
    ...(stdinFd !== undefined && { input: new PipeInput(stdinFd) }),
  };
}

/** A child that Bun does not know of. */
function untilReaped(pid: number): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const look = () => {
    const status = reap(pid);
    if (status === undefined) return;
    process.off("SIGCHLD", look);
    resolve(status);
  };
  process.on("SIGCHLD", look);
  look(); // it may have ended before anybody listened
  return promise.then(outcomeOfStatus);
}

type Stdio = [stdin: number | "ignore", stdout: number, stderr: number];

/** What is executed, the first that can be: what the shell would become, else the shell, to run it or to say what is wrong. */
export function programsOf(request: CommandRequest): [Program, Program?] {
  const { shell, command, env } = request;
  const throughShell: Program = { path: shell[0] ?? "", argv: [...shell, command], env };
  const plain = plainOf(request);
  return plain ? [plain, throughShell] : [throughShell];
}

function execute(request: SpawnRequest, stdio: Stdio, onEnd: (outcome: Outcome) => void): number {
  const start = ({ path, argv: [argv0, ...others], env }: Program) =>
    Bun.spawn([path, ...others], {
      cwd: request.cwd,
      env,
      stdio,
      ...(argv0 !== path && argv0 !== undefined && { argv0 }),
      detached: true, // setsid(2)
      onExit: (_, exitCode, signal) => onEnd(outcomeOf(exitCode, signal)),
    }).pid;
  const [first, second] = programsOf(request);
  if (!second) return start(first);
  try {
    return start(first);
  } catch {
    return start(second);
  }
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
