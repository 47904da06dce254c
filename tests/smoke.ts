// Whether one binary does the main job here, on whichever system: `bun run smoke ARCHIVE-OR-BINARY`, a released archive or what is in it.
// `bun run smoke wine backburner.exe`: words before the binary are what starts it.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { version } from "../package.json";
import { unpackInto } from "./helpers/release.ts";

const place = mkdtempSync(join(tmpdir(), "backburner-smoke-"));
const words = process.argv.slice(2);
const given = resolve(words.pop() ?? "dist/backburner");
const binary = /\.(zip|tar\.gz)$/.test(given) ? unpackInto(given, place) : given;
const command = [...words, binary];
const env = { ...process.env, BACKBURNER_HOME: join(place, "home") } as Record<string, string>;
/** As its shell there knows it. */
const threeSeconds = binary.endsWith(".exe") ? "ping -n 4 127.0.0.1 > NUL" : "sleep 3";

interface Shown {
  task_id: string;
  status: string;
  exit_code?: number;
  output?: string;
}

async function connected(): Promise<Client> {
  const [program = "", ...args] = command;
  const client = new Client({ name: "smoke", version: "1" });
  await client.connect(new StdioClientTransport({ command: program, args: [...args, "mcp"], env, cwd: place }));
  return client;
}

async function call<T = Shown>(client: Client, name: string, args: object): Promise<T> {
  const reply = await client.callTool({ name, arguments: { ...args } });
  if (reply.isError === true) throw new Error(`${name} was refused: ${JSON.stringify(reply.content)}`);
  return reply.structuredContent as T;
}

/** Says what holds and how long that took; ends everything when it doesn't. */
async function holds(what: string, proof: () => Promise<unknown>): Promise<void> {
  const before = performance.now();
  const found = await proof();
  if (found !== true) throw new Error(`not so: ${what}; it was ${JSON.stringify(found)}`);
  console.log(`ok  ${what} (${(performance.now() - before).toFixed(0)} ms)`);
}

try {
  await holds("it says its version", async () => {
    const { stdout } = Bun.spawnSync([...command, "--version"], { env });
    return stdout.toString().includes(version) || stdout.toString();
  });
  await holds("a task comes back with its output and its exit code", async () => {
    const client = await connected();
    const ran = await call(client, "start_task", { command: "echo smoke&& exit 3", wait_seconds: 30 });
    await client.close();
    return (ran.status === "failed" && ran.exit_code === 3 && ran.output?.trim() === "smoke") || ran;
  });
  await holds("a task outlives the server that started it", async () => {
    const first = await connected();
    const { task_id } = await call(first, "start_task", { command: `${threeSeconds}&& exit 4` });
    await first.close();
    const second = await connected();
    const { tasks } = await call<{ tasks: Shown[] }>(second, "wait_task", { task_ids: [task_id] });
    await second.close();
    return (tasks[0]?.status === "failed" && tasks[0].exit_code === 4) || tasks;
  });
  await holds("a task is cancelled", async () => {
    const client = await connected();
    const { task_id } = await call(client, "start_task", { command: threeSeconds });
    const ended = await call(client, "cancel_task", { task_id, grace_seconds: 1 });
    await client.close();
    return ended.status === "cancelled" || ended;
  });
  await holds("the command line lists all three", async () => {
    const { stdout } = Bun.spawnSync([...command, "list", "--json"], { env });
    return (JSON.parse(stdout.toString()) as { total: number }).total === 3 || stdout.toString();
  });
} finally {
  rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
