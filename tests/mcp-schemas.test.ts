// What MCP clients see of the tools, frozen; its size; and that what is sent is what was declared.

import { expect, test } from "bun:test";
import { Ajv } from "ajv";
import { cli, cliJson } from "./helpers/cli.ts";
import { newHome, waitUntil } from "./helpers/home.ts";
import { Gate, Wire } from "./helpers/mcp.ts";
import type { Shown } from "./helpers/server.ts";

interface Schema {
  type: string;
  properties: Record<string, Record<string, unknown>>;
  required?: string[];
  additionalProperties?: boolean;
}
interface Declared {
  name: string;
  title: string;
  description: string;
  annotations: Record<string, boolean>;
  _meta: Record<string, unknown>;
  inputSchema: Schema;
  outputSchema: Schema;
}

async function declared(): Promise<{ tools: Declared[]; instructions: string }> {
  const wire = new Wire(newHome());
  const hello = await wire.request("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
  const list = await wire.request("tools/list", {});
  await wire.close();
  return { tools: list.result?.tools as Declared[], instructions: hello.result?.instructions as string };
}

test("the tools and their parameters are these", async () => {
  const { tools } = await declared();
  const shape = tools.map(({ name, inputSchema }) => [
    name,
    inputSchema.required ?? [],
    Object.fromEntries(
      Object.entries(inputSchema.properties).map(([key, value]) => [
        key,
        "default" in value ? [value.type, value.default] : [value.type],
      ]),
    ),
  ]);
  expect(shape).toEqual([
    [
      "start_task",
      ["command"],
      {
        command: ["string"],
        cwd: ["string"],
        timeout_seconds: ["number"],
        idle_timeout_seconds: ["number"],
        name: ["string"],
        env: ["object"],
        stdin: ["string"],
        interactive: ["boolean", false],
        pty: ["boolean", false],
        wait_seconds: ["number", 0],
      },
    ],
    ["task_status", ["task_id"], { task_id: ["string"] }],
    [
      "task_result",
      ["task_id"],
      {
        task_id: ["string"],
        tail_lines: ["integer", 100],
        stream: ["string", "all"],
        since: ["integer"],
        new_only: ["boolean", false],
        grep: ["string"],
        context_lines: ["integer", 0],
        max_chars: ["integer", 30000],
        raw: ["boolean", false],
      },
    ],
    [
      "wait_task",
      ["task_ids"],
      { task_ids: ["array"], until: ["string", "all"], pattern: ["string"], timeout_seconds: ["number", 45] },
    ],
    [
      "send_input",
      ["task_id"],
      { task_id: ["string"], input: ["string", ""], eof: ["boolean", false], wait_seconds: ["number", 1] },
    ],
    ["cancel_task", ["task_id"], { task_id: ["string"], grace_seconds: ["number", 5] }],
    ["list_tasks", [], { limit: ["integer", 20], status: ["string"], offset: ["integer", 0] }],
  ]);
  for (const { inputSchema } of tools) expect(inputSchema.additionalProperties).toBe(false);
});

test("what the tools do to the world is declared", async () => {
  const { tools } = await declared();
  const reading = { readOnlyHint: true, openWorldHint: false };
  expect(Object.fromEntries(tools.map(({ name, annotations }) => [name, annotations]))).toEqual({
    start_task: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    task_status: reading,
    task_result: reading,
    wait_task: reading,
    send_input: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    cancel_task: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    list_tasks: reading,
  });
});

test("names and first sentences hold the words that people search for", async () => {
  const { tools } = await declared();
  const searched = tools.map(({ name, description }) => `${name} ${description.split(/\. |: use/)[0]}`).join("\n");
  for (const word of ["background", "long-running", "test suite", "build", "server", "wait", "logs", "cancel", "kill"])
    expect(searched.toLowerCase()).toContain(word);
});

test("a host that holds tools back until the model searches is told their words, and to show start_task from the start", async () => {
  const { tools } = await declared();
  expect(tools.map(({ name, _meta }) => [name, _meta["anthropic/alwaysLoad"]]).filter(([, shown]) => shown)).toEqual([
    ["start_task", true],
  ]);
  for (const { _meta } of tools) expect(_meta["anthropic/searchHint"]).toMatch(/background/);
});

test("what hosts put before the model stays small", async () => {
  const { tools, instructions } = await declared();
  const shown = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  expect(Buffer.byteLength(JSON.stringify(shown))).toBeLessThan(5_500);
  expect(Buffer.byteLength(JSON.stringify({ tools }))).toBeLessThan(20_000);
  expect(Buffer.byteLength(instructions)).toBeLessThan(2_000);
});

/** The same schema, but nothing that it does not name may be there. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in parts ? { ...parts, additionalProperties: false } : parts;
}

test("every reply is as its schema says, and holds nothing that the schema does not name", async () => {
  const home = newHome();
  const wire = await Wire.open(home, { env: { BACKBURNER_MAX_OUTPUT: "64KB" } });
  const { tools } = await declared();
  const ajv = new Ajv({ allErrors: true });
  const checks = new Map(tools.map(({ name, outputSchema }) => [name, ajv.compile(closed(outputSchema) as object)]));
  const seen = new Set<string>();
  const call = async (tool: string, args: Record<string, unknown> = {}): Promise<Shown> => {
    const reply = await wire.call<Shown>(tool, args);
    const check = checks.get(tool);
    expect({ tool, reply, valid: check?.(reply), errors: check?.errors }).toMatchObject({ valid: true });
    for (const key of keysOf(reply)) seen.add(key);
    return reply;
  };

  const gate = new Gate(home, "checked");
  const working = await call("start_task", {
    command: gate.command,
    name: "checked",
    timeout_seconds: 60,
    idle_timeout_seconds: 60,
  });
  await waitUntil("it works", async () => (await call("task_status", { task_id: working.task_id })).pid);
  await call("wait_task", { task_ids: ["checked"], timeout_seconds: 0 });
  await call("task_result", { task_id: "checked" });
  await call("cancel_task", { task_id: "checked", grace_seconds: 1 });
  await call("start_task", { command: "seq 500; exit 1", wait_seconds: 20 });
  const much = await call("start_task", { command: "seq 99999; printf '\\377\\n'", wait_seconds: 20 });
  await call("task_result", { task_id: much.task_id, since: 0, max_chars: 100 });
  await call("task_result", { task_id: much.task_id, raw: true });
  await call("task_result", { task_id: much.task_id, grep: "9$" });
  await call("start_task", { command: "echo word; echo '42% (17/40)'; sleep 60", name: "words" });
  await waitUntil("its progress is known", async () => (await call("task_status", { task_id: "words" })).progress);
  await call("wait_task", { task_ids: ["words"], pattern: "word" });
  await call("cancel_task", { task_id: "words" });
  await wire.call("start_task", { command: "true", name: "news" });
  await cli(home, ["wait", "news"]);
  await call("list_tasks", { status: "queued" });
  await call("start_task", { command: "kill -KILL $$", wait_seconds: 20 });
  await call("start_task", { command: "sleep 60", timeout_seconds: 0.1, wait_seconds: 20 });
  const leaving = await call("start_task", { command: "sleep 60 >/dev/null 2>&1 & echo", wait_seconds: 20 });
  await call("task_result", { task_id: leaving.task_id });
  const asking = await call("start_task", { command: "read x; seq 9999; cat", interactive: true });
  await waitUntil("it asks", async () => (await call("task_status", { task_id: asking.task_id })).waiting_for_input);
  await call("send_input", { task_id: asking.task_id, input: "x" });
  await call("send_input", { task_id: asking.task_id, input: "\n" });
  await call("send_input", { task_id: asking.task_id, eof: true });
  await call("list_tasks", { limit: 1000 });
  await call("cancel_task", { task_id: leaving.task_id, grace_seconds: 1 });
  await wire.close();

  const declaredKeys = new Set(propertiesOf(tools.map(({ outputSchema }) => outputSchema)));
  declaredKeys.delete("survivors"); // only a process that outlives SIGKILL makes one
  expect([...declaredKeys].filter((key) => !seen.has(key))).toEqual([]);
});

function* keysOf(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) yield key;
    yield* keysOf(inner);
  }
}

function* propertiesOf(schema: unknown): Generator<string> {
  if (typeof schema !== "object" || schema === null) return;
  for (const [key, inner] of Object.entries(schema)) {
    if (key === "properties") yield* Object.keys(inner as object);
    yield* propertiesOf(inner);
  }
}

test("a long command is shown by its beginning, and whole by task_status and by the CLI", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const command = `while read -r line; do echo "$line"; done #${"é😀".repeat(15_000)}`;
  const call = (name: string, args: Record<string, unknown>) => wire.call<Shown & { tasks: Shown[] }>(name, args);
  const started = await call("start_task", { command, interactive: true });
  const { task_id } = started;
  const shown = [
    started,
    await call("task_result", { task_id }),
    await call("send_input", { task_id, input: "a line\n" }),
    ...(await call("list_tasks", {})).tasks,
    ...(await call("wait_task", { task_ids: [task_id], timeout_seconds: 0 })).tasks,
    await call("cancel_task", { task_id }),
    await call("start_task", { command, wait_seconds: 20 }),
  ];
  for (const task of shown) {
    const [, head = "", count] =
      /^([^]*) \[… (\d+) characters left out; task_status shows it whole …\]$/.exec(String(task.command)) ?? [];
    expect(command).toStartWith(head);
    expect(head.isWellFormed()).toBe(true);
    expect(head.length + Number(count)).toBe(command.length);
    expect(String(task.command).length).toBeWithin(490, 501);
  }
  expect((await call("task_status", { task_id })).command).toBe(command);
  expect((await cliJson(home, ["status", task_id])).command).toBe(command);
  expect(await cliJson(home, ["list"])).toMatchObject({ tasks: [{}, { command }] });
  const just = `: ${"x".repeat(498)}`;
  expect((await call("start_task", { command: just })).command).toBe(just);
  await wire.close();
});
