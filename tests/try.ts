// `bun run try`: the main job, on a real package's test suite, through a real MCP client. Needs no network and leaves nothing behind.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "..");
const home = mkdtempSync(join(tmpdir(), "backburner-try-"));
const client = new Client({ name: "try", version: "1" });
await client.connect(
  new StdioClientTransport({
    command: join(ROOT, "dist/backburner"),
    args: ["mcp"],
    env: { ...(process.env as Record<string, string>), BACKBURNER_HOME: home },
  }),
);

async function call(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
  console.log(`\n→ ${name} ${JSON.stringify(args)}`);
  const began = performance.now();
  const { structuredContent } = await client.callTool({ name, arguments: args });
  const { output, tasks, ...rest } = structuredContent as Record<string, unknown>;
  console.log(`← ${(performance.now() - began).toFixed(1)} ms ${JSON.stringify(rest)}`);
  if (typeof output === "string") console.log(output.replaceAll(/^/gm, "   | ").trimEnd());
  return { output, tasks, ...rest };
}

console.log("An agent starts a test suite and a server in the background …");
const suite = await call("start_task", {
  command: "npx tape 'test/*.js' | tail -n 5",
  cwd: join(ROOT, "node_modules/minimist"),
  name: "test suite",
});
const server = await call("start_task", { command: "sh -c 'setsid sleep 300 & wait'", name: "dev server" });

console.log("\n… goes on with other work, and waits once, without polling:");
await call("list_tasks", { limit: 5 });
await call("wait_task", { task_ids: [suite.task_id] });
await call("task_result", { task_id: suite.task_id, tail_lines: 10 });

console.log("\nThe server's whole process tree ends when it is told to:");
await call("cancel_task", { task_id: server.task_id });
await client.close();
rmSync(home, { recursive: true, force: true });
