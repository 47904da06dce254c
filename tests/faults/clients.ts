// A server and a CLI as a client of them has them: each may be killed at any moment, and then answers nothing any more.

import type { Place } from "./targets.ts";
import { linesOf } from "../helpers/lines.ts";

/** The process was killed before it answered. */
export class Gone extends Error {}
/** The call was answered with a refusal. */
export class Refused extends Error {}

export const MAX_TASKS = 24;

function environmentOf({ home }: Place): Record<string, string | undefined> {
  return { ...process.env, BACKBURNER_HOME: home, BACKBURNER_MAX_TASKS: String(MAX_TASKS) };
}

/** One `backburner mcp`. */
export class ServerClient {
  readonly pid: number;
  #process;
  #nextId = 1;
  readonly #asked = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  isGone = false;

  constructor(place: Place) {
    this.#process = Bun.spawn([place.binary, "mcp"], {
      env: environmentOf(place),
      cwd: place.home,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "ignore",
    });
    this.pid = this.#process.pid;
    void this.#read();
    const clientInfo = { name: "faults", version: "1" };
    void this.#request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo }).catch(() => {});
    this.#send({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  /** The structured answer. Throws Gone or Refused. */
  async call(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
    const result = await this.#request("tools/call", { name, arguments: args });
    if (result.isError === true) throw new Refused((result.content as { text: string }[])[0]?.text);
    return result.structuredContent as Record<string, unknown>;
  }

  /** Resolves once it has left. */
  async close(): Promise<void> {
    if (!this.isGone) await this.#process.stdin.end();
    await this.#process.exited;
  }

  async #request(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>> {
    if (this.isGone) throw new Gone();
    const id = this.#nextId++;
    const answer = Promise.withResolvers<Record<string, unknown>>();
    this.#asked.set(id, answer);
    this.#send({ jsonrpc: "2.0", id, method, params });
    return answer.promise.finally(() => this.#asked.delete(id));
  }

  #send(message: unknown): void {
    try {
      void Promise.resolve(this.#process.stdin.write(`${JSON.stringify(message)}\n`)).catch(() => {});
      void Promise.resolve(this.#process.stdin.flush()).catch(() => {});
    } catch {} // it is gone, which the end of its stdout tells
  }

  async #read(): Promise<void> {
    for await (const lines of linesOf(this.#process.stdout)) {
      for (const line of lines) {
        const { id, result, error } = JSON.parse(line) as {
          id: number;
          result?: Record<string, unknown>;
          error?: unknown;
        };
        if (result) this.#asked.get(id)?.resolve(result);
        else if (error !== undefined) this.#asked.get(id)?.reject(new Refused(JSON.stringify(error)));
      }
    }
    await this.#process.exited;
    this.isGone = true;
    for (const asked of this.#asked.values()) asked.reject(new Gone());
  }
}

/** Runs one CLI command to its end. Throws Gone when it was killed. */
export async function runCli(place: Place, args: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  const running = Bun.spawn([place.binary, ...args], {
    env: environmentOf(place),
    cwd: place.home,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(running.stdout).text(),
    new Response(running.stderr).text(),
    running.exited,
  ]);
  if (running.signalCode !== null) throw new Gone(stdout);
  return { stdout, stderr, code };
}
