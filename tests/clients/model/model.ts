// A model on this machine that says what a script tells it to, to whichever host asks: no network, no chance, no cost.

import { anthropic } from "./anthropic.ts";
import { completions } from "./completions.ts";
import type { Answer, Body, Dialect } from "./dialect.ts";
import { gemini } from "./gemini.ts";
import { responses } from "./responses.ts";
import { type Script, type Sent, shown, type Turn } from "./script.ts";

const DIALECTS: Dialect[] = [anthropic, responses, completions, gemini];

/** The tool that tells the agent's own requests from those for a title or a summary. */
const OURS = "start_task";

export class ScriptedModel {
  /** Every request of the agent, in order. */
  readonly sent: Sent[] = [];
  /** What went wrong here: a call of a tool that the host doesn't show. */
  readonly faults: string[] = [];
  readonly #script: Script;
  readonly #connecting: Turn | undefined;
  #connectingTurns = 0;
  readonly #server: Bun.Server<undefined>;

  /** `connecting` is said, again and again, to a host that asks before it has our tools. Without it such a request is for a title. */
  constructor(script: Script, connecting?: Turn) {
    this.#script = script;
    this.#connecting = connecting;
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: (request) => this.#take(request),
    });
  }

  get url(): string {
    return this.#server.url.origin;
  }

  /** Whether the agent has asked anything. */
  get heard(): boolean {
    return this.sent.length > 0 || this.#connectingTurns > 0;
  }

  /** What answered the agent's calls, all of them, as of its last request. */
  get results(): string[] {
    return this.sent.at(-1)?.results ?? [];
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }

  async #take(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname;
    const dialect = request.method === "POST" ? DIALECTS.find((one) => one.asks(path)) : undefined;
    if (!dialect) return new Response("not found", { status: 404 });
    const body = (await request.json()) as Body;
    const sent = dialect.read(body);
    return dialect.answer(await this.#next(sent), { path, body });
  }

  async #next(sent: Sent): Promise<Answer> {
    if (!shown(sent.tools, OURS)) {
      if (!this.#connecting || sent.tools.length === 0) return { text: "Title" };
      this.#connectingTurns += 1;
      await Bun.sleep(200);
      return this.#inTheirNames(this.#connecting, sent);
    }
    const heard = { ...sent, results: sent.results.slice(this.#connectingTurns) };
    const turn = this.#script(heard, this.sent.length);
    this.sent.push(heard);
    return this.#inTheirNames(turn, heard);
  }

  #inTheirNames(turn: Turn, { tools }: Sent): Answer {
    if ("text" in turn) return turn;
    const calls = turn.calls.map(({ tool: name, args }) => {
      const tool = shown(tools, name);
      if (!tool) this.faults.push(`there is no tool ${name} among ${tools.map((one) => one.name).join(", ")}`);
      return {
        id: `call_${crypto.randomUUID().replaceAll("-", "").slice(0, 20)}`,
        tool: tool ?? { name, description: "" },
        args,
      };
    });
    return { calls };
  }
}
