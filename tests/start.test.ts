// A command runs as its submitter would have run it, and its true result comes back.

import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newHome, parentOf, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

test("a command's output and its true exit code come back", async () => {
  const server = await Server.open(newHome());
  const task = await server.run("echo out; echo err >&2; exit 3");
  expect(task).toMatchObject({ status: "failed", exit_code: 3, output_total_lines: 2 });
  expect(task.output?.split("\n").toSorted()).toEqual(["", "err", "out"]);
  await server.close();
});

test("exit 0 is completed, a signal from outside is failed with its name", async () => {
  const server = await Server.open(newHome());
  expect(await server.run("true")).toMatchObject({ status: "completed", exit_code: 0 });
  const killed = await server.run("kill -KILL $$");
  expect(killed).toMatchObject({ status: "failed", signal: "SIGKILL" });
  expect(killed.exit_code).toBeUndefined();
  await server.close();
});

test("stdin is at its end at once", async () => {
  const server = await Server.open(newHome());
  expect(await server.run("cat; echo after")).toMatchObject({ status: "completed", output: "after\n" });
  await server.close();
});

test("a command can open its own stdout and stderr by name", async () => {
  const server = await Server.open(newHome());
  const task = await server.run(
    "echo one >/dev/stderr; echo two >/dev/stdout; echo three | tee /dev/stderr >/dev/null",
  );
  expect(task.exit_code).toBe(0);
  expect(task.output?.split("\n").toSorted()).toEqual(["", "one", "three", "two"]);
  await server.close();
});

test("a command gets its submitter's environment, what was set on top, and its own id", async () => {
  const server = await Server.open(newHome(), { FROM_SUBMITTER: "a b\nc", BUN_GC_TIMER_DISABLE: undefined });
  const task = await server.run(
    `printf '%s|' "$FROM_SUBMITTER" "$EXTRA" "$PAGER" "$PYTHONUNBUFFERED" "$BACKBURNER_TASK_ID"`,
    {
      env: { EXTRA: "x=y" },
    },
  );
  expect(task.output).toBe(`a b\nc|x=y|cat|1|${task.task_id}|`);
  const inherited = await server.run("env");
  expect(inherited.output).not.toContain("BUN_GC_TIMER_DISABLE");
  expect(inherited.output).not.toContain("MIMALLOC_PURGE_DELAY");
  await server.close();
});

test("a command runs in the given directory, relative to its submitter's", async () => {
  const where = mkdtempSync(join(tmpdir(), "backburner-cwd-"));
  mkdirSync(join(where, "sub dir"));
  const server = await Server.open(newHome(), {}, where);
  expect((await server.run("pwd")).output).toBe(`${where}\n`);
  expect((await server.run("pwd", { cwd: "sub dir" })).output).toBe(`${where}/sub dir\n`);
  await server.close();
  const atHome = await Server.open(newHome(), { HOME: where });
  expect((await atHome.run("pwd", { cwd: "~" })).output).toBe(`${where}\n`);
  expect((await atHome.run("pwd", { cwd: "~/sub dir" })).output).toBe(`${where}/sub dir\n`);
  await atHome.close();
  rmSync(where, { recursive: true });
});

test("a command has its submitter's umask, no signal ignored, and no descriptor of ours", async () => {
  const home = newHome();
  const mask = process.umask(0o027);
  const server = await Server.open(home);
  process.umask(mask);
  const task = await server.run("umask; grep -E 'SigIgn|SigBlk' /proc/self/status; ls /proc/self/fd | wc -l");
  expect(task.output).toMatch(/^0027\nSigBlk:\t0+\nSigIgn:\t0+\n4\n$/);
  await server.close();
});

test("what lies in the home is for its owner alone, whatever the umask", async () => {
  const home = newHome();
  const mask = process.umask(0);
  const server = await Server.open(join(home, "inner"));
  process.umask(mask);
  const task = await server.start("echo x; sleep 60");
  const directory = join(home, "inner", "tasks", task.task_id);
  await waitUntil("the control socket is there", () => statSync(join(directory, "ctl"), { throwIfNoEntry: false }));
  await waitUntil(
    "the line is in the log and the index",
    () => statSync(join(directory, "output.index"), { throwIfNoEntry: false })?.size,
  );
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  for (const path of [join(home, "inner"), directory]) expect(mode(path)).toBe("700");
  for (const name of ["ctl", "output.log", "output.index"])
    expect([name, mode(join(directory, name))]).toEqual([name, "600"]);
  expect(mode(join(home, "inner", "backburner.db"))).toBe("600");
  expect(mode(join(home, "inner", "trace.log"))).toBe("600");
  await server.cancel(task.task_id);
  await server.close();
});

test("a supervisor's argv holds the id and nothing of the command", async () => {
  const server = await Server.open(newHome());
  const task = await server.start("sleep 60 # needle-in-argv");
  const running = await waitUntil("the command runs", async () => {
    const now = await server.status(task.task_id);
    return now.pid === undefined ? undefined : now;
  });
  const supervisor = parentOf(running.pid ?? 0);
  const argv = readText(`/proc/${supervisor}/cmdline`).split("\0");
  expect(argv).toContain(task.task_id);
  expect(argv.join(" ")).not.toContain("sleep");
  expect(readText(`/proc/${supervisor}/environ`)).not.toContain("BACKBURNER_TASK_ID");
  await server.cancel(task.task_id);
  await server.close();
});

test("a directory that is gone when the task's turn comes is told", async () => {
  const where = mkdtempSync(join(tmpdir(), "backburner-gone-"));
  const server = await Server.open(newHome(), { BACKBURNER_MAX_TASKS: "1" });
  const first = await server.start("sleep 60");
  const second = await server.start("pwd", { cwd: where });
  rmSync(where, { recursive: true });
  await server.cancel(first.task_id);
  const [ended] = await server.ended(second.task_id);
  expect(ended).toMatchObject({ status: "failed", reason: `it could not start: the directory ${where} is gone` });
  await server.close();
});

test("a shell of the user's own runs the command", async () => {
  const server = await Server.open(newHome(), { BACKBURNER_SHELL: "/bin/sh -eu -c" });
  expect(await server.run("echo $0; false; echo unreached")).toMatchObject({
    status: "failed",
    exit_code: 1,
    output: "/bin/sh\n",
  });
  await server.close();
  const broken = await Server.open(newHome(), { BACKBURNER_SHELL: "/no/such/shell -c" });
  const task = await broken.run("echo x");
  expect(task.status).toBe("failed");
  expect(task.reason).toContain("/no/such/shell");
  await broken.close();
});

test("nothing of the directory that the binary is started in is loaded or run", async () => {
  const where = mkdtempSync(join(tmpdir(), "backburner-trap-"));
  writeFileSync(join(where, ".env"), "BACKBURNER_MAX_TASKS=none\nFROM_DOTENV=1\n");
  writeFileSync(join(where, "bunfig.toml"), 'preload = ["./trap.ts"]\n');
  writeFileSync(join(where, "trap.ts"), `require("node:fs").writeFileSync("sprung", "");`);
  const server = await Server.open(newHome(), {}, where);
  expect((await server.run("echo [$FROM_DOTENV]; ls")).output).toBe("[]\nbunfig.toml\ntrap.ts\n");
  await server.close();
  rmSync(where, { recursive: true });
});

test("output that comes without a newline, in pieces and in bytes that are no text is kept as it is", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const task = await server.run(`printf 'a\\000\\377b'; sleep 0.1; printf 'c'`);
  const log = await Bun.file(join(home, "tasks", task.task_id, "output.log")).bytes();
  expect([...log]).toEqual([0x61, 0, 0xff, 0x62, 0x63]);
  expect(task).toMatchObject({ output_bytes: 5, output_lines: 1 });
  await server.close();
});

test("a large output arrives complete, also what was written just before the end", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const task = await server.run("seq 1 300000; echo last >&2");
  expect(task).toMatchObject({ status: "completed", output_lines: 300_001 });
  const log = await Bun.file(join(home, "tasks", task.task_id, "output.log")).text();
  const lines = log.split("\n");
  expect(lines.filter((line) => line === "last")).toHaveLength(1);
  expect(lines.filter((line) => line !== "last").join("\n")).toBe(
    `${Array.from({ length: 300_000 }, (_, n) => n + 1).join("\n")}\n`,
  );
  await server.close();
});

test("a timeout in fractions of a millisecond is one of a whole one", async () => {
  const server = await Server.open(newHome());
  for (const more of [{ timeout_seconds: 0.0123456 }, { idle_timeout_seconds: 0.0123456 }])
    expect(await server.run("sleep 60", more)).toMatchObject({ status: "timed_out" });
  await server.close();
});

test("a directory that can't be looked at is refused with a sentence", async () => {
  const server = await Server.open(newHome());
  const reply = await server.tool("start_task", { command: "true", cwd: `/${"x".repeat(5_000)}` });
  expect(reply).toMatchObject({ isError: true });
  expect(reply.content[0]?.text).toMatch(/^the directory "\/x+…" can't be used \(ENAMETOOLONG\); give another cwd$/);
  await server.close();
});

test("a server whose own directory was removed starts tasks in others, and says what is missing", async () => {
  const home = newHome();
  const gone = join(home, "worktree");
  mkdirSync(gone);
  const server = await Server.open(home, {}, gone);
  rmSync(gone, { recursive: true });
  expect(await server.run("pwd", { cwd: home })).toMatchObject({ status: "completed", output: `${home}\n` });
  const reply = await server.tool("start_task", { command: "pwd" });
  expect(reply.content[0]?.text).toBe(`the directory "${gone}" does not exist; create it or give another cwd`);
  mkdirSync(gone);
  expect(await server.run("pwd")).toMatchObject({ status: "completed", output: `${gone}\n` });
  await server.close();
});

test("a directory that the settings name and that is not there is told of by the setting's name", async () => {
  const server = await Server.open(newHome(), { BACKBURNER_CWD: "/no/where" });
  const reply = await server.tool("start_task", { command: "pwd" });
  expect(reply.content[0]?.text).toBe(
    'BACKBURNER_CWD is "/no/where", which does not exist; create it, or give another cwd',
  );
  expect(await server.run("pwd", { cwd: "/" })).toMatchObject({ status: "completed", output: "/\n" });
  await server.close();
});
