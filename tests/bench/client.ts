// A client of any stdio MCP server, ours or a peer's, with as little as possible between the clock and the pipe.

import { modern } from "../helpers/mcp.ts";
import { linesOf } from "../helpers/lines.ts";

interface Answer {
  result?: unknown;
  error?: unknown;
}

/** The text that the model gets, and the object where the server gives one. */
export interface Reply {
  text: string;
  structured: Record<string, unknown>;
  /** The message as it came. */
  bytes: number;
}

export interface ClientOptions {
  env?: Record<string, string>;
  cwd?: string;
}

export class Client {
  readonly pid: number;
  readonly #process;
  readonly #waiting = new Map<number, (answer: Answer, bytes: number) => void>();
  #nextId = 1;

  constructor(argv: string[], { env = {}, cwd }: ClientOptions = {}) {
    this.#process = Bun.spawn(argv, {
      env: { ...process.env, ...env },
      ...(cwd !== undefined && { cwd }),
      stdin: "pipe",
      stdout: "pipe",
      stderr: "ignore",
    });
    this.pid = this.#process.pid;
    void this.#read();
  }

  /** A server that has shaken hands. */
  static async open(argv: string[], options: ClientOptions = {}): Promise<Client> {
    const client = new Client(argv, options);
    await client.initialize();
    return client;
  }

  async initialize(): Promise<void> {
    const clientInfo = { name: "bench", version: "1" };
    await this.request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
    this.#send({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  async discover(): Promise<void> {
    await this.request("server/discover", modern());
  }

  /** The result of a request; an error is thrown. */
  request<T = Record<string, unknown>>(method: string, params: object = {}): Promise<T> {
    return this.#ask(method, params).then(({ answer }) => answer as T);
  }

  /** What a tool answers; a refusal is thrown. */
  async call(name: string, args: object = {}): Promise<Reply> {
    const { answer, bytes } = await this.#ask("tools/call", { name, arguments: args });
    const result = answer as {
      content?: { text?: string }[];
      structuredContent?: Record<string, unknown>;
      isError?: boolean;
    };
    const text = (result.content ?? []).map((part) => part.text ?? "").join("\n");
    if (result.isError) throw new Error(`${name}: ${text}`);
    return { text, structured: result.structuredContent ?? {}, bytes };
  }

  /** Leaves as a client does, and ends the server if it stays. */
  async close(): Promise<void> {
    void this.#process.stdin.end();
    const stays = setTimeout(() => this.#process.kill("SIGKILL"), 2_000);
    await this.#process.exited;
    clearTimeout(stays);
  }

  async #ask(method: string, params: object): Promise<{ answer: unknown; bytes: number }> {
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<{ answer: unknown; bytes: number }>();
    this.#waiting.set(id, ({ result, error }, bytes) => {
      if (error === undefined) resolve({ answer: result, bytes });
      else reject(new Error(`${method}: ${JSON.stringify(error)}`));
    });
    this.#send({ jsonrpc: "2.0", id, method, params });
    const early = this.#process.exited.then((code) => {
      throw new Error(`the server left with ${code} before it answered ${method}`);
    });
    return Promise.race([promise, early]);
  }

  #send(message: object): void {
    void this.#process.stdin.write(`${JSON.stringify(message)}\n`);
    void this.#process.stdin.flush();
  }

  async #read(): Promise<void> {
    for await (const lines of linesOf(this.#process.stdout)) {
      for (const line of lines) if (line.startsWith("{")) this.#take(line);
    }
  }

  #take(line: string): void {
    const message = JSON.parse(line) as Answer & { id?: number; method?: string };
    if (message.method !== undefined || message.id === undefined) {
      // A server that asks the client something has to hear that nobody answers.
      if (message.id !== undefined)
        this.#send({ jsonrpc: "2.0", id: message.id, error: { code: -32601, message: "no such method" } });
      return;
    }
    this.#waiting.get(message.id)?.(message, Buffer.byteLength(line));
    this.#waiting.delete(message.id);
  }
}

/** Tool calls as a model makes them, counted. */
export class Conversation {
  calls = 0;
  bytes = 0;
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** The text that comes back. */
  async call(name: string, args: object): Promise<string> {
    const { text } = await this.#client.call(name, args);
    this.calls += 1;
    this.bytes += Buffer.byteLength(JSON.stringify({ name, arguments: args })) + Buffer.byteLength(text);
    return text;
  }
}
