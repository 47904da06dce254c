// A server of the compiled binary, driven by hand over stdio: what goes over the wire is all there is.

import { BINARY, waitUntil } from "./home.ts";

export interface Reply {
  structuredContent?: Record<string, unknown>;
  content?: { type: string; text: string }[];
  isError?: boolean;
}

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

export class Server {
  readonly pid: number;
  readonly #process;
  readonly #pending = new Map<number, (message: Record<string, unknown>) => void>();
  #nextId = 1;

  constructor(home: string, env: Record<string, string | undefined> = {}, cwd?: string) {
    this.#process = Bun.spawn([BINARY, "mcp"], {
      env: { ...process.env, BACKBURNER_HOME: home, ...env },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
      ...(cwd !== undefined && { cwd }),
    });
    this.pid = this.#process.pid;
    void this.#read();
  }

  /** Starts a server and shakes hands. */
  static async open(home: string, env?: Record<string, string | undefined>, cwd?: string): Promise<Server> {
    const server = new Server(home, env, cwd);
    await server.request("initialize", {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "test", version: "1" },
    });
    server.notify("notifications/initialized", {});
    return server;
  }

  async request(method: string, params: unknown): Promise<Record<string, unknown>> {
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
    this.#pending.set(id, resolve);
    this.#send({ jsonrpc: "2.0", id, method, params });
    return promise;
  }

  notify(method: string, params: unknown): void {
    this.#send({ jsonrpc: "2.0", method, params });
  }

  /** The structured result of a tool; a refusal or an error is thrown with its text. */
  async call<T = Shown>(tool: string, args: Record<string, unknown> = {}): Promise<T> {
    const message = await this.request("tools/call", { name: tool, arguments: args });
    const reply = message.result as Reply | undefined;
    if (!reply) throw new Error(JSON.stringify(message.error ?? message));
    if (reply.isError) throw new Error(reply.content?.[0]?.text ?? "isError");
    return reply.structuredContent as T;
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

  /** Ends stdin, as a client that leaves does, and waits until the server has left too. */
  async close(): Promise<void> {
    await this.#process.stdin.end();
    await this.#process.exited;
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }

  #send(message: unknown): void {
    void this.#process.stdin.write(`${JSON.stringify(message)}\n`);
    void this.#process.stdin.flush();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let pending = "";
    for await (const chunk of this.#process.stdout) {
      const lines = (pending + decoder.decode(chunk, { stream: true })).split("\n");
      pending = lines.pop() ?? "";
      for (const line of lines) {
        const message = JSON.parse(line) as Record<string, unknown>;
        this.#pending.get(message.id as number)?.(message);
        this.#pending.delete(message.id as number);
      }
    }
  }
}
