// `backburner mcp --tools background-job` in place of the server mcp-background-job: pinned to what its versions 0.1.1 and 0.1.2 (one and
// the same source) put on the wire.

import { expect, test } from "bun:test";
import { existsSync, mkdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { cli } from "./helpers/cli.ts";
import { BINARY, isRunning, newHome, waitUntil } from "./helpers/home.ts";
import { Gate, modern, Wire } from "./helpers/mcp.ts";

const ARGS = ["--tools", "background-job"];

interface Output {
  stdout: string;
  stderr: string;
}
interface Job {
  job_id: string;
  status: string;
  command: string;
  started: string;
}

class Jobs extends Wire {
  static override async open(home: string, env: Record<string, string> = {}): Promise<Jobs> {
    const jobs = new Jobs(home, { args: ARGS, env });
    await jobs.shakeHands();
    return jobs;
  }

  async execute(command: string): Promise<string> {
    return (await this.call<{ job_id: string }>("execute_command", { command })).job_id;
  }

  async status(jobId: string): Promise<string> {
    return (await this.call<{ status: string }>("get_job_status", { job_id: jobId })).status;
  }

  output(jobId: string): Promise<Output> {
    return this.call<Output>("get_job_output", { job_id: jobId });
  }

  async ended(jobId: string): Promise<string> {
    return waitUntil("the job has ended", async () => {
      const status = await this.status(jobId);
      return status !== "running" && status;
    });
  }

  async refusal(tool: string, args: Record<string, unknown>): Promise<string> {
    const reply = await this.tool(tool, args);
    expect(reply.isError).toBe(true);
    return reply.content[0]?.text ?? "";
  }
}

const job = { job_id: { type: "string" } };
const streams = { stdout: { type: "string" }, stderr: { type: "string" } };
const anyStatus = { type: "string", enum: ["running", "completed", "failed", "killed"] };

test("the tools, their parameters and their results are those of mcp-background-job", async () => {
  const wire = await Jobs.open(newHome());
  const { result = {} } = await wire.request("tools/list", {});
  const tools = result.tools as Record<string, never>[];
  expect(
    tools.map(({ name, title, inputSchema, outputSchema }) => [name, title, inputSchema, withoutTexts(outputSchema)]),
  ).toEqual([
    [
      "list_jobs",
      "List Jobs",
      inputOf({}),
      {
        ...outputFrom({
          jobs: {
            type: "array",
            items: outputFrom({
              ...job,
              status: anyStatus,
              command: { type: "string" },
              started: { type: "string", format: "date-time" },
            }),
          },
        }),
      },
    ],
    ["get_job_status", "Get Job Status", inputOf({ job_id: "Job ID to check" }), outputFrom({ status: anyStatus })],
    ["get_job_output", "Get Job Output", inputOf({ job_id: "Job ID to get output from" }), outputFrom(streams)],
    [
      "tail_job_output",
      "Tail Job Output",
      {
        ...inputOf({ job_id: "Job ID to tail" }),
        properties: {
          job_id: { type: "string", description: "Job ID to tail" },
          lines: { type: "integer", default: 50, minimum: 1, maximum: 1000, description: "Number of lines to return" },
        },
      },
      outputFrom(streams),
    ],
    ["execute_command", "Execute Command", inputOf({ command: "Shell command to execute" }), outputFrom(job)],
    [
      "interact_with_job",
      "Interact With Job",
      inputOf({ job_id: "Job ID to interact with", input: "Input to send to the job's stdin" }),
      outputFrom(streams),
    ],
    ["kill_job", "Kill Job", inputOf({ job_id: "Job ID to kill" }), outputFrom({ status: { type: "string" } })],
  ]);
  await wire.close();
});

function inputOf(described: Record<string, string>) {
  const names = Object.keys(described);
  return {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, { type: "string", description: described[name] }])),
    ...(names.length > 0 && { required: names }),
    additionalProperties: false,
  };
}

function outputFrom(properties: Record<string, unknown>) {
  return { type: "object", properties, required: Object.keys(properties) };
}

function withoutTexts(schema: unknown): unknown {
  if (Array.isArray(schema) || typeof schema !== "object" || schema === null) return schema;
  const kept = Object.entries(schema).filter(([key, value]) => key !== "description" || typeof value !== "string");
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutTexts(value)]));
}

test("a job runs in a shell, its status is told, and stdout and stderr are read apart", async () => {
  const home = newHome();
  const wire = await Jobs.open(home);
  const gate = new Gate(home, "run");
  const id = await wire.execute(`  echo "out $((1 + 1))"; echo err >&2; ${gate.command}  `);
  expect(await wire.status(id)).toBe("running");
  await waitUntil("it has printed", async () => (await wire.output(id)).stderr);
  expect(await wire.output(id)).toEqual({ stdout: "out 2", stderr: "err" });
  gate.open();
  expect(await wire.ended(id)).toBe("completed");
  expect(await wire.output(id)).toEqual({ stdout: "out 2\nrun is through", stderr: "err" });
  const { jobs } = await wire.call<{ jobs: Job[] }>("list_jobs");
  expect(jobs).toEqual([
    {
      job_id: id,
      status: "completed",
      command: `echo "out $((1 + 1))"; echo err >&2; ${gate.command}`,
      started: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    },
  ]);
  await wire.close();
});

test("both forms of a reply hold the same, and nothing of ours beside it", async () => {
  const home = newHome();
  const wire = await Jobs.open(home);
  const id = await wire.execute("true");
  await wire.ended(id);
  const { content, structuredContent } = await wire.tool("get_job_status", { job_id: id });
  expect(structuredContent).toEqual({ status: "completed" });
  expect(content).toEqual([{ type: "text", text: '{"status":"completed"}' }]);
  await wire.close();
});

test("how a job ended: failed, killed by a signal, killed on request with its whole tree", async () => {
  const home = newHome();
  const wire = await Jobs.open(home);
  expect(await wire.ended(await wire.execute("exit 3"))).toBe("failed");
  expect(await wire.ended(await wire.execute("no-such-command-at-all"))).toBe("failed");
  expect(await wire.ended(await wire.execute("kill -KILL $$"))).toBe("killed");
  expect(await wire.ended(await wire.execute("kill -SEGV $$"))).toBe("failed");
  const id = await wire.execute("setsid sleep 60 & echo $!; wait");
  const pid = Number(await waitUntil("its child runs", async () => (await wire.output(id)).stdout));
  expect(await wire.call("kill_job", { job_id: id })).toEqual({ status: "killed" });
  expect(isRunning(pid)).toBe(false);
  expect(await wire.status(id)).toBe("killed");
  expect(await wire.call("kill_job", { job_id: id })).toEqual({ status: "already_terminated" });
  expect(await wire.call("kill_job", { job_id: "nobody" })).toEqual({ status: "not_found" });
  await wire.close();
});

test("the last lines of each stream", async () => {
  const home = newHome();
  const wire = await Jobs.open(home);
  const id = await wire.execute("seq 100; seq 1001 1003 >&2");
  await wire.ended(id);
  const tail = (lines?: number) => wire.call<Output>("tail_job_output", { job_id: id, ...(lines && { lines }) });
  expect(await tail(2)).toEqual({ stdout: "99\n100", stderr: "1002\n1003" });
  expect((await tail()).stdout.split("\n")).toHaveLength(50);
  expect((await tail(1000)).stdout.split("\n")).toHaveLength(100);
  for (const lines of [0, 1001, 1.5, "many"])
    expect(await wire.refusal("tail_job_output", { job_id: id, lines })).toContain("a whole number from 1 to 1000");
  await wire.close();
});

test("of long output the head and the end are given, and where the rest is", async () => {
  const home = newHome();
  const wire = await Jobs.open(home);
  const id = await wire.execute("seq 100000; seq 200000 299999 >&2");
  await wire.ended(id);
  const { stdout, stderr } = await wire.output(id);
  const log = join(home, "tasks", id, "output.log");
  for (const [text, first, last] of [
    [stdout, "1\n2\n", "\n100000"],
    [stderr, "200000\n200001\n", "\n299999"],
  ] as const) {
    expect(text.length).toBeLessThanOrEqual(30_000);
    expect(text.startsWith(first)).toBe(true);
    expect(text.endsWith(last)).toBe(true);
    expect(text).toContain(` left out; ${log} holds what is kept of both streams …]\n`);
  }
  expect(existsSync(log)).toBe(true);
  await wire.close();
});

test("input is sent as a line, and what it is answered with comes back apart", async () => {
  const home = newHome();
  const wire = await Jobs.open(home);
  const id = await wire.execute('while read line; do echo "got $line"; echo "and $line" >&2; done; echo end');
  const interact = (input: string) => wire.call<Output>("interact_with_job", { job_id: id, input });
  expect(await interact("one")).toEqual({ stdout: "got one", stderr: "and one" });
  expect(await interact("two\n")).toEqual({ stdout: "got two", stderr: "and two" });
  expect(await wire.call("kill_job", { job_id: id })).toEqual({ status: "killed" });
  expect(await wire.refusal("interact_with_job", { job_id: id, input: "x" })).toStartWith(
    `Job ${id} is not running and cannot accept input`,
  );
  await wire.close();
});

test("what can't be done is said in its words, and what to do next", async () => {
  const home = newHome();
  const wire = await Jobs.open(home);
  for (const tool of ["get_job_status", "get_job_output", "tail_job_output"])
    expect(await wire.refusal(tool, { job_id: "nobody" })).toBe(
      "Job nobody not found; list_jobs shows the jobs there are",
    );
  expect(await wire.refusal("interact_with_job", { job_id: "nobody", input: "x" })).toStartWith("Job nobody not found");
  expect(await wire.refusal("execute_command", { command: " \n" })).toStartWith(
    "Invalid command: Command cannot be empty",
  );
  expect(await wire.refusal("execute_command", {})).toContain("needs command");
  expect(await wire.refusal("execute_command", { command: "true", cwd: "/" })).toContain("no parameter");
  const { error } = await wire.request("tools/call", { name: "start_task", arguments: { command: "true" } });
  expect(error).toMatchObject({ code: -32_602, message: expect.stringContaining("execute_command") as string });
  await wire.close();
});

test("the short names of its documentation are answered to as well", async () => {
  const home = newHome();
  const wire = await Jobs.open(home);
  const { job_id: id } = await wire.call<{ job_id: string }>("execute", { command: "cat" });
  expect(await wire.call("status", { job_id: id })).toEqual({ status: "running" });
  expect(await wire.call("interact", { job_id: id, input: "hello" })).toEqual({ stdout: "hello", stderr: "" });
  expect(await wire.call("output", { job_id: id })).toEqual({ stdout: "hello", stderr: "" });
  expect(await wire.call("tail", { job_id: id, lines: 1 })).toEqual({ stdout: "hello", stderr: "" });
  expect((await wire.call<{ jobs: Job[] }>("list")).jobs).toHaveLength(1);
  expect(await wire.call("kill", { job_id: id })).toEqual({ status: "killed" });
  await wire.close();
});

test("jobs outlive the server, and the next one knows them", async () => {
  const home = newHome();
  const gate = new Gate(home, "outlived");
  const before = await Jobs.open(home);
  const id = await before.execute(gate.command);
  await before.kill();
  gate.open();
  const after = await Jobs.open(home);
  expect(await after.ended(id)).toBe("completed");
  expect(await after.output(id)).toEqual({ stdout: "outlived is through", stderr: "" });
  await after.close();
});

test("the newest hundred are listed, newest first, and all that still run", async () => {
  const home = newHome();
  const wire = await Jobs.open(home, { MCP_BG_MAX_JOBS: "1000" });
  const gate = new Gate(home, "old");
  const oldest = await wire.execute(gate.command);
  const ids: string[] = [];
  for (let n = 0; n < 103; n += 1) ids.unshift(await wire.execute("true"));
  await wire.ended(ids[0] ?? "");
  const { jobs } = await wire.call<{ jobs: Job[] }>("list_jobs");
  await waitUntil("all others have ended", async () => {
    const listed = (await wire.call<{ jobs: Job[] }>("list_jobs")).jobs;
    return listed.length === 101 && listed;
  });
  expect(jobs.at(-1)?.job_id).toBe(oldest);
  expect(jobs.slice(0, 100).map(({ job_id }) => job_id)).toEqual(ids.slice(0, 100));
  gate.open();
  await wire.close();
});

test("MCP_BG_MAX_JOBS: no more than so many at once, and it is said", async () => {
  const home = newHome();
  const wire = await Jobs.open(home, { MCP_BG_MAX_JOBS: "2" });
  const gate = new Gate(home, "two");
  const ids = [await wire.execute(gate.command), await wire.execute(gate.command)];
  expect(await wire.refusal("execute_command", { command: "true" })).toStartWith(
    "Job limit reached: Maximum concurrent jobs limit (2) reached",
  );
  gate.open();
  await wire.ended(ids[0] ?? "");
  await wire.ended(ids[1] ?? "");
  expect(await wire.ended(await wire.execute("true"))).toBe("completed");
  await wire.close();
});

test("MCP_BG_JOB_TIMEOUT ends a job, MCP_BG_WORKING_DIR is where it runs", async () => {
  const home = newHome();
  const directory = join(home, "work here");
  mkdirSync(directory);
  const wire = await Jobs.open(home, { MCP_BG_JOB_TIMEOUT: "1", MCP_BG_WORKING_DIR: directory });
  const id = await wire.execute("pwd; sleep 60");
  expect(await wire.ended(id)).toBe("killed");
  expect((await wire.output(id)).stdout).toBe(directory);
  await wire.close();
});

test("MCP_BG_MAX_OUTPUT_SIZE: as much is kept, in megabytes or bytes", async () => {
  const home = newHome();
  for (const [written, bytes] of [
    ["20MB", 20 * 2 ** 20],
    ["1mb", 2 ** 20],
    ["20971520", 20_971_520],
    ["1024", 4_096],
  ] as const) {
    const wire = await Jobs.open(home, { MCP_BG_MAX_OUTPUT_SIZE: written });
    const id = await wire.execute(`yes "$(seq 100)" | head -c ${bytes * 2}`);
    await wire.ended(id);
    const kept = await Bun.$`cat ${join(home, "tasks", id)}/output.log* | wc -c`.text();
    expect(Number(kept)).toBeLessThanOrEqual((bytes * 9) / 8); // by one part more
    expect(Number(kept)).toBeGreaterThan(bytes / 4);
    await wire.close();
  }
});

test("MCP_BG_ALLOWED_COMMANDS: nothing else runs", async () => {
  const home = newHome();
  const wire = await Jobs.open(home, { MCP_BG_ALLOWED_COMMANDS: "^echo , ^ls" });
  expect(await wire.ended(await wire.execute("ECHO hi || true").catch(() => wire.execute("echo hi")))).toBe(
    "completed",
  );
  expect(await wire.refusal("execute_command", { command: "touch x" })).toStartWith("Invalid command: ");
  expect((await wire.call<{ jobs: Job[] }>("list_jobs")).jobs.every(({ command }) => !command.includes("touch"))).toBe(
    true,
  );
  await wire.close();
});

test("MCP_BG_ALLOWED_COMMANDS: a job's stdin is open only where an entry says so", async () => {
  const wire = await Jobs.open(newHome(), { MCP_BG_ALLOWED_COMMANDS: "^cat,^tail,interactive:^cat" });
  const id = await wire.execute("cat");
  expect(await wire.call("interact_with_job", { job_id: id, input: "hello" })).toEqual({ stdout: "hello", stderr: "" });
  await wire.call("kill_job", { job_id: id });
  expect(await wire.ended(await wire.execute("tail"))).toBe("completed"); // it reads the end at once
  await wire.close();
});

test("MCP_BG_CLEANUP_INTERVAL: how often the clean-up may look", async () => {
  const home = newHome();
  const env = { BACKBURNER_KEEP_DAYS: "0.0000001" };
  const wire = await Jobs.open(home, { ...env, MCP_BG_CLEANUP_INTERVAL: "10" });
  const id = await wire.execute("true");
  await wire.ended(id);
  const tidied = join(home, "tidied");
  await waitUntil("the clean-up has looked", () => existsSync(tidied));
  await waitUntil("it is removed", async () => {
    const ago = Date.now() / 1000 - 15;
    utimesSync(tidied, ago, ago);
    await wire.ended(await wire.execute("true")).catch(() => {}); // that one may be removed as well
    return (await wire.tool("get_job_status", { job_id: id })).isError;
  });
  await wire.close();
});

test.each([
  ["MCP_BG_MAX_JOBS", "0", "a whole number from 1 to 1000"],
  ["MCP_BG_MAX_JOBS", "many", "a whole number from 1 to 1000"],
  ["MCP_BG_MAX_OUTPUT_SIZE", "20GB", "a number of bytes or of megabytes"],
  ["MCP_BG_MAX_OUTPUT_SIZE", "1000", "a number of bytes or of megabytes"],
  ["MCP_BG_JOB_TIMEOUT", "-5", "a whole number of seconds"],
  ["MCP_BG_JOB_TIMEOUT", "1.5", "a whole number of seconds"],
  ["MCP_BG_CLEANUP_INTERVAL", "5", "from 10 to 3600"],
  ["MCP_BG_WORKING_DIR", "/no/such/directory", "a directory that exists"],
  ["MCP_BG_WORKING_DIR", BINARY, "a directory that exists"],
  ["MCP_BG_ALLOWED_COMMANDS", "^ls,(", "a comma-separated list of regular expressions"],
])("%s=%s is an error at the start that names it", async (name, value, expected) => {
  const { code, stderr } = await cli(newHome(), ["mcp", ...ARGS], { env: { [name]: value } });
  expect(stderr).toStartWith(`backburner: ${name} is ${JSON.stringify(value)}; expected `);
  expect(stderr).toContain(expected);
  expect(code).toBe(2);
});

test("its variables mean nothing to our own tools, and two for one thing are refused", async () => {
  const home = newHome();
  const own = await Wire.open(home, { env: { MCP_BG_MAX_JOBS: "none", MCP_BG_ALLOWED_COMMANDS: "^ls" } });
  expect(await own.call("start_task", { command: "true", wait_seconds: 20 })).toMatchObject({ status: "completed" });
  await own.close();
  const env = { MCP_BG_ALLOWED_COMMANDS: "^ls", BACKBURNER_ALLOW: "^pwd" };
  const { code, stderr } = await cli(home, ["mcp", "--tools=background-job"], { env });
  expect(stderr).toContain("MCP_BG_ALLOWED_COMMANDS and BACKBURNER_ALLOW are both set");
  expect(code).toBe(2);
});

test.each([
  [["--tools"], "--tools needs a name: backburner or background-job"],
  [["--tools", "x"], '--tools is "x"; give backburner or background-job'],
  [["--tools=background-job", "y"], 'takes no argument "y"'],
  [["y"], 'takes no argument "y"'],
])("mcp %j is refused", async (args, sentence) => {
  const { code, stderr } = await cli(newHome(), ["mcp", ...args]);
  expect(stderr).toContain(sentence);
  expect(code).toBe(2);
});

test("a client of 2026-07-28 and one of the first SDK run a job", async () => {
  const home = newHome();
  const wire = new Jobs(home, { args: ARGS });
  const started = await wire.request(
    "tools/call",
    modern({ name: "execute_command", arguments: { command: "echo hi" } }),
  );
  const reply = started.result as { resultType: string; structuredContent: { job_id: string } };
  expect(reply.resultType).toBe("complete");
  await wire.close();

  const transport = new StdioClientTransport({
    command: BINARY,
    args: ["mcp", ...ARGS],
    env: { PATH: process.env.PATH ?? "", BACKBURNER_HOME: home },
  });
  const client = new Client({ name: "first", version: "1" });
  await client.connect(transport);
  await client.listTools(); // from then on it checks what comes against the schemas
  await waitUntil("it has printed", async () => {
    const { structuredContent } = await client.callTool({ name: "get_job_output", arguments: reply.structuredContent });
    return (structuredContent as Output).stdout === "hi";
  });
  await client.close();
});
