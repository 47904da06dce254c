// Us as a contender: a home, a server of a given binary with the verbs that experiments need, and the CLI.

import { readText, waitUntil } from "../helpers/home.ts";
import { type Bench, directory } from "./bench.ts";
import { Client } from "./client.ts";
import type { Contender, Probe } from "./experiment.ts";

/** A contender for each binary of ours; they run the same. */
export function ours(bench: Bench, open: (binary: string, size: number) => Promise<Probe>): Contender[] {
  const binaries: [string, string | undefined][] = [
    ["backburner", bench.binary],
    ["against", bench.against],
  ];
  return binaries.flatMap(([name, binary]) =>
    binary === undefined ? [] : [{ name, kind: "ours", open: (size) => open(binary, size) }],
  );
}

/** A task as tools answer with it, as far as experiments look. */
export interface Shown {
  task_id: string;
  status: string;
  pid?: number;
  log_path: string;
  survivors?: unknown[];
}

export class OurServer extends Client {
  readonly home: string;
  readonly #binary: string;

  constructor(bench: Bench, binary: string, env: Record<string, string> = {}, home = directory(bench, "home")) {
    super([binary, "mcp"], { env: { ...env, BACKBURNER_HOME: home } });
    this.home = home;
    this.#binary = binary;
  }

  static async start(bench: Bench, binary: string, env: Record<string, string> = {}, home?: string) {
    const server = new OurServer(bench, binary, env, home);
    await server.initialize();
    return server;
  }

  async shown(tool: string, args: object): Promise<Shown> {
    return (await this.call(tool, args)).structured as unknown as Shown;
  }

  startTask(command: string, more: object = {}): Promise<Shown> {
    return this.shown("start_task", { command, ...more });
  }

  status(taskId: string): Promise<Shown> {
    return this.shown("task_status", { task_id: taskId });
  }

  /** The task once its command runs. */
  running(taskId: string): Promise<Shown & { pid: number }> {
    return waitUntil("the command runs", async () => {
      const task = await this.status(taskId);
      return task.pid !== undefined && { ...task, pid: task.pid };
    });
  }

  cancel(taskId: string, graceSeconds = 1): Promise<Shown> {
    return this.shown("cancel_task", { task_id: taskId, grace_seconds: graceSeconds });
  }

  /** Resolves when all have ended. */
  async ended(taskIds: string[]): Promise<Shown[]> {
    for (;;) {
      const { structured } = await this.call("wait_task", { task_ids: taskIds, timeout_seconds: 50 });
      if (structured.reason === "ended") return structured.tasks as Shown[];
    }
  }

  /** The binary as a person calls it, to its end. */
  async cli(...args: string[]): Promise<string> {
    const run = Bun.spawn([this.#binary, ...args], {
      env: { ...process.env, BACKBURNER_HOME: this.home },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    const printed = await run.stdout.text();
    await run.exited;
    return printed.trim();
  }
}

/** Sum of fields of smaps_rollup (proc_pid_smaps(5)). */
export function memoryKiB(pid: number, fields: string[]): number {
  const rollup = readText(`/proc/${pid}/smaps_rollup`);
  return fields.reduce((sum, field) => sum + Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0), 0);
}
