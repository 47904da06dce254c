// A person's door: every verb, what it prints for a program, and how a task is called.

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";
import { nearest } from "../src/nearest.ts";
import { cli, cliJson, gate, spawnCli, startTask } from "./helpers/cli.ts";
import { newHome, waitUntil } from "./helpers/home.ts";

const ID = /^[2-9][a-km-np-z2-9]{13}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

test("start prints the id alone, and the task runs to its end after we have left", async () => {
  const home = newHome();
  const { stdout, stderr, code } = await cli(home, ["start", "--", "echo hello; echo oops >&2"]);
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  const id = stdout.slice(0, -1);
  expect(id).toMatch(ID);
  expect(stdout).toBe(`${id}\n`);

  expect((await cli(home, ["wait", id])).code).toBe(0);
  const logs = await cli(home, ["logs", id]);
  expect(logs.stdout.split("\n").toSorted()).toEqual(["", "hello", "oops"]);
  expect({ stderr: logs.stderr, code: logs.code }).toEqual({ stderr: "", code: 0 });
});

test("start --wait shows the output as it comes and leaves with the command's code", async () => {
  const home = newHome();
  const { command, open } = gate(home);
  const running = spawnCli(home, ["start", "--wait", "--", `echo first; ${command}; echo last; exit 7`]);
  const decoder = new TextDecoder();
  let shown = "";
  for await (const chunk of running.stdout) {
    shown += decoder.decode(chunk, { stream: true });
    if (shown === "first\n") open(); // it was shown while the command went on
  }
  expect(shown).toBe("first\nlast\n");
  expect(await running.exited).toBe(7);
  expect(await new Response(running.stderr).text()).toBe("");
});

test("name, cwd, timeout and env of start reach the command", async () => {
  const home = newHome();
  mkdirSync(join(home, "sub"));
  const options = [
    "--name",
    "build it",
    "--cwd",
    "sub",
    "--timeout",
    "1m30s",
    "--env",
    "A=x=y",
    "--env",
    "B=",
    "--env",
    "A=z",
  ];
  const id = await startTask(home, [...options, "--", 'pwd; echo "$A|${B-unset}|$BACKBURNER_TASK_ID"']);
  expect((await cli(home, ["wait", id])).code).toBe(0);
  const sub = realpathSync(join(home, "sub"));
  expect((await cli(home, ["logs", "build it"])).stdout).toBe(`${sub}\nz||${id}\n`);
  expect(await cliJson(home, ["status", id])).toMatchObject({ name: "build it", cwd: sub, timeout_seconds: 90 });
});

test("--json: the keys and values of every verb", async () => {
  const home = newHome();
  const started = await cliJson(home, ["start", "--name", "three", "--", "printf 'a\\nb\\nc\\n'; exit 3"]);
  const id = String(started.task_id);
  const base = { task_id: id, name: "three", command: "printf 'a\\nb\\nc\\n'; exit 3", cwd: realpathSync(home) };
  expect(started).toMatchObject({ ...base, created_at: expect.stringMatching(INSTANT) });

  const waited = await cli(home, ["wait", id, "--json"]);
  expect(waited.code).toBe(3);
  const task = {
    ...base,
    status: "failed",
    created_at: expect.stringMatching(INSTANT),
    started_at: expect.stringMatching(INSTANT),
    finished_at: expect.stringMatching(INSTANT),
    duration_seconds: expect.any(Number),
    exit_code: 3,
    pid: expect.any(Number),
    output_bytes: 6,
    output_lines: 3,
    last_output_at: expect.stringMatching(INSTANT),
  };
  expect(JSON.parse(waited.stdout)).toEqual({ tasks: [task], reason: "ended" });
  expect(await cliJson(home, ["status", id])).toEqual(task);
  expect(await cliJson(home, ["list"])).toEqual({ tasks: [task], total: 1 });
  expect(await cliJson(home, ["cancel", id])).toEqual(task);
  expect(await cliJson(home, ["cancel", id, id])).toEqual({ tasks: [task] });
  const log_path = join(home, "tasks", id, "output.log");
  expect(await cliJson(home, ["logs", id])).toEqual({
    ...task,
    output: "a\nb\nc\n",
    output_total_lines: 3,
    next_cursor: 6,
    log_path,
  });
  expect(await cliJson(home, ["logs", "-n", "1", id])).toMatchObject({
    output: "c\n",
    omitted_lines: 2,
    output_total_lines: 3,
  });
  expect(existsSync(log_path)).toBe(true);

  const both = await cli(home, ["start", "--wait", "--json", "--", "echo out; exit 4"]);
  expect(both.code).toBe(4);
  expect(JSON.parse(both.stdout)).toMatchObject({
    status: "failed",
    exit_code: 4,
    output: "out\n",
    output_total_lines: 1,
  });
});

test("list: newest first, limited, by status, in tab-separated fields for a program", async () => {
  const home = newHome();
  expect(await cli(home, ["list"])).toEqual({ stdout: "", stderr: "", code: 0 });
  expect(await cliJson(home, ["list"])).toEqual({ tasks: [], total: 0 });
  const first = await startTask(home, ["--name", "one\u200etwo", "--", "echo '\ta'; exit 5"]);
  await cli(home, ["wait", first]);
  const second = await startTask(home, ["--", "true\ntrue"]);
  await cli(home, ["wait", second]);

  const { stdout } = await cli(home, ["list"]);
  const [newest, oldest, ...more] = stdout.split("\n").map((line) => line.split("\t"));
  expect(newest).toEqual([
    second,
    "completed",
    "0",
    expect.stringMatching(INSTANT),
    expect.stringMatching(/^\d+(\.\d+)?$/),
    "",
    "true⏎true",
  ]);
  expect(oldest?.filter((_, at) => at !== 3 && at !== 4)).toEqual([
    first,
    "failed",
    "5",
    "one\\u200etwo",
    "echo '␉a'; exit 5",
  ]);
  expect(more).toEqual([[""]]);
  expect((await cli(home, ["list", "--limit", "1"])).stdout.split("\t")[0]).toBe(second);
  expect((await cli(home, ["list", "--status", "failed"])).stdout.split("\t")[0]).toBe(first);
  expect(await cliJson(home, ["list", "-s", "failed", "-n", "1"])).toMatchObject({
    tasks: [{ task_id: first }],
    total: 1,
  });
});

test("much output is told in sizes that people read, by status and by prune; JSON has the bytes", async () => {
  const home = newHome();
  const id = await startTask(home, ["--name", "it", "--", "head -c 3000000 /dev/zero | tr '\\0' x"]);
  await cli(home, ["wait", id]);
  expect((await cli(home, ["status", "it"])).stdout).toMatch(/^output +1 line, 2\.9MB, the last /m);
  expect(await cliJson(home, ["status", "it"])).toMatchObject({ output_bytes: 3_000_000 });
  expect((await cli(home, ["prune", "--keep", "0"])).stdout).toBe("removed 1 task, 2.9MB\n");
});

test("status shows what is known, one fact a line", async () => {
  const home = newHome();
  const id = await startTask(home, ["--name", "it", "--timeout", "2m", "--", "echo x; kill -TERM $$"]);
  await cli(home, ["wait", id]);
  const { stdout } = await cli(home, ["status", "it"]);
  const facts = stdout
    .trimEnd()
    .split("\n")
    .map((line) => [line.slice(0, 14), line.slice(14)].map((part) => part.trim()));
  const when = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \((just now|\d+[smhd] ago)\)$/);
  expect(facts).toEqual([
    ["task", id],
    ["name", "it"],
    ["status", "failed"],
    ["signal", "SIGTERM"],
    ["command", "echo x; kill -TERM $$"],
    ["directory", realpathSync(home)],
    ["created", when],
    ["started", when],
    ["finished", when],
    ["ran", expect.stringMatching(/^\d+\.\ds$/)],
    ["timeout", "2m00s"],
    ["pid", expect.stringMatching(/^\d+$/)],
    ["output", expect.stringMatching(/^1 line, 2 bytes, the last (just now|\d+s ago)$/)],
  ]);
});

test("a task is called by its id, 4 or more of its first characters, or its name", async () => {
  const home = newHome();
  const id = await startTask(home, ["--name", "build", "true"]);
  for (const called of [id, id.slice(0, 4), id.slice(0, 13), "build"])
    expect(await cliJson(home, ["status", called])).toMatchObject({ task_id: id });
  const unknown = (called: string) =>
    `no task starts with ${JSON.stringify(called)} or has that name; "backburner list" shows them`;
  for (const [called, told] of [
    ...["nobody", "2*", "%", "../..", ""].map((none) => [none, unknown(none)]),
    [id.slice(0, 3), `"${id.slice(0, 3)}" is too little of an id; give its first 4 characters, or more`],
  ] as const)
    expect(await cli(home, ["status", called ?? ""])).toEqual({ stdout: "", stderr: `backburner: ${told}\n`, code: 2 });
});

test("what is longer than anybody types is not guessed at: that would take minutes", () => {
  expect(nearest("biuld", ["lint", "build"])).toBe("build");
  expect(nearest("x".repeat(200_000), ["x".repeat(200_001)])).toBeUndefined();
});

test("a mistyped name or id suggests the one that is meant, and is not taken for it", async () => {
  const home = newHome();
  const id = await startTask(home, ["--name", "build", "sleep 1000"]);
  await startTask(home, ["--name", "lint", "true"]);
  const swapped = id.slice(0, 8) + (id[9] ?? "") + (id[8] ?? "") + id.slice(10);
  const wrong = `${id.slice(0, 5)}${id[5] === "x" ? "y" : "x"}${id.slice(6, 9)}`;
  for (const [typed, meant] of [
    ["biuld", "build"],
    ["buil", "build"],
    ["Build", "build"],
    ["lit", "lint"],
    [`${id}x`, id],
    [swapped, id],
    [wrong, id],
  ] as const) {
    if (typed === meant) continue; // two equal characters were swapped
    for (const verb of ["status", "cancel", "logs", "wait"])
      expect(await cli(home, [verb, typed])).toEqual({
        stdout: "",
        stderr: `backburner: no task starts with ${JSON.stringify(typed)} or has that name; did you mean ${JSON.stringify(meant)}?\n`,
        code: 2,
      });
  }
  expect(await cliJson(home, ["status", id])).toMatchObject({ status: "working" });
});

test("a prefix of several ids is refused, and they are named", async () => {
  const home = newHome();
  const id = await startTask(home, ["true"]);
  await cli(home, ["wait", id]);
  const twin = id.slice(0, -1) + (id.endsWith("a") ? "b" : "a");
  const db = new Database(join(home, "backburner.db"));
  const columns = "command, cwd, shell, max_tasks, max_output_bytes, status, created_at_ms";
  db.run(`INSERT INTO tasks (id, ${columns}) SELECT ?, ${columns} FROM tasks WHERE id = ?`, [twin, id]);
  db.close();
  const { stderr, code } = await cli(home, ["cancel", id.slice(0, 4)]);
  const [one, other] = [id, twin].toSorted();
  expect({ stderr, code }).toEqual({
    stderr: `backburner: "${id.slice(0, 4)}" could be ${one}, ${other}; give more characters\n`,
    code: 2,
  });
  expect(await cliJson(home, ["status", id])).toMatchObject({ task_id: id });
});

test("a name means the live task first, then the newest", async () => {
  const home = newHome();
  const { command, open } = gate(home);
  const live = await startTask(home, ["--name", "x", "--", command]);
  const ended = await startTask(home, ["--name", "x", "--", "true"]);
  await cli(home, ["wait", ended]);
  expect(await cliJson(home, ["status", "x"])).toMatchObject({ task_id: live });
  open();
  await cli(home, ["wait", live]);
  expect(await cliJson(home, ["status", "x"])).toMatchObject({ task_id: ended });
});

test("a name that begins with a dash stands behind dashes", async () => {
  const home = newHome();
  const id = await startTask(home, ["--name", "-x", "--", "true"]);
  expect((await cli(home, ["status", "--json", "--", "-x"])).stdout).toContain(id);
});

test("cancel ends several tasks, or none when one of them is unknown", async () => {
  const home = newHome();
  const [one, other] = [gate(home, "one"), gate(home, "other")];
  const ids = [await startTask(home, ["--", one.command]), await startTask(home, ["--", other.command])];
  await one.begun();
  await other.begun();
  const refused = await cli(home, ["cancel", ...ids, "nobody"]);
  expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: "" });
  // Their commands run before they are claimed.
  await waitUntil("both go on", async () => (await cliJson(home, ["list", "--status", "working"])).total === 2);

  const { stdout, code } = await cli(home, ["cancel", ...ids, "--grace", "0", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    tasks: ids.map((task_id) => ({ task_id, status: "cancelled", signal: expect.stringMatching(/^SIG(TERM|KILL)$/) })),
  });
});

test("wait --any returns at the first end, wait at the last", async () => {
  const home = newHome();
  const { command, open } = gate(home);
  const slow = await startTask(home, ["--", `${command}; exit 4`]);
  const quick = await startTask(home, ["--", "exit 3"]);
  const any = await cli(home, ["wait", "--any", slow, quick, "--json"]);
  expect(any.code).toBe(3);
  expect(JSON.parse(any.stdout)).toMatchObject({
    reason: "ended",
    tasks: [{ status: "working" }, { status: "failed" }],
  });
  const all = spawnCli(home, ["wait", slow, quick]);
  open();
  expect(await all.exited).toBe(4);
  expect((await new Response(all.stdout).text()).split("\n").map((line) => line.split("\t")[0])).toEqual([
    slow,
    quick,
    "",
  ]);
});

test("start, list and a task that reads stdin do not depend on our stdin", async () => {
  const home = newHome();
  const id = await startTask(home, ["--", "cat; echo read"]);
  expect((await cli(home, ["wait", id])).code).toBe(0);
  expect((await cli(home, ["logs", id])).stdout).toBe("read\n");
});

test("--version says version, commit and target", async () => {
  const { stdout, stderr, code } = await cli(newHome(), ["--version"]);
  expect((await cli(newHome(), ["-v"])).stdout).toBe(stdout);
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  const [, release, target] = /^backburner (\S+) \((?:unknown|[0-9a-f]{8,}(?:-dirty)?), (\S+)\)\n$/.exec(stdout) ?? [];
  expect({ release, target }).toEqual({ release: version, target: `${process.platform}-${process.arch}` });
  expect((await cli(newHome(), ["-V"])).stdout).toBe(stdout);
});

test("a command that reads nothing of the home makes none", async () => {
  const home = join(newHome(), "home");
  for (const args of [["--help"], ["start", "--help"], ["--version"], ["lst"]]) await cli(home, args, { cwd: "/" });
  expect(existsSync(home)).toBe(false);
  await cli(home, ["list"], { cwd: "/" });
  await waitUntil("the home is made", () => existsSync(join(home, "backburner.db")));
});
