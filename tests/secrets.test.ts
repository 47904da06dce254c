// What is in a task's environment: handed to its command whole, and to nobody and nothing else, not for longer than it takes.

import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, gate, startTask } from "./helpers/cli.ts";
import { newHome, parentOf, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

const SECRET = "s3cr3t-7f1c9d";

/** Files below the home that hold the secret, also in pieces that SQLite has given up. */
function holding(home: string): string[] {
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path, "latin1").includes(SECRET))
    .map((path) => path.slice(home.length + 1));
}

test("an environment is on disk while its task is queued, and nowhere after; the command has all of it", async () => {
  const home = newHome();
  const env = { TOKEN: SECRET, BACKBURNER_MAX_TASKS: "1" };
  const { command, open, begun } = gate(home);
  const check = `test "$OTHER" = "$TOKEN" && test \${#TOKEN} = ${SECRET.length}`;
  const first = await startTask(home, ["--env", `OTHER=${SECRET}`, "--", `${command}; ${check}`], { env });
  await begun();
  expect(holding(home)).toEqual([]);
  const second = await startTask(home, ["--", "true"], { env });
  expect(holding(home)).toEqual([join("tasks", second, "environment")]);
  const third = await startTask(home, ["--", "true"], { env });
  await cli(home, ["cancel", third]);
  expect(holding(home)).toEqual([join("tasks", second, "environment")]);
  open();
  expect((await cli(home, ["wait", first, second])).code).toBe(0);
  expect(holding(home)).toEqual([]);
});

test("a start that fails leaves no environment behind", async () => {
  const home = newHome();
  const env = { TOKEN: SECRET };
  await startTask(home, ["true"]);
  const blocked = Bun.spawn([
    "python3",
    "-c",
    `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("CREATE TRIGGER no_more BEFORE INSERT ON tasks BEGIN SELECT RAISE(ABORT, 'no more'); END")
`,
    join(home, "backburner.db"),
  ]);
  expect(await blocked.exited).toBe(0);
  expect(await cli(home, ["start", "true"], { env })).toMatchObject({ code: 125 });
  expect(holding(home)).toEqual([]);
  expect(readdirSync(join(home, "tasks"))).toHaveLength(1);
});

test("a supervisor that dies before it takes the environment does not leave it on disk", async () => {
  const home = newHome();
  const env = { TOKEN: SECRET, BACKBURNER_MAX_TASKS: "1" };
  const { command, begun } = gate(home);
  const running = await startTask(home, ["--", command]);
  await begun();
  const id = await startTask(home, ["--", "true"], { env });
  // As it is left by a supervisor that was killed between its claim and that.
  const claim = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("UPDATE tasks SET status='working', slot=1, started_at_ms=1, supervisor_pid=999999, supervisor_started='1', boot_id='x' WHERE id=?", [sys.argv[2]])
`;
  expect(await Bun.spawn(["python3", "-c", claim, join(home, "backburner.db"), id]).exited).toBe(0);
  expect(holding(home)).toEqual([join("tasks", id, "environment")]);
  expect((await cli(home, ["status", id])).stdout).toContain("interrupted");
  expect(holding(home)).toEqual([]);
  await cli(home, ["cancel", running]);
});

test("a garbled environment ends its task, and is told to nobody", async () => {
  const home = newHome();
  const env = { BACKBURNER_MAX_TASKS: "1" };
  const { command, open, begun } = gate(home);
  await startTask(home, ["--", command], { env });
  await begun();
  const id = await startTask(home, ["--", "true"], { env });
  writeFileSync(join(home, "tasks", id, "environment"), `{"env":{"TOKEN":${SECRET}`);
  open();
  const { stderr } = await cli(home, ["wait", id]);
  expect((await cli(home, ["status", id])).stdout).toMatch(/reason +it could not start: its environment is lost/);
  expect(stderr).not.toContain(SECRET);
  expect(holding(home)).toEqual([]);
});

test("no command line of ours and no environment of a supervisor holds it", async () => {
  const home = newHome();
  const server = await Server.open(home, { TOKEN: SECRET });
  const { task_id } = await server.start("sleep 60; true", { env: { OTHER: SECRET }, pty: true });
  const pid = await waitUntil("its pid is known", async () => (await server.status(task_id)).pid);
  const supervisor = parentOf(pid);
  expect(readText(`/proc/${supervisor}/environ`)).toContain(home);
  expect(readText(`/proc/${supervisor}/environ`)).not.toContain(SECRET);
  for (const name of readdirSync("/proc").filter((one) => Number(one) > 0))
    expect(readText(`/proc/${name}/cmdline`)).not.toContain(SECRET);
  expect(holding(home)).toEqual([]);
  await server.cancel(task_id);
  await server.close();
});

test("a refusal never repeats what env, stdin or input hold", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const refused = async (tool: string, args: object) =>
    (await server.tool(tool, args as Record<string, unknown>)).content[0]?.text;
  const start = (more: object) => refused("start_task", { command: "true", ...more });
  expect(await start({ env: [`TOKEN=${SECRET}`] })).toBe(
    "env is a list; expected an object of variable names and texts",
  );
  expect(await start({ env: `TOKEN=${SECRET}` })).toBe("env is a text; expected an object of variable names and texts");
  expect(await start({ env: { TOKEN: [SECRET] } })).toBe("env.TOKEN is a list; expected a text");
  expect(await start({ env: { TOKEN: `${SECRET}\0` } })).toBe(
    "the value of TOKEN holds a NUL character, which no process can be given; remove it",
  );
  expect(await start({ stdin: [SECRET] })).toBe("stdin is a list; expected a text");
  expect(await refused("send_input", { task_id: "x", input: { text: SECRET } })).toBe(
    "input is an object; expected a text",
  );
  expect((await cli(home, ["start", "--env", SECRET, "true"])).stderr).not.toContain(SECRET);
  await server.close();
});

test("the trace of what goes wrong does not tell it", async () => {
  const home = newHome();
  const env = { TOKEN: SECRET, BACKBURNER_SHELL: "/no/such/shell -c" };
  const id = await startTask(home, ["--", "true"], { env });
  await cli(home, ["wait", id]);
  expect((await cli(home, ["status", id])).stdout).toContain("it could not start");
  expect(existsSync(join(home, "trace.log"))).toBe(true);
  expect(holding(home)).toEqual([]);
});
