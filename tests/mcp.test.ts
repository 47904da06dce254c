// The MCP door as clients of both generations see it, and what it survives.

import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Client as ModernClient, type VersionNegotiationMode } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernTransport } from "@modelcontextprotocol/client/stdio";
import { Client as FirstClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as FirstTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { BINARY, isRunning, newHome, waitUntil } from "./helpers/home.ts";
import { Gate, Wire } from "./helpers/mcp.ts";
import type { Shown } from "./helpers/server.ts";
import { version } from "../package.json";

type CallTool = (name: string, args: Record<string, unknown>) => Promise<unknown>;

/** Starts a task, does other things while it runs, waits for it and reads its output. */
async function mainJob(call: CallTool, directory: string): Promise<void> {
  const gate = new Gate(directory, "job", 3);
  const started = (await call("start_task", { command: `echo begins; ${gate.command}`, name: "the job" })) as Shown;
  expect(["queued", "working"]).toContain(started.status);
  expect(await call("list_tasks", {})).toMatchObject({ total: 1, tasks: [{ task_id: started.task_id }] });
  const meanwhile = (await call("task_status", { task_id: "the job" })) as Shown;
  expect(["queued", "working"]).toContain(meanwhile.status);
  gate.open();
  const waited = await call("wait_task", { task_ids: [started.task_id] });
  const end = { task_id: started.task_id, status: "failed", exit_code: 3, output: "begins\njob is through\n" };
  expect(waited).toMatchObject({ reason: "ended", tasks: [end] });
  expect(await call("task_result", { task_id: "the job" })).toMatchObject({ ...end, output_total_lines: 2 });
}

const serverOf = (home: string) => ({
  command: BINARY,
  args: ["mcp"],
  env: { ...(process.env as Record<string, string>), BACKBURNER_HOME: home },
});

test("a client of the initialize era runs the main job", async () => {
  const home = newHome();
  const client = new FirstClient({ name: "first", version: "1" });
  await client.connect(new FirstTransport(serverOf(home)));
  expect(client.getServerVersion()).toMatchObject({ name: "backburner", version });
  expect((await client.listTools()).tools).toHaveLength(7); // it checks every result against its schema from here on
  await mainJob(async (name, args) => (await client.callTool({ name, arguments: args })).structuredContent, home);
  await client.close();
});

test.each<[string, VersionNegotiationMode, string]>([
  ["as for old servers", "legacy", "2025-11-25"],
  ["that finds out", "auto", "2026-07-28"],
  ["pinned to 2026-07-28", { pin: "2026-07-28" }, "2026-07-28"],
])("a client of the second SDK runs the main job, %s", async (_, mode, revision) => {
  const home = newHome();
  const client = new ModernClient({ name: "modern", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(new ModernTransport(serverOf(home)));
  expect(client.getNegotiatedProtocolVersion()).toBe(revision);
  expect((await client.listTools()).tools).toHaveLength(7);
  await mainJob(async (name, args) => (await client.callTool({ name, arguments: args })).structuredContent, home);
  await client.close();
});

test("the text of a reply holds all that its structured content holds", async () => {
  const wire = await Wire.open(newHome());
  const reply = await wire.tool("start_task", { command: "echo both", wait_seconds: 20 });
  expect(reply.structuredContent).toMatchObject({ status: "completed", output: "both\n" });
  expect(JSON.parse(reply.content[0]?.text ?? "")).toEqual(reply.structuredContent);
  await wire.close();
});

test("malformed JSON, invalid UTF-8 and what is no message are answered, and a normal call still works", async () => {
  const wire = await Wire.open(newHome());
  const bad: [string | Uint8Array, number | null, number][] = [
    ['{"jsonrpc":"2.0","id":1,\n', null, -32700],
    [new Uint8Array([0xff, 0xfe, 0x80, 0x0a]), null, -32700],
    [
      Buffer.concat([
        Buffer.from('{"jsonrpc":"2.0","id":77,"method":"ping","params":{"a":"'),
        Buffer.from([0xff]),
        Buffer.from('"}}\n'),
      ]),
      77,
      -32700,
    ],
    ["[]\n", null, -32600],
    ['{"id":78,"method":"ping"}\n', 78, -32600],
  ];
  for (const [bytes, id, code] of bad) {
    const before = wire.messages.length;
    wire.sendBytes(bytes);
    const reply = await waitUntil("the bad line is answered", () => wire.messages[before]);
    expect(reply).toMatchObject({ id, error: { code } });
  }
  wire.sendBytes("\n\r\n");
  expect(await wire.call("list_tasks")).toEqual({ tasks: [], total: 0 });
  await wire.close();
});

test("a line of 20 MB gets an answer, one of 40 MB a refusal, and the server goes on", async () => {
  const wire = await Wire.open(newHome());
  const reply = await wire.tool("start_task", { command: "#".repeat(20 * 2 ** 20) });
  expect(reply.isError).toBe(true);
  expect(reply.content[0]?.text).toContain("the command is 20971520 bytes long");
  const before = wire.messages.length;
  wire.sendBytes(`${"x".repeat(40 * 2 ** 20)}\n`);
  const refusal = await waitUntil("the long line is answered", () => wire.messages[before]);
  expect(refusal).toMatchObject({ id: null, error: { code: -32600 } });
  expect(await wire.call("list_tasks")).toEqual({ tasks: [], total: 0 });
  await wire.close();
});

test("at the end of stdin the server leaves, its task runs on, and another server reads the true exit code", async () => {
  const home = newHome();
  const gate = new Gate(home, "left behind", 7);
  const first = await Wire.open(home);
  const { task_id } = await first.call<Shown>("start_task", { command: gate.command });
  const pid = await waitUntil(
    "the command runs",
    async () => (await first.call<Shown>("task_status", { task_id })).pid,
  );
  expect(await first.close()).toBe(0);
  expect(isRunning(pid)).toBe(true);

  const second = await Wire.open(home);
  expect(await second.call("task_status", { task_id })).toMatchObject({ status: "working", pid });
  gate.open();
  await second.call("wait_task", { task_ids: [task_id] });
  const end = { status: "failed", exit_code: 7, output: "left behind is through\n" };
  expect(await second.call("task_result", { task_id })).toMatchObject(end);
  await second.close();
});

test("the end of stdin ends the server also while a call waits", async () => {
  const home = newHome();
  const gate = new Gate(home, "waited for");
  const wire = await Wire.open(home);
  const { task_id } = await wire.call<Shown>("start_task", { command: gate.command });
  wire.askTool("wait_task", { task_ids: [task_id] });
  expect(await wire.close()).toBe(0);
  gate.open();
});

test("what was asked before the end of stdin is still answered", async () => {
  const server = Bun.spawn([BINARY, "mcp"], {
    env: { ...process.env, BACKBURNER_HOME: newHome() },
    stdin: new Blob([
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}\n',
      '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"list_tasks","arguments":{}}}',
    ]),
    stdout: "pipe",
  });
  const replies = (await new Response(server.stdout).text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(replies).toMatchObject([
    { id: 1, result: { protocolVersion: "2024-11-05" } },
    { id: 2, result: { structuredContent: { total: 0 } } },
  ]);
  expect(await server.exited).toBe(0);
});

test("a server whose replies nobody reads any more leaves", async () => {
  const server = spawn(BINARY, ["mcp"], {
    env: { ...process.env, BACKBURNER_HOME: newHome() },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => server.once("exit", resolve));
  server.stdin.on("error", () => {}); // it may be gone before all is written
  server.stdout.destroy();
  server.stdin.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
  expect(await exited).toBe(0);
});

test("a wrong setting or argument is one line on stderr and exit 2", async () => {
  const cases: [string[], Record<string, string>, string][] = [
    [
      ["mcp"],
      { BACKBURNER_MAX_TASKS: "many" },
      'BACKBURNER_MAX_TASKS is "many"; expected a whole number from 1 to 1000',
    ],
    [["mcp", "--frob"], {}, '"backburner mcp" takes no argument "--frob"; leave it out'],
  ];
  for (const [args, env, line] of cases) {
    const server = Bun.spawn([BINARY, ...args], {
      env: { ...process.env, BACKBURNER_HOME: newHome(), ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    expect(await new Response(server.stderr).text()).toBe(`backburner: ${line}\n`);
    expect(await new Response(server.stdout).text()).toBe("");
    expect(await server.exited).toBe(2);
  }
});

test("a server that was started in / runs tasks in the client's first root, which it asks for once", async () => {
  const root = realpathSync(newHome());
  const wire = await Wire.open(newHome(), {
    cwd: "/",
    capabilities: { roots: {} },
    answers: { "roots/list": { roots: [{ uri: pathToFileURL(root).href }, { uri: "file:///" }] } },
  });
  for (const _ of [1, 2]) {
    const task = await wire.call("start_task", { command: "pwd", wait_seconds: 20 });
    expect(task).toMatchObject({ cwd: root, output: `${root}\n` });
  }
  expect(wire.messages.filter(({ method }) => method === "roots/list")).toHaveLength(1);
  await wire.close();
});

test("a server that was started in / stays there for a client without roots, and another one never asks", async () => {
  const without = await Wire.open(newHome(), { cwd: "/" });
  expect(await without.call("start_task", { command: "true" })).toMatchObject({ cwd: "/" });
  await without.close();
  const home = realpathSync(newHome());
  const elsewhere = await Wire.open(home, { cwd: home, capabilities: { roots: {} } });
  expect(await elsewhere.call("start_task", { command: "true" })).toMatchObject({ cwd: home });
  expect(elsewhere.messages.some(({ method }) => method === "roots/list")).toBe(false);
  await elsewhere.close();
});
