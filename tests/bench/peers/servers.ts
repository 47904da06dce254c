// MCP servers that run commands in the background, by one set of verbs, each with a home of its own.

import { type Bench, directory } from "../bench.ts";
import { Client, type Conversation } from "../client.ts";
import type { Contender, Probe } from "../experiment.ts";
import type { Installed, PeerName } from "./install.ts";

interface Dialect {
  env?: Record<string, string>;
  /** Starts a command of the shell as briefly as it lets itself be asked; its id. */
  start(client: Client, command: string): Promise<string>;
  cancel(client: Client, id: string): Promise<unknown>;
  /** Starts it, looks at it again and again, and gets its output at the end; what came last. */
  learn(conversation: Conversation, command: string, next: () => Promise<void>): Promise<string>;
}

const DIALECTS: Partial<Record<PeerName, Dialect>> = {
  DesktopCommander: {
    async start(client, command) {
      const { text } = await client.call("start_process", { command, timeout_ms: 1 });
      return /PID (\d+)/.exec(text)?.[1] ?? "";
    },
    cancel: (client, id) => client.call("force_terminate", { pid: Number(id) }),
    async learn(conversation, command, next) {
      const started = await conversation.call("start_process", { command, timeout_ms: 1 });
      const pid = Number(/PID (\d+)/.exec(started)?.[1]);
      for (;;) {
        await next();
        // What is new since the last look, and at the end the exit code.
        const text = await conversation.call("read_process_output", { pid, timeout_ms: 1 });
        if (text.includes("exit code")) return text;
      }
    },
  },
  "manage-bg-mcp": {
    async start(client, command) {
      const { text } = await client.call("start", { command: "sh", args: ["-c", command] });
      return (JSON.parse(text) as { processId: string }).processId;
    },
    cancel: (client, id) => client.call("stop", { processId: id }),
    async learn(conversation, command, next) {
      const started = await conversation.call("start", { command: "sh", args: ["-c", command] });
      const { processId } = JSON.parse(started) as { processId: string };
      for (;;) {
        await next();
        const info = await conversation.call("get_info", { processId });
        if (!info.includes('"running"')) return conversation.call("get_logs", { processId, lines: 100 });
      }
    },
  },
};

/** A peer's server, and how to spawn another. */
export class PeerServer {
  readonly name: PeerName;
  readonly scratch: string;
  readonly #argv: string[];
  readonly #dialect: Dialect;

  constructor({ name, argv }: Installed, dialect: Dialect, scratch: string) {
    this.name = name;
    this.scratch = scratch;
    this.#argv = argv;
    this.#dialect = dialect;
  }

  spawn(): Client {
    return new Client(this.#argv, { env: { HOME: this.scratch }, cwd: this.scratch });
  }

  async open(): Promise<Client> {
    const client = this.spawn();
    await client.initialize();
    return client;
  }

  start(client: Client, command: string): Promise<string> {
    return this.#dialect.start(client, command);
  }

  cancel(client: Client, id: string): Promise<unknown> {
    return this.#dialect.cancel(client, id);
  }

  learn(conversation: Conversation, command: string, next: () => Promise<void>): Promise<string> {
    return this.#dialect.learn(conversation, command, next);
  }
}

/** All that are installed. */
export function servers(
  bench: Bench,
  open: (server: PeerServer) => Promise<Probe>,
  rounds: Partial<Record<string, number>> = {},
): Contender[] {
  return bench.found.installed.flatMap((peer): Contender[] => {
    const { name } = peer;
    const dialect = DIALECTS[name];
    if (!dialect) return [];
    return [
      {
        name,
        kind: "peer",
        ...(rounds[name] !== undefined && { rounds: rounds[name] }),
        open: () => open(new PeerServer(peer, dialect, directory(bench, name))),
      },
    ];
  });
}
