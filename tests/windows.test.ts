// The archive for Windows, run by Wine: a task's whole life, through both doors.

import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { copyFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cli, cliJson, startTask } from "./helpers/cli.ts";
import { FIXTURES, kill, newHome, processesWith, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";
import { openWine, unixPath, windowsPath } from "./helpers/wine.ts";

const wine = await openWine("windows-x64");
afterAll(() => wine.close());
const { binary } = wine;
const [gate, lines] = [await wine.program("gate"), await wine.program("lines")];
const [tree, ticks, argv] = [await wine.program("tree"), await wine.program("ticks"), await wine.program("words")];
setDefaultTimeout(60_000);

test("--version tells what it was built for", async () => {
  const { stdout, code } = await cli(newHome(), ["--version"], { binary });
  expect([stdout.trimEnd().endsWith(", windows-x64)"), code]).toEqual([true, 0]);
});

test("a person runs a command: both of its streams, its directory, its code; list, status and logs show it", async () => {
  const home = newHome();
  const run = await cli(home, ["start", "--wait", "--", "cd& echo out& echo err 1>&2& exit 3"], { binary });
  expect(run.code).toBe(3);
  for (const printed of [windowsPath(home), "out", "err "]) expect(run.stdout).toContain(printed); // in whichever order
  const { tasks, total } = await cliJson(home, ["list"], { binary });
  expect({ tasks, total }).toMatchObject({ total: 1, tasks: [{ status: "failed", exit_code: 3 }] });
  const [{ task_id }] = tasks as [{ task_id: string }];
  const [stdout, stderr, found, status] = await Promise.all([
    cli(home, ["logs", "--stdout", task_id], { binary }),
    cli(home, ["logs", "--stderr", task_id], { binary }),
    cli(home, ["logs", "--stdout", "--grep", "^o.t", task_id], { binary }),
    cli(home, ["status", task_id], { binary }),
  ]);
  expect(stdout).toMatchObject({ stdout: `${windowsPath(home)}\r\nout\r\n`, code: 0 });
  expect(stderr).toMatchObject({ stdout: "err \r\n", code: 0 });
  expect(found.stdout).toContain("out");
  expect(status.stdout).toMatch(/^exit +3$/m);
});

test("an exit code has 32 bits", async () => {
  const home = newHome();
  const id = await startTask(home, ["--", "exit -1073741510"], { binary });
  await cli(home, ["wait", id], { binary });
  expect(await cliJson(home, ["status", id], { binary })).toMatchObject({ exit_code: 0xc000013a });
});

test("the words of an argv arrive as they are, whatever cmd makes of their characters", async () => {
  const home = newHome();
  const awkward = [
    "a b",
    "",
    "100%",
    "%PATH%",
    "^",
    "&",
    "|",
    "<x>",
    '"',
    'a"b c',
    "c:\\dir\\",
    "c:\\d ir\\",
    "(é)",
    "!x!",
    "*",
  ];
  const { stdout, code } = await cli(home, ["start", "--wait", "--", argv, ...awkward], { binary });
  expect([stdout.split(/\r?\n/), code]).toEqual([[...awkward.map((word) => `[${word}]`), ""], 0]);
});

test("what cmd would not run as it was given is refused with what to do instead", async () => {
  const home = newHome();
  const refused = async (...args: string[]) => {
    const { stderr, code } = await cli(home, ["start", ...args], { binary });
    return [code, stderr.trim()];
  };
  expect(await refused("--", "echo one\necho two")).toEqual([
    2,
    expect.stringContaining("of which cmd.exe runs the first only"),
  ]);
  expect(await refused("--", `echo ${"x".repeat(9_000)}`)).toEqual([
    2,
    expect.stringMatching(/is 9005 characters long and the system takes 8\d{3};/),
  ]);
  expect(await refused("--pty", "--", "echo hi")).toEqual([
    2,
    expect.stringContaining("there is no terminal for a task on Windows yet"),
  ]);
});

test("a variable that is set takes the place of the one that Windows writes in other capitals", async () => {
  const home = newHome();
  const args = ["--env", "PATH=c:\\here", "--", "set path"];
  const { stdout } = await cli(home, ["start", "--wait", ...args], { binary });
  expect(stdout.split("\r\n").filter((line) => /^path=/i.test(line))).toEqual(["PATH=c:\\here"]);
});

test("an official client starts a task, reads on from a cursor, and is told of its end the moment it comes", async () => {
  const home = newHome();
  const client = new Client({ name: "test", version: "1" });
  const env = { PATH: process.env.PATH ?? "", BACKBURNER_HOME: home };
  await client.connect(new StdioClientTransport({ command: binary, args: ["mcp"], env, cwd: home }));
  const call = async (name: string, args: Record<string, unknown>) =>
    (await client.callTool({ name, arguments: args })).structuredContent as Record<string, unknown>;
  const { task_id } = await call("start_task", { command: `echo one& ${untilGo(home)}& echo two& exit 5` });
  const matched = await call("wait_task", { task_ids: [task_id], pattern: "one" });
  expect(matched).toMatchObject({ reason: "matched" });
  const { next_cursor } = await call("task_result", { task_id });
  const waiting = call("wait_task", { task_ids: [task_id] });
  await Bun.write(join(home, "go"), "");
  expect(await waiting).toMatchObject({ reason: "ended", tasks: [{ status: "failed", exit_code: 5 }] });
  expect(await call("task_result", { task_id, since: next_cursor })).toMatchObject({ output: "two\n" });
  await client.close();
});

test("input reaches an open stdin, and its end does", async () => {
  const server = await open(newHome());
  const { task_id } = await server.start(lines, { interactive: true });
  const pear = await server.call("send_input", { task_id, input: "pear\n" }).catch(async (error: Error) => {
    const { output } = await server.call("task_result", { task_id });
    throw new Error(`${error.message}; it printed ${JSON.stringify(output)}`);
  });
  expect(pear).toMatchObject({ output: "got pear\n" });
  await server.call("send_input", { task_id, input: "apple\n", eof: true });
  expect(await server.ended(task_id)).toMatchObject([{ status: "completed", output: "got pear\ngot apple\nend\n" }]);
  const late = await server.call("send_input", { task_id, input: "late" }).catch(String);
  expect(late).toContain("has ended");
  await server.close();
});

test("slots are kept, and one supervisor goes on with the queue", async () => {
  const home = newHome();
  const server = await open(home, { BACKBURNER_MAX_TASKS: "1" });
  const tasks = [];
  for (const code of [0, 1, 2]) tasks.push(await server.start(`${untilGo(home)}& exit ${code}`));
  expect(tasks.map((task) => task.status)).toMatchObject({ 1: "queued", 2: "queued" });
  const before = await waitUntil("the first has its supervisor", () => supervisors(home)[0]);
  await Bun.write(join(home, "go"), "");
  const ended = await server.ended(...tasks.map((task) => task.task_id));
  expect(ended.map((task) => task.exit_code)).toEqual([0, 1, 2]);
  expect(supervisors(home).filter((pid) => pid !== before)).toEqual([]);
  await server.close();
});

for (const [how, said] of [
  ["polite", "tree stands\ncleaned up at event 0\n"],
  ["deaf", "tree stands\n"],
] as const) {
  test(`cancel ends four kinds of children, ${how} to Ctrl-C`, async () => {
    const home = newHome();
    const server = await open(home);
    const task_id = await startTree(server, home, how);
    expect(await server.cancel(task_id, 2)).toMatchObject({ status: "cancelled" });
    expect(running(home)).toEqual([]); // no waiting here
    expect(await server.call("task_result", { task_id })).toMatchObject({ output: said });
    await server.close();
  });
}

test("a timeout ends four kinds of children", async () => {
  const home = newHome();
  const server = await open(home);
  const task_id = await startTree(server, home, "deaf", { timeout_seconds: 3 });
  expect(await server.ended(task_id)).toMatchObject([{ status: "timed_out" }]);
  expect(running(home)).toEqual([]);
  await server.close();
});

test("what a command leaves running is named, goes on printing, and ends at a cancel", async () => {
  const home = newHome();
  const server = await open(home);
  const { task_id } = await server.start(`start /b ${ticks}& echo main`);
  const [task] = await server.ended(task_id);
  expect(task).toMatchObject({ status: "completed", left_running: [{ command: expect.stringContaining("ticks") }] });
  const log = join(home, "tasks", task_id, "output.log");
  const before = readText(log).length;
  await waitUntil("it has printed more", () => readText(log).length > before + 50);
  expect(await server.cancel(task_id)).toMatchObject({ status: "completed" });
  expect((await server.status(task_id)).left_running).toBeUndefined();
  await waitUntil("its supervisor has left", () => supervisors(home).length === 0);
  await server.close();
});

test("what holds no pipe of its task outlives its supervisor, and ends at a cancel all the same", async () => {
  const home = newHome();
  const id = await startTask(home, ["--", `start /b ${tree} daemon ${home} >nul 2>&1`], { binary });
  await cli(home, ["wait", id], { binary });
  await waitUntil("its supervisor has left", () => supervisors(home).length === 0);
  expect(running(home).map((words) => words[1])).toEqual(["daemon"]);
  expect(await cliJson(home, ["status", id], { binary })).toMatchObject({ status: "completed", left_running: [{}] });
  expect(await cli(home, ["cancel", id], { binary })).toMatchObject({ code: 0 });
  expect(running(home)).toEqual([]);
});

test("a task outlives its server, and the next one tells its true exit code", async () => {
  const home = newHome();
  const first = await open(home);
  const { task_id } = await first.start(`${untilGo(home)}& echo survived& exit 42`);
  const pid = await waitUntil("the command runs", async () => (await first.status(task_id)).pid);
  for (const server of servers(home)) kill(server, "SIGKILL");
  const second = await open(home);
  expect(await second.status(task_id)).toMatchObject({ status: "working", pid });
  await Bun.write(join(home, "go"), "");
  expect(await second.ended(task_id)).toMatchObject([{ status: "failed", exit_code: 42, output: "survived\n" }]);
  await second.close();
});

test("a killed supervisor: its waiter learns of it, the system ends the tree, and the queue goes on", async () => {
  const home = newHome();
  const server = await open(home, { BACKBURNER_MAX_TASKS: "1" });
  const task_id = await startTree(server, home, "deaf");
  const queued = await server.start("echo next");
  const waiting = server.ended(task_id, queued.task_id);
  for (const pid of supervisors(home)) kill(pid, "SIGKILL");
  expect(await waiting).toMatchObject([{ status: "interrupted" }, { status: "completed", output: "next\n" }]);
  expect(running(home)).toEqual([]);
  await server.close();
});

test("a person follows the output, waits for words in it, and cancels", async () => {
  const home = newHome();
  const id = await startTask(home, ["--name", "pings", "--", `echo begin& ${ticks}`], { binary });
  const following = cli(home, ["logs", "-f", "pings"], { binary });
  expect(await cli(home, ["wait", id, "--until", "tick 9"], { binary })).toMatchObject({ code: 0 });
  expect(await cli(home, ["cancel", "--grace", "0", "pings"], { binary })).toMatchObject({ code: 0 });
  expect((await following).stdout).toMatch(/^begin\r\n[^]*tick 9/);
  expect(await cli(home, ["wait", id], { binary })).toMatchObject({ code: 130 });
});

test("who does not begin with the secret is cut off by a supervisor, whatever it asks", async () => {
  const home = newHome();
  const id = await startTask(home, ["--", untilGo(home)], { binary });
  const control = join(home, "tasks", id, "ctl");
  const [, secret = ""] = (await waitUntil("it listens", () => readText(control))).trim().split(" ");
  const cancel = JSON.stringify({ op: "cancel", task: id, grace_ms: 0 });
  const asks = (...said: string[]) => {
    const script = windowsPath(join(FIXTURES, "windows", "stranger.ts"));
    return cli(home, [script, control, ...said], { binary, env: { BUN_BE_BUN: "1" } }); // the binary is a Bun as well
  };
  expect(secret).toMatch(/^[0-9a-f]{32}$/);
  expect((await asks(cancel)).stdout).toBe("cut off\n");
  expect((await asks("0".repeat(32), cancel)).stdout).toBe("cut off\n");
  expect(await cliJson(home, ["status", id], { binary })).toMatchObject({ status: "working" });
  expect((await asks(secret, cancel)).stdout).toEndWith("cut off\n");
  expect(await cliJson(home, ["status", id], { binary })).toMatchObject({ status: "cancelled" });
});

test("a task may itself use backburner, and is not the one that its tasks belong to; a code above 255 is left with", async () => {
  const home = newHome();
  const script = `${wine.exe} start -- ${untilGo(home)}& ${wine.exe} start --wait -- exit 1603& call echo left with %^errorlevel%`;
  const outer = await cli(home, ["start", "--wait", "--", script], { binary });
  expect(outer.stdout).toContain("left with 1603");
  const { tasks } = (await cliJson(home, ["list"], { binary })) as {
    tasks: { status: string; left_running?: object[] }[];
  };
  expect(tasks.map(({ status, left_running }) => [status, left_running])).toEqual([
    ["failed", undefined],
    ["working", undefined],
    ["failed", undefined],
  ]);
});

test("another shell runs commands, also from a directory with a space, and gets the command as one word", async () => {
  const home = newHome();
  const shell = join(home, "a shell.exe");
  copyFileSync(unixPath(argv), shell);
  const env = { BACKBURNER_SHELL: `"${windowsPath(shell)}" -Command` };
  const run = await cli(home, ["start", "--wait", "--", "Write \"a b\"; 'c'"], { binary, env });
  expect(run.stdout.split(/\r?\n/)).toEqual(["[-Command]", "[Write \"a b\"; 'c']", ""]);
  const described = await cli(home, ["doctor"], { binary });
  expect(described.stdout).toContain("this system has Job Objects instead");
});

test("doctor says that a shell hangs, and does not wait for it", async () => {
  const env = { BACKBURNER_SHELL: ticks };
  const { stdout, code } = await cli(newHome(), ["doctor", "--json"], { binary, env });
  const { checks } = JSON.parse(stdout) as { checks: { check: string; status: string; message: string }[] };
  expect(checks.find(({ check }) => check === "shell")).toMatchObject({
    status: "problem",
    message: expect.stringContaining("did not run a command within 2 s"),
  });
  expect(code).toBe(1);
});

test("a host that lets nobody out of its job can start tasks all the same", async () => {
  const home = newHome();
  const started = Bun.spawn([binary, "start", "--wait", "--", "echo in jail& exit 4"], {
    env: { ...process.env, BACKBURNER_HOME: home, WINE_STARTS: await wine.program("jail") },
    cwd: home,
  });
  expect([await started.stdout.text(), await started.exited]).toEqual(["in jail\r\n", 4]);
});

test("at a console a list has colours, and top is drawn, takes keys and gives the console back", async () => {
  const home = newHome();
  await cli(home, ["start", "--wait", "--", "exit 1"], { binary });
  const atConsole = (...args: string[]) => {
    const seen = { text: "" };
    const data = (_: unknown, bytes: Uint8Array) => void (seen.text += Buffer.from(bytes).toString());
    const env = { ...process.env, BACKBURNER_HOME: home, TERM: "xterm-256color", NO_COLOR: "" };
    const started = Bun.spawn([binary, ...args], { env, cwd: home, terminal: { cols: 250, rows: 30, data } });
    return { seen, started };
  };
  const list = atConsole("list");
  expect(await list.started.exited).toBe(0);
  expect(list.seen.text).toContain("\u001b[31mfailed\u001b[39m");
  const top = atConsole("top");
  await waitUntil("it is drawn", () => top.seen.text.includes("quit"));
  top.started.terminal?.write("q");
  expect(await top.started.exited).toBe(0);
  expect(top.seen.text.slice(top.seen.text.lastIndexOf("quit"))).toContain("\u001b[?1049l");
});

/** A server that has shaken hands. */
async function open(home: string, env: Record<string, string> = {}): Promise<Server> {
  const server = new Server(home, { env, binary });
  await server.shakeHands();
  return server;
}

/** Goes on when there is a file "go" in the home. */
function untilGo(home: string): string {
  return `${gate} ${windowsPath(home)}\\go`;
}

/** Starts the tree of four kinds of children, and gives its task once all of them run. */
async function startTree(server: Server, home: string, how: "polite" | "deaf", more = {}): Promise<string> {
  const { task_id } = await server.start(`${tree} ${how} ${home}`, more);
  await waitUntil("four children run", () => {
    const kinds = new Set(running(home).map((words) => words[1]));
    return ["plain", "detached", "orphan", "outside"].every((kind) => kinds.has(kind)) && !kinds.has("parent");
  });
  return task_id;
}

/** The command lines of the trees of a home that run, as proc(5) has them. */
function running(home: string): string[][] {
  return commandLines().flatMap(([, words]) => (words[0] === tree && words[2] === home ? [words] : []));
}

/** Pids of the supervisors of a home, as Linux counts. */
function supervisors(home: string): number[] {
  const ids = readdirSync(join(home, "tasks"));
  return commandLines().flatMap(([pid, words]) =>
    words[1] === "__supervise" && ids.includes(words[2] ?? "") ? [pid] : [],
  );
}

/** Pids of the servers of a home. */
function servers(home: string): number[] {
  const ours = new Set(processesWith(`BACKBURNER_HOME=${home}`));
  return commandLines().flatMap(([pid, words]) => (ours.has(pid) && words[1] === "mcp" ? [pid] : []));
}

function commandLines(): [pid: number, words: string[]][] {
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return pids.map((pid) => [pid, readText(`/proc/${pid}/cmdline`).split("\0")]);
}
