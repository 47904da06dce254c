// How a task's command begins: taken over where it was started together with this process, else spawned, with pipes or in a terminal.

import { existsSync } from "node:fs";
import { messageOf } from "../errors.ts";
import { commonBlock } from "../output/block.ts";
import type { Begun } from "../process/given.ts";
import { errorOf } from "../process/outcome.ts";
import {
  adoptCommand,
  DEFAULT_SIZE,
  spawnCommand,
  type Spawned,
  spawnInTerminal,
  type SpawnRequest,
} from "../process/spawn.ts";
import { TASK_MARK } from "../process/tree.ts";
import type { Task } from "../task.ts";
import type { Submission } from "./submission.ts";

/** It can't be executed. */
class NotExecuted extends Error {
  constructor(readonly errno: number) {
    super();
  }
}

/** Throws when it can't be started; `whyNotBegun` says why. */
export function beginCommand(
  task: Task,
  submission: Submission | undefined,
  begun: Begun | undefined,
  onOutput: SpawnRequest["onOutput"],
): Spawned {
  if (begun && "errno" in begun) throw new NotExecuted(begun.errno);
  if (begun) return adoptCommand(begun, requestOf(task, submission, onOutput));
  if (!submission) throw new Error("its environment is lost");
  if (task.shell.length === 0) throw new Error("its row is damaged and names no shell");
  const request = requestOf(task, submission, onOutput);
  return task.pty ? spawnInTerminal(request, submission.size ?? DEFAULT_SIZE) : spawnCommand(request);
}

function requestOf(
  task: Task,
  { env, umask, stdin }: Partial<Submission> = {},
  onOutput: SpawnRequest["onOutput"],
): SpawnRequest {
  return {
    shell: task.shell,
    command: task.command,
    cwd: task.cwd,
    env: { ...env, [TASK_MARK]: task.id },
    umask: umask ?? 0o077,
    openStdin: task.interactive || stdin !== undefined,
    onOutput,
    block: commonBlock,
  };
}

/** In a person's words. */
export async function whyNotBegun(task: Task, error: unknown): Promise<string> {
  if (!existsSync(task.cwd)) return `it could not start: the directory ${task.cwd} is gone`;
  const why = error instanceof NotExecuted ? await errorOf(error.errno) : messageOf(error);
  return `it could not start: ${why} (shell: ${task.shell.join(" ")})`;
}
