// Whoever comes from backburner-mcp (PyPI, 0.1 to 1.0) finds its five tools, their parameters, statuses, results and variables here.
// The pins are its source's: what its server declares and its jobs answer with.

import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { newHome, waitUntil } from "./helpers/home.ts";
import { Gate, Wire } from "./helpers/mcp.ts";

/** Its parameters: what each takes, and its default; `undefined` where it must be given. */
const ITS_TOOLS: Record<string, Record<string, [type: string, byDefault?: unknown]>> = {
  start_task: { command: ["string"], cwd: ["string", null], timeout_seconds: ["number", null] },
  task_status: { task_id: ["string"] },
  task_result: { task_id: ["string"], tail_lines: ["integer", 100] },
  cancel_task: { task_id: ["string"] },
  list_tasks: { limit: ["integer", 20] },
};

/** What it tells of each task, whatever its status. */
const ALWAYS = ["task_id", "command", "cwd", "status", "created_at"];

type Reply = Record<string, unknown> & { task_id: string; status: string };

test("its tools have their names and parameters, and need nothing more", async () => {
  const wire = await Wire.open(newHome());
  const { result = {} } = await wire.request("tools/list", {});
  const tools = result.tools as {
    name: string;
    inputSchema: { properties: Record<string, { type: string; default?: unknown }>; required?: string[] };
  }[];
  for (const [name, parameters] of Object.entries(ITS_TOOLS)) {
    const { properties, required = [] } = tools.find((tool) => tool.name === name)?.inputSchema ?? { properties: {} };
    const needed = Object.keys(parameters).filter((one) => parameters[one]?.[1] === undefined);
    expect({ name, required }).toEqual({ name, required: needed });
    for (const [parameter, [type, byDefault]] of Object.entries(parameters)) {
      const ours = properties[parameter];
      expect([name, parameter, ours?.type]).toEqual([name, parameter, type]);
      if (byDefault !== undefined)
        expect([name, parameter, ours?.default ?? null]).toEqual([name, parameter, byDefault]);
    }
  }
  await wire.close();
});

test("its calls are answered with its fields, for each of its statuses", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const gate = new Gate(home, "works");
  const call = (tool: string, args: Record<string, unknown>) => wire.call<Reply>(tool, args);
  const start = async (command: string, more: Record<string, unknown> = {}) =>
    (await call("start_task", { command, cwd: null, timeout_seconds: null, ...more })).task_id;
  const comesTo = (id: string, status: string) =>
    waitUntil(`it is ${status}`, async () => {
      const task = await call("task_status", { task_id: id });
      return task.status === status && task;
    });

  const working = await start(gate.command);
  const running = await comesTo(working, "working");
  expect(Object.keys(running)).toEqual(expect.arrayContaining([...ALWAYS, "running_for_seconds"]) as never);
  expect(running.exit_code).toBeUndefined();
  const completed = await comesTo(await start("echo out; echo err >&2", { cwd: home }), "completed");
  expect(completed).toMatchObject({ cwd: home, exit_code: 0 });
  expect(typeof completed.duration_seconds).toBe("number");
  const result = await call("task_result", { task_id: completed.task_id, tail_lines: 100 });
  expect(result.output_total_lines).toBe(2);
  expect(String(result.output).trim().split("\n").toSorted()).toEqual(["err", "out"]);
  expect(await comesTo(await start("exit 3"), "failed")).toMatchObject({ exit_code: 3 });
  const late = await comesTo(await start("sleep 60", { timeout_seconds: 0.2 }), "timed_out");
  expect(late.exit_code).toBeUndefined();
  gate.open();
  await comesTo(working, "completed");
  const cancelled = await call("cancel_task", { task_id: await start("sleep 60") });
  expect(cancelled.status).toBe("cancelled");
  expect(cancelled.exit_code).toBeUndefined();
  const orphan = await start("sleep 60");
  const pid = await waitUntil("it runs", async () => (await call("task_status", { task_id: orphan })).pid);
  const supervisor = Number((await Bun.$`ps -o ppid= -p ${Number(pid)}`.text()).trim());
  process.kill(supervisor, "SIGKILL");
  await comesTo(orphan, "interrupted");
  const { tasks } = await wire.call<{ tasks: Reply[] }>("list_tasks", { limit: 20 });
  expect(tasks[0]?.task_id).toBe(orphan);
  for (const task of tasks) expect(Object.keys(task)).toEqual(expect.arrayContaining(ALWAYS) as never);
  await wire.close();
});

test("BACKBURNER_HOME, _ALLOW and _DENY mean what they mean there", async () => {
  const home = join(newHome(), "elsewhere");
  const wire = await Wire.open(home, {
    env: { BACKBURNER_ALLOW: "^echo,^npm (test|run build)", BACKBURNER_DENY: "SECRET, rm\\s+-rf" },
  });
  const start = (command: string) => wire.tool("start_task", { command });
  expect((await start("echo hello")).isError).toBeUndefined();
  expect((await start("ECHO hello")).isError).toBeUndefined(); // matched in any case
  expect((await start("ls")).content[0]?.text).toContain("allow");
  expect((await start("echo my secret")).content[0]?.text).toContain("deny"); // and deny wins
  expect((await start("echo; rm  -rf x")).content[0]?.text).toContain("deny");
  expect(existsSync(join(home, "backburner.db"))).toBe(true);
  await wire.close();
});
