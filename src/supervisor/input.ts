// What a running task is fed: what was submitted with it, then what is sent to it, where its stdin is open.

import type { CommandInput } from "../process/input.ts";
import type { Spawned } from "../process/spawn.ts";
import { hasOpenStdin, type Task } from "../task.ts";
import type { InputReply } from "./control.ts";
import type { Submission } from "./submission.ts";

/** For a command that doesn't read what it is sent. */
const MOST_QUEUED_BYTES = 1024 * 1024;

/** What was submitted with the task; after it, stdin is at its end unless it is to stay open. */
export function feed(task: Task, submission: Submission | undefined, input: CommandInput | undefined): void {
  if (submission?.stdin !== undefined) void input?.write(Buffer.from(submission.stdin, "base64"));
  delete submission?.stdin; // it may be large
  if (!hasOpenStdin(task)) void input?.end();
}

/** Hands on what was sent. Resolves once the command's pipe or terminal has it, or it can't be taken. */
export async function takeInput(
  task: Task,
  input: CommandInput | undefined,
  bytes: Uint8Array,
  eof: boolean,
): Promise<InputReply> {
  if (!input || !hasOpenStdin(task)) return { taken: false, because: "closed" };
  if (input.queuedBytes > MOST_QUEUED_BYTES) return { taken: false, because: "full" };
  const taken = (await input.write(bytes)) && (!eof || (await input.end()));
  return taken ? { taken } : { taken, because: "closed" };
}

/** Whether the command seems to wait for input. A prompt that was printed before is in the log by then. */
export async function waitsForInput(
  task: Task,
  spawned: Spawned | undefined,
  members: () => { pid: number }[],
  midLine: () => boolean,
): Promise<boolean> {
  const input = spawned?.input;
  if (!input || !hasOpenStdin(task)) return false;
  const waits = () =>
    input.isAwaited(
      members().map((one) => one.pid),
      midLine(),
    );
  if (!waits()) return false;
  await spawned.catchUp();
  return waits();
}
