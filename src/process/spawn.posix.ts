// Starts a task's command on pipes of ours: its own session and process group; stdin at the null device unless it is to be fed.

import { closeSync } from "node:fs";
import type { Outcome } from "../task.ts";
import { PipeInput } from "./input.posix.ts";
import { openPipe } from "./libc.ts";
import { outcomeOf } from "./outcome.ts";
import { PipeReader } from "./pipe.posix.ts";
import { plainOf } from "./plain.posix.ts";
import type { Spawned, SpawnRequest } from "./spawn.ts";

/** Throws what Bun.spawn throws: ENOENT for a missing program or directory, EACCES, EAGAIN. */
export function spawnCommand(request: SpawnRequest): Spawned {
  // Pipes of our own: what Bun.spawn calls a pipe is a socket, which a command can't open by name ("echo x >/dev/stderr").
  const { stdout, stderr, stdin } = openPipes(request.openStdin);
  const { promise: exited, resolve } = Promise.withResolvers<Outcome>();
  let pid: number;
  try {
    const stdio: Stdio = [stdin?.readFd ?? "ignore", stdout.writeFd, stderr.writeFd];
    pid = withUmask(request.umask, () => execute(request, stdio, resolve));
  } catch (error) {
    for (const { readFd, writeFd } of [stdout, stderr]) {
      closeSync(readFd);
      closeSync(writeFd);
    }
    if (stdin) closeSync(stdin.writeFd);
    throw error;
  } finally {
    if (stdin) closeSync(stdin.readFd);
  }
  const readers: PipeReader[] = [];
  const read = (readFd: number, stream: "stdout" | "stderr") => {
    const reader = new PipeReader(readFd, request.block, (chunk) => request.onOutput(stream, chunk), readers);
    readers.push(reader);
    return reader;
  };
  const [one, other] = [read(stdout.readFd, "stdout"), read(stderr.readFd, "stderr")];
  const drain = async () => {
    const otherDrained = other.drain();
    await one.drain();
    await otherDrained;
  };
  return {
    pid,
    exited,
    closed: Promise.all(readers.map((reader) => reader.closed)).then(() => undefined),
    drain,
    catchUp: drain,
    leave() {
      closeSync(stdout.writeFd);
      closeSync(stderr.writeFd);
    },
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

/** All of them or none: a supervisor that is short of descriptors must not lose more with each task. */
function openPipes(withStdin: boolean) {
  const opened: ReturnType<typeof openPipe>[] = [];
  const open = (ours: "read" | "write") => {
    const pipe = openPipe(ours);
    opened.push(pipe);
    return pipe;
  };
  try {
    return { stdout: open("read"), stderr: open("read"), stdin: withStdin ? open("write") : undefined };
  } catch (error) {
    for (const { readFd, writeFd } of opened) {
      closeSync(readFd);
      closeSync(writeFd);
    }
    throw error;
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
