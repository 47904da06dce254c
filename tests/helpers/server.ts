// A server of the compiled binary with the verbs of its tools, for tests that are about tasks and not about the protocol.

import { waitUntil } from "./home.ts";
import { Wire } from "./mcp.ts";

/** A task as the tools show it. */
export interface Shown {
  task_id: string;
  status: string;
  name?: string;
  exit_code?: number;
  signal?: string;
  reason?: string;
  pid?: number;
  output?: string;
  output_total_lines?: number;
  output_bytes?: number;
  left_running?: { pid: number; command: string }[];
  survivors?: { pid: number; command: string }[];
  duration_seconds?: number;
  [more: string]: unknown;
}

export class Server extends Wire {
  /** Starts a server and shakes hands. */
  static override async open(
    home: string,
    env: Record<string, string | undefined> = {},
    cwd?: string,
  ): Promise<Server> {
    const server = new Server(home, { env, ...(cwd !== undefined && { cwd }) });
    await server.shakeHands();
    return server;
  }

  /** The structured result of a tool; a refusal is thrown with its text. */
  override call<T = Shown>(name: string, args: Record<string, unknown> = {}): Promise<T> {
    return super.call<T>(name, args);
  }

  /** The task's status once it seems to wait for input. */
  waitsForInput(taskId: string): Promise<Shown> {
    return waitUntil("it waits for input", async () => {
      const task = await this.status(taskId);
      if (task.status !== "working" && task.status !== "queued") throw new Error(`it has ended: ${task.status}`);
      return task.waiting_for_input === true && task;
    });
  }

  start(command: string, more: Record<string, unknown> = {}): Promise<Shown> {
    return this.call("start_task", { command, ...more });
  }

  status(taskId: string): Promise<Shown> {
    return this.call("task_status", { task_id: taskId });
  }

  /** Waits until all have ended, and gives them as they are then. */
  async ended(...taskIds: string[]): Promise<Shown[]> {
    const { tasks, reason } = await this.call<{ tasks: Shown[]; reason: string }>("wait_task", {
      task_ids: taskIds,
      timeout_seconds: 25,
    });
    if (reason !== "ended") throw new Error(`still running: ${JSON.stringify(tasks)}`);
    return tasks;
  }

  /** Runs a command to its end. */
  async run(command: string, more: Record<string, unknown> = {}): Promise<Shown> {
    const { task_id } = await this.start(command, more);
    await this.ended(task_id);
    return this.call("task_result", { task_id });
  }

  cancel(taskId: string, graceSeconds = 1): Promise<Shown> {
    return this.call("cancel_task", { task_id: taskId, grace_seconds: graceSeconds });
  }
}
