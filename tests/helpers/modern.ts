// A client of 2026-07-28 by hand: each request says its revision and what the client can do.

import { waitUntil } from "./home.ts";
import { type Message, Wire, type WireOptions } from "./mcp.ts";

export const EXTENSION = "io.modelcontextprotocol/tasks";
export const DECLARING = { extensions: { [EXTENSION]: {} } };

/** A task as this generation shows it. */
export interface ModernTask {
  taskId: string;
  status: string;
  statusMessage?: string;
  ttlMs?: number;
  result?: { structuredContent?: Record<string, unknown>; isError?: boolean; [more: string]: unknown };
  error?: { code: number; message: string };
  [more: string]: unknown;
}

export class ModernWire extends Wire {
  readonly #capabilities: Record<string, unknown>;

  /** Declares the extension unless other capabilities are given. */
  constructor(home: string, { capabilities = DECLARING, ...options }: WireOptions = {}) {
    super(home, options);
    this.#capabilities = capabilities;
  }

  override ask(method: string, params: { _meta?: object; [more: string]: unknown } = {}): number {
    const { _meta: own, ...rest } = params;
    return super.ask(method, { ...rest, _meta: { ...this.#envelope(), ...own } });
  }

  #envelope(): Record<string, unknown> {
    return {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": this.#capabilities,
    };
  }

  /** The result of a request that must not be refused. */
  async result<T = Record<string, unknown>>(method: string, params: Record<string, unknown> = {}): Promise<T> {
    const { result, error } = await this.request(method, params);
    if (!result) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result as T;
  }

  async error(method: string, params: Record<string, unknown> = {}): Promise<Message["error"]> {
    return (await this.request(method, params)).error;
  }

  /** Calls a tool that answers with a handle. */
  handle(name: string, args: Record<string, unknown>): Promise<ModernTask> {
    return this.result<ModernTask>("tools/call", { name, arguments: args });
  }

  get(taskId: string): Promise<ModernTask> {
    return this.result<ModernTask>("tasks/get", { taskId });
  }

  /** What it is once it is over. */
  settled(taskId: string): Promise<ModernTask> {
    return waitUntil(`${taskId} is over`, async () => {
      const task = await this.get(taskId);
      return task.status !== "working" && task.status !== "input_required" && task;
    });
  }
}
