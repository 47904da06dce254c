// Calls that can't be done: each is answered with one sentence that says what to change, and starts nothing.

import { expect, test } from "bun:test";
import { newHome } from "./helpers/home.ts";
import { Wire } from "./helpers/mcp.ts";
import type { Shown } from "./helpers/server.ts";

const MOST = 10 * 365 * 24 * 3600;
const aboveZero = `expected a number of seconds above 0 and at most ${MOST}`;
const command = "true";

const refusals: [situation: string, tool: string, args: Record<string, unknown>, sentence: string][] = [
  [
    "an unknown parameter",
    "start_task",
    { command, comand: "x" },
    'start_task has no parameter "comand"; its parameters are command, cwd, timeout_seconds, idle_timeout_seconds, name, env, stdin, interactive, pty, wait_seconds',
  ],
  ["a missing parameter", "start_task", {}, "start_task needs command: give a shell command"],
  ["null for what is needed", "start_task", { command: null }, "start_task needs command: give a shell command"],
  ["a command that is no text", "start_task", { command: ["ls"] }, 'command is ["ls"]; expected a shell command'],
  ["an empty command", "start_task", { command: " \n" }, "the command is empty; give a shell command to run"],
  [
    "NUL in the command",
    "start_task",
    { command: "echo a\0b" },
    "the command holds a NUL character, which no process can be given; remove it",
  ],
  [
    "a missing directory",
    "start_task",
    { command, cwd: "/no/such/place" },
    'the directory "/no/such/place" does not exist; create it or give another cwd',
  ],
  [
    "a file for a directory",
    "start_task",
    { command, cwd: "/etc/passwd" },
    '"/etc/passwd" is not a directory; give another cwd',
  ],
  [
    "a timeout that is no number",
    "start_task",
    { command, timeout_seconds: "abc" },
    `timeout_seconds is "abc"; ${aboveZero}`,
  ],
  ["a timeout of zero", "start_task", { command, timeout_seconds: 0 }, `timeout_seconds is 0; ${aboveZero}`],
  ["a negative timeout", "start_task", { command, timeout_seconds: -5 }, `timeout_seconds is -5; ${aboveZero}`],
  [
    "an absurd timeout",
    "start_task",
    { command, timeout_seconds: 1e12 },
    `timeout_seconds is 1000000000000; ${aboveZero}`,
  ],
  [
    "an absurd wait",
    "start_task",
    { command, wait_seconds: 1e12 },
    `wait_seconds is 1000000000000; expected a number of seconds from 0 to ${MOST}`,
  ],
  ["a variable that is no text", "start_task", { command, env: { PORT: 80 } }, "env.PORT is a number; expected a text"],
  [
    "an impossible name of a variable",
    "start_task",
    { command, env: { "A B": "x" } },
    '"A B" can\'t be the name of an environment variable; use letters, digits and "_"',
  ],
  [
    "a name like an id",
    "start_task",
    { command, name: "2abcdefghijkmn" },
    'the name "2abcdefghijkmn" looks like a task id; choose another',
  ],
  [
    "an unknown task",
    "task_status",
    { task_id: "nobody" },
    'no task is called "nobody"; list the tasks to see their ids and names',
  ],
  [
    "an unknown task to read",
    "task_result",
    { task_id: "2abcdefghijkmn" },
    'no task is called "2abcdefghijkmn"; list the tasks to see their ids and names',
  ],
  [
    "an unknown task to cancel",
    "cancel_task",
    { task_id: "../x" },
    'no task is called "../x"; list the tasks to see their ids and names',
  ],
  [
    "an unknown task to wait for",
    "wait_task",
    { task_ids: ["nobody"] },
    'no task is called "nobody"; list the tasks to see their ids and names',
  ],
  [
    "no task to wait for",
    "wait_task",
    { task_ids: [] },
    "task_ids is []; expected a list of 1 to 1000 ids or names of tasks",
  ],
  [
    "an object where a list is expected",
    "wait_task",
    { task_ids: { id: "abc" } },
    'task_ids is {"id":"abc"}; expected a list of 1 to 1000 ids or names of tasks',
  ],
  [
    "a text that is no number",
    "task_result",
    { task_id: "a", tail_lines: "2 lines" },
    'tail_lines is "2 lines"; expected a whole number from 0 to 100000',
  ],
  [
    "a text with a number that is too large",
    "task_result",
    { task_id: "a", tail_lines: "100001" },
    "tail_lines is 100001; expected a whole number from 0 to 100000",
  ],
  ["a text that is no truth", "task_result", { task_id: "a", raw: "yes" }, 'raw is "yes"; expected true or false'],
  [
    "a number among the ids",
    "wait_task",
    { task_ids: ["a", 5] },
    "task_ids[1] is 5; expected the id or the name of a task",
  ],
  [
    "an unknown way to wait",
    "wait_task",
    { task_ids: ["a"], until: "some" },
    'until is "some"; expected "all" or "any"',
  ],
  [
    "too many lines",
    "task_result",
    { task_id: "a", tail_lines: 100_001 },
    "tail_lines is 100001; expected a whole number from 0 to 100000",
  ],
  [
    "half a line",
    "task_result",
    { task_id: "a", tail_lines: 1.5 },
    "tail_lines is 1.5; expected a whole number from 0 to 100000",
  ],
  ["too many tasks", "list_tasks", { limit: 1_001 }, "limit is 1001; expected a whole number from 1 to 1000"],
  [
    "an unknown status",
    "list_tasks",
    { status: "running" },
    'status is "running"; expected one of queued, working, completed, failed, cancelled, timed_out, interrupted',
  ],
];

test.each(refusals)("%s is refused with a sentence", async (_, tool, args, sentence) => {
  const wire = await Wire.open(newHome());
  expect(await wire.tool(tool, args)).toEqual({ content: [{ type: "text", text: sentence }], isError: true });
  expect(await wire.call("list_tasks")).toEqual({ tasks: [], total: 0 });
  await wire.close();
});

test("a long wrong value is shown in part only", async () => {
  const wire = await Wire.open(newHome());
  const reply = await wire.tool("task_status", { task_id: "x".repeat(100_000) });
  expect(reply.isError).toBe(true);
  expect(reply.content[0]?.text.length).toBeLessThan(200);
  await wire.close();
});

test("an unknown tool is a protocol error that names the known ones", async () => {
  const wire = await Wire.open(newHome());
  const { error } = await wire.request("tools/call", { name: "run_task", arguments: {} });
  expect(error).toMatchObject({ code: -32602 });
  expect(error?.message).toContain('no tool "run_task"');
  expect(error?.message).toContain("start_task");
  await wire.close();
});

test("null for what may be left out is the same as leaving it out", async () => {
  const wire = await Wire.open(newHome());
  const task = await wire.call("start_task", {
    command: "echo $0",
    cwd: null,
    timeout_seconds: null,
    wait_seconds: 20,
  });
  expect(task).toMatchObject({ status: "completed" });
  expect(task).not.toHaveProperty("timeout_seconds");
  await wire.close();
});

test("arguments that are written as text are read as what is wanted", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const task = await wire.call<Shown>("start_task", {
    command: 'echo "$A"; seq 10',
    name: "20", // wanted as a text: it stays one
    env: '{"A": "b"}',
    wait_seconds: "20",
    timeout_seconds: " 60 ",
    interactive: "false",
  });
  expect(task).toMatchObject({ status: "completed", name: "20", timeout_seconds: 60 });
  const result = await wire.call<Shown>("task_result", { task_id: "20", tail_lines: "2" });
  expect(result.output).toBe("9\n10\n");
  for (const ids of ["20", '["20"]', [task.task_id]])
    expect(await wire.call("wait_task", { task_ids: ids, timeout_seconds: "1" })).toMatchObject({ reason: "ended" });
  await wire.close();
});
