// A task in a terminal of its own: prompts, passwords, keys and sizes work, and nothing that was printed is lost.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { isRunning, kill, newHome, parentOf, processesWith, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

const log = (home: string, id: string) => readText(join(home, "tasks", id, "output.log"));

test("a command has a controlling terminal, a size, a type, and leads its session", async () => {
  const server = await Server.open(newHome(), { TERM: undefined });
  const command = `stty size; echo $TERM; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && tty; ps -o pid=,sid=,tpgid= -p $$; echo $$ >/dev/tty`;
  const { output = "", exit_code } = await server.run(command, { pty: true });
  expect(exit_code).toBe(0);
  const [, pid] = /\n(\d+)\r?\n$/.exec(output) ?? [];
  expect(output.replaceAll("\r", "").replace(/ +/g, " ")).toMatch(
    new RegExp(`^24 80\\nxterm-256color\\n/dev/pts/\\d+\\n ?${pid} ${pid} ${pid}\\n${pid}\\n$`),
  );
  await server.close();
});

test("python3 -i answers in a terminal", async () => {
  const server = await Server.open(newHome());
  const { task_id } = await server.start("python3 -i -q", { pty: true });
  const send = (input: string) => server.call("send_input", { task_id, input, wait_seconds: 20 });
  expect(await server.waitsForInput(task_id)).toMatchObject({ last_line: ">>>" });
  expect(await send("x = 6 * 7; print(x)\n")).toMatchObject({
    output: "x = 6 * 7; print(x)\n42\n>>> ",
    waiting_for_input: true,
    last_line: ">>>",
  });
  expect((await send("<up>\n")).output).toContain("42\n");
  expect(await send("<ctrl-d>")).toMatchObject({ status: "completed", exit_code: 0 });
  await server.close();
});

test("bash prompts in a terminal, and ctrl-c ends its foreground job, not itself", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { task_id } = await server.start("PS1='ready> ' exec bash --norc --noprofile -i", { pty: true });
  const send = (input: string, more = {}) => server.call("send_input", { task_id, input, wait_seconds: 20, ...more });
  expect(await server.waitsForInput(task_id)).toMatchObject({ last_line: "ready>" });
  expect((await send("echo $((6 * 7))\n")).output).toContain("42\n");
  await send("sleep 1000\n", { wait_seconds: 0 });
  await waitUntil("the job runs", async () => jobsOf(task_id).length === 1);
  const [job = 0] = jobsOf(task_id);
  expect((await server.status(task_id)).waiting_for_input).toBeUndefined();
  expect((await send("<ctrl-c>")).output).toContain("ready>");
  await waitUntil("the job is gone", () => !isRunning(job));
  expect((await send("echo code $?\n")).output).toContain("code 130");
  expect(await send("exit 5\n")).toMatchObject({ status: "failed", exit_code: 5 });
  await server.close();
});

/** Children of the command. */
function jobsOf(taskId: string): number[] {
  return processesWith(`BACKBURNER_TASK_ID=${taskId}`).filter((pid) =>
    readText(`/proc/${pid}/cmdline`).startsWith("sleep\0"),
  );
}

test("a password is asked for, not shown, and not in the log", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { task_id } = await server.start(`read -s -p 'Password: ' it; echo; echo "got \${#it}"`, { pty: true });
  expect(await server.waitsForInput(task_id)).toMatchObject({ last_line: "Password:" });
  expect(await server.call("send_input", { task_id, input: "s3cr3t\n", wait_seconds: 20 })).toMatchObject({
    status: "completed",
    output: "\ngot 6\n",
  });
  expect(log(home, task_id)).toBe("Password: \r\ngot 6\r\n");
  await server.close();
});

test("a program that waits for keys in an event loop is seen at its prompt", async () => {
  const server = await Server.open(newHome());
  const script = `const r = require("readline").createInterface({ input: process.stdin, output: process.stdout });
    r.question("name? ", (name) => { console.log("hello " + name); r.close(); });`;
  const { task_id } = await server.start(`node -e '${script}'`, { pty: true });
  expect(await server.waitsForInput(task_id)).toMatchObject({ last_line: "name?" });
  expect(await server.call("send_input", { task_id, input: "you\n", wait_seconds: 20 })).toMatchObject({
    output: expect.stringContaining("hello you\n") as string,
  });
  expect(await server.ended(task_id)).toMatchObject([{ status: "completed" }]); // node takes a moment to leave
  await server.close();
});

test("eof ends what reads a terminal, also after an unfinished line", async () => {
  const server = await Server.open(newHome());
  for (const input of ["whole\n", "unfinished", ""]) {
    const { task_id } = await server.start("stty -echo; wc -c", { pty: true });
    await server.waitsForInput(task_id);
    expect(await server.call("send_input", { task_id, input, eof: true, wait_seconds: 20 })).toMatchObject({
      output: `${input.length}\n`,
    });
    expect(await server.ended(task_id)).toMatchObject([{ status: "completed" }]);
  }
  await server.close();
});

test("keys by name are the bytes of the key, a backslash keeps a name as text, and other brackets stay", async () => {
  const server = await Server.open(newHome());
  const { task_id } = await server.start("stty raw -echo; echo ready; head -c 46 | od -An -c -w46", { pty: true });
  await waitUntil("it is ready", async () => (await server.status(task_id)).output_lines);
  const input = "<up><F5><Ctrl-C><alt-b><esc>\\<up>cat <<EOF <b>List<String></b>\n";
  const sent = await server.call("send_input", { task_id, input, wait_seconds: 20 });
  expect(sent.status).toBe("completed");
  expect(sent.output?.replace(/ +/g, " ").trim()).toBe(
    "033 [ A 033 [ 1 5 ~ 003 033 b 033 < u p > c a t < < E O F < b > L i s t < S t r i n g > < / b > \\r",
  );
  await server.close();
});

test("all output is in the log when the command ends, in order", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const expected = `${Array.from({ length: 3000 }, (_, n) => `${n + 1}\r\n`).join("")}last\r\n`;
  for (let round = 0; round < 30; round += 1) {
    const task = await server.run("seq 3000; echo last >&2", { pty: true });
    expect(task).toMatchObject({ status: "completed", output_lines: 3001 });
    expect(log(home, task.task_id)).toBe(expected);
  }
  await server.close();
});

test("a supervisor that could not read at the end still gets what was printed", async () => {
  const home = newHome();
  const server = await Server.open(home);
  for (let round = 0; round < 5; round += 1) {
    const go = join(home, `go-${round}`);
    const task = await server.start(`until [ -e '${go}' ]; do sleep 0.01; done; seq 500; exit 3`, { pty: true });
    const pid = await waitUntil("the command runs", async () => (await server.status(task.task_id)).pid);
    const supervisor = parentOf(pid);
    kill(supervisor, "SIGSTOP");
    await Bun.write(go, "");
    await waitUntil("the command has ended", () => !isRunning(pid));
    kill(supervisor, "SIGCONT");
    expect(await server.ended(task.task_id)).toMatchObject([{ exit_code: 3, output_lines: 500 }]);
    expect(log(home, task.task_id)).toEndWith("\r\n499\r\n500\r\n");
  }
  await server.close();
});

test("cancel ends an interactive shell with jobs in groups of their own, without the whole grace", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { task_id } = await server.start("PS1='ready> ' exec bash --norc --noprofile -i", { pty: true });
  await server.waitsForInput(task_id);
  await server.call("send_input", { task_id, input: "sleep 1000 & sleep 1001 & sleep 1002\n" });
  await waitUntil("three jobs run", () => jobsOf(task_id).length === 3);
  const pids = processesWith(`BACKBURNER_TASK_ID=${task_id}`);
  // A shell at its prompt does not hear SIGTERM: a grace of a minute would run into the test's own deadline.
  expect(await server.cancel(task_id, 60)).toMatchObject({ status: "cancelled" });
  expect(pids.filter(isRunning)).toEqual([]);
  await server.close();
});

test("what is left running holds the terminal: it is named, heard, and can be ended", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const tick = `while :; do echo tick; sleep 0.01; done`;
  for (let round = 0; round < 5; round += 1) {
    const task = await server.run(`trap '' HUP; (${tick}) & seq 2000; echo last`, { pty: true });
    expect(task.status).toBe("completed");
    const before = log(home, task.task_id);
    expect(before.replaceAll("tick\r\n", "").endsWith("\n2000\r\nlast\r\n")).toBe(true);
    const [left] = task.left_running ?? [];
    expect(isRunning(left?.pid ?? 0)).toBe(true);
    await waitUntil("it goes on printing", () => log(home, task.task_id).length > before.length + 50);
    await server.cancel(task.task_id);
    expect(isRunning(left?.pid ?? 0)).toBe(false);
  }
  await server.close();
});
