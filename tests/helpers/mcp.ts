// The MCP door by hand: raw lines to a server of the compiled binary, and every message that comes back.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY } from "./home.ts";
import { type Asked, SchemaCheck } from "./schema-check.ts";
import { linesOf } from "./lines.ts";

export interface Message {
  id?: number | string | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string };
}

/** What a tool call is answered with. */
export interface ToolReply {
  content: { type: string; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

/** Parameters of a request of 2026-07-28, which says itself who asks. */
export function modern(params: Record<string, unknown> = {}): Record<string, unknown> {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  return { ...params, _meta: meta };
}

export interface WireOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Words before the server's own: a program that starts it in another surrounding. */
  via?: string[];
  /** A file that takes what the server complains of; default: our own stderr. */
  complaints?: string;
  /** Behind `mcp`. */
  args?: string[];
  /** argv of another server than ours. */
  command?: string[];
  /** What the client says it can do, in `initialize`. */
  capabilities?: Record<string, unknown>;
  /** Another build than the product. */
  binary?: string;
  /** The revision that the client asks for in `initialize`. */
  revision?: string;
  /** Answers to what the server asks, by method. */
  answers?: Record<string, unknown>;
}

/** A connection on which anything can be sent, also what is no message. What comes back is held against the revision's schema. */
export class Wire {
  /** All that has come, in order. */
  readonly messages: Message[] = [];
  readonly pid: number;
  readonly #process;
  /** What came, by the revision whose schema it was held against. */
  readonly schemas = new SchemaCheck();
  readonly #asked = new Map<number, Asked & PromiseWithResolvers<Message>>();
  readonly #answers: Record<string, unknown>;
  #nextId = 1;

  constructor(home: string, options: WireOptions = {}) {
    this.#answers = options.answers ?? {};
    const command = options.command ?? [
      ...(options.via ?? []),
      options.binary ?? BINARY,
      "mcp",
      ...(options.args ?? []),
    ];
    this.#process = Bun.spawn(command, {
      env: { ...process.env, BACKBURNER_HOME: home, ...options.env },
      stdin: "pipe",
      stdout: "pipe",
      stderr: options.complaints === undefined ? "inherit" : Bun.file(options.complaints),
      ...(options.cwd !== undefined && { cwd: options.cwd }),
    });
    this.pid = this.#process.pid;
    void this.#read();
  }

  /** Starts a server and shakes hands in the way of the initialize era. */
  static async open(home: string, options: WireOptions = {}): Promise<Wire> {
    const wire = new Wire(home, options);
    await wire.shakeHands(options.capabilities, options.revision);
    return wire;
  }

  async shakeHands(capabilities: Record<string, unknown> = {}, protocolVersion = "2025-11-25"): Promise<void> {
    const clientInfo = { name: "test", version: "1" };
    await this.request("initialize", { protocolVersion, capabilities, clientInfo });
    this.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  send(message: unknown): void {
    this.sendBytes(`${JSON.stringify(message)}\n`);
  }

  sendBytes(bytes: string | Uint8Array): void {
    void this.#process.stdin.write(bytes);
    void this.#process.stdin.flush();
  }

  /** Sends a request without waiting for its answer. Returns its id. */
  ask(method: string, params: Record<string, unknown>): number {
    const id = this.#nextId++;
    this.#asked.set(id, { ...Promise.withResolvers<Message>(), method, params });
    this.schemas.asked({ method, params });
    this.send({ jsonrpc: "2.0", id, method, params });
    return id;
  }

  askTool(name: string, args: Record<string, unknown>, meta?: Record<string, unknown>): number {
    return this.ask("tools/call", { name, arguments: args, ...(meta && { _meta: meta }) });
  }

  answer(id: number): Promise<Message> {
    const asked = this.#asked.get(id);
    return asked ? asked.promise : Promise.reject(new Error(`nothing was asked with id ${id}`));
  }

  request(method: string, params: Record<string, unknown>): Promise<Message> {
    return this.answer(this.ask(method, params));
  }

  async tool(name: string, args: Record<string, unknown> = {}): Promise<ToolReply> {
    const { result, error } = await this.request("tools/call", { name, arguments: args });
    if (!result) throw new Error(`${name}: ${JSON.stringify(error)}`);
    return result as unknown as ToolReply;
  }

  /** The structured answer of a call that must not be refused. */
  async call<T = Record<string, unknown>>(name: string, args: Record<string, unknown> = {}): Promise<T> {
    const reply = await this.tool(name, args);
    if (reply.isError) throw new Error(reply.content[0]?.text);
    return reply.structuredContent as T;
  }

  /** Ends stdin, as a client that leaves does. Returns the exit code of the server. */
  async close(): Promise<number> {
    await this.#process.stdin.end();
    return this.#process.exited;
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }

  async #read(): Promise<void> {
    for await (const lines of linesOf(this.#process.stdout)) {
      for (const line of lines) this.#take(JSON.parse(line) as Message);
    }
  }

  #take(message: Message): void {
    this.messages.push(message);
    const asked = message.method === undefined ? this.#asked.get(Number(message.id)) : undefined;
    this.schemas.note(message, asked);
    asked?.resolve(message);
    if (message.method === undefined || message.id === undefined) return;
    const result = this.#answers[message.method];
    this.send({
      jsonrpc: "2.0",
      id: message.id,
      ...(result === undefined ? { error: { code: -32601, message: "no such method" } } : { result }),
    });
  }
}

/** A command that goes on until `open(…)` is called, then prints a line and exits with the code. */
export class Gate {
  readonly command: string;
  readonly #path: string;

  constructor(directory: string, name: string, exitCode = 0) {
    this.#path = join(directory, `gate-${name}`);
    this.command = `while [ ! -e '${this.#path}' ]; do sleep 0.02; done; echo '${name} is through'; exit ${exitCode}`;
  }

  open(): void {
    writeFileSync(this.#path, "");
  }
}
