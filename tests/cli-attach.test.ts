// A person sits down before a task: keys go there, its screen comes here, and the terminal is left as it was found.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cli, cliJson, CTRL_C, environment, spawnCli, startTask, TerminalRun } from "./helpers/cli.ts";
import { BINARY, kill, newHome, processesWith, readText, waitUntil } from "./helpers/home.ts";

const DETACH = "\u001d";
const SHELL = ["--", "PS1='ready> ' exec bash --norc --noprofile -i"];

const shows = (terminal: TerminalRun, text: string | RegExp) =>
  waitUntil(`the terminal shows ${String(text)}`, () =>
    typeof text === "string" ? terminal.text.includes(text) : text.test(terminal.text),
  );

/** stty(1) sees no difference to before. */
function expectRestored(home: string): void {
  expect(readFileSync(join(home, "terminal.after"), "utf8")).toBe(readFileSync(join(home, "terminal.before"), "utf8"));
}

test("start -it is a shell in this terminal: its size, its keys, its exit code", async () => {
  const home = newHome();
  const terminal = new TerminalRun(home, ["start", "-it", ...SHELL], { cols: 91 });
  await shows(terminal, /ready> $/);
  terminal.type("stty size\r");
  await shows(terminal, "24 91");
  terminal.type("trap 'stty size' WINCH; echo set$((1))\r");
  await shows(terminal, /set1[^]*ready> $/);
  terminal.resize(70, 20);
  await shows(terminal, "20 70");
  terminal.resize(91, 24);
  terminal.type("sleep 1000\r");
  await waitUntil("the job runs", () => processesWith(`BACKBURNER_HOME=${home}`).some(isSleep));
  terminal.type(CTRL_C);
  await shows(terminal, /\^C[^]*ready> /);
  terminal.type("exit 7\r");
  expect((await terminal.left()).code).toBe(7);
  expectRestored(home);
});

const isSleep = (pid: number) => readText(`/proc/${pid}/cmdline`).startsWith("sleep\0");

test("Ctrl-] leaves, the task goes on, and attach comes back to it", async () => {
  const home = newHome();
  const id = await startTask(home, ["--pty", ...SHELL]);
  const first = new TerminalRun(home, ["attach", id], { env: { NO_COLOR: "1" } });
  await shows(first, "Ctrl-] leaves it running");
  first.type("kept=42\r");
  await shows(first, /kept=42[^]*ready> /);
  first.type(DETACH);
  const left = await first.left();
  expect(left.code).toBe(0);
  expect(left.text).toContain(`task ${id} goes on; "backburner attach ${id}" comes back to it\n`);
  expectRestored(home);
  const second = new TerminalRun(home, ["attach", id]);
  await shows(second, "kept=42"); // what was on the screen
  second.type("echo $((kept + 1))\r");
  await shows(second, "43");
  second.type("exit\r");
  expect((await second.left()).code).toBe(0);
});

test("who comes back to a program that fills the screen sees it drawn again", async () => {
  const home = newHome();
  const id = await startTask(home, [
    "-t",
    "--",
    "trap 'echo drawn at $(stty size)' WINCH; echo ready; while :; do sleep 0.02; done",
  ]);
  await waitUntil("it is ready", () => readText(join(home, "tasks", id, "output.log")).includes("ready"));
  for (let times = 0; times < 2; times += 1) {
    const terminal = new TerminalRun(home, ["attach", "-n", "0", id]);
    await shows(terminal, "drawn at 24 100");
    terminal.type(DETACH);
    expect((await terminal.left()).code).toBe(0);
  }
  await cli(home, ["cancel", id]);
});

test("two who are attached see the same and type into the same", async () => {
  const home = newHome();
  const id = await startTask(home, ["--pty", ...SHELL]);
  const both = [new TerminalRun(home, ["attach", id]), new TerminalRun(home, ["attach", id])] as const;
  for (const one of both) await shows(one, "ready> ");
  both[0].type("echo $((40 + 2))\r");
  for (const one of both) await shows(one, "42");
  both[1].type("echo $((40 + 3))\r");
  for (const one of both) await shows(one, "43");
  both[0].type(DETACH);
  expect((await both[0].left()).code).toBe(0);
  both[1].type("exit 3\r");
  expect((await both[1].left()).code).toBe(3);
});

test.each(["SIGTERM", "SIGHUP"] as const)(
  "the terminal is restored after %s, also what a program has switched on",
  async (signal) => {
    const home = newHome();
    const id = await startTask(home, [
      "--pty",
      "--",
      "printf '\\033[?1049h\\033[?25l\\033[?2004hfull screen'; sleep 1000",
    ]);
    const terminal = new TerminalRun(home, ["attach", id]);
    await shows(terminal, "full screen");
    const attached = processesWith(`BACKBURNER_HOME=${home}`).find((pid) =>
      readText(`/proc/${pid}/cmdline`).startsWith(`${BINARY}\0attach`),
    );
    kill(attached ?? 0, signal);
    const { text, code } = await terminal.left();
    expect(code).toBe(signal === "SIGTERM" ? 143 : 129);
    expect(text).toContain("\u001b[?1049l\u001b[?25h\u001b[?2004l\u001b[0m");
    expectRestored(home);
    expect(await cliJson(home, ["status", id])).toMatchObject({ status: "working" });
    await cli(home, ["cancel", id]);
  },
);

test("the terminal is restored when the task is cancelled, and the code is wait's", async () => {
  const home = newHome();
  const id = await startTask(home, ["--pty", ...SHELL]);
  const terminal = new TerminalRun(home, ["attach", id]);
  await shows(terminal, "ready> ");
  await cli(home, ["cancel", id]);
  expect((await terminal.left()).code).toBe(130);
  expectRestored(home);
});

test("a window that is closed leaves the task running, with its input open", async () => {
  const home = newHome();
  const attachments = () =>
    processesWith(`BACKBURNER_HOME=${home}`).filter((pid) =>
      readText(`/proc/${pid}/cmdline`).startsWith(`${BINARY}\0attach`),
    );
  const shell = await startTask(home, ["-t", ...SHELL]);
  const reader = await startTask(home, ["-i", "--", "echo ready; cat"]);
  for (const [id, prompt] of [
    [shell, "ready> "],
    [reader, "ready"],
  ] as const) {
    const terminal = new TerminalRun(home, ["attach", id]);
    await shows(terminal, prompt);
    terminal.hangUp();
    await waitUntil("attach has left", () => attachments().length === 0);
    const { stdout } = await cli(home, ["send", id, "echo $((40 + 2))"]);
    expect(stdout).toContain(id === shell ? "42" : "echo $((40 + 2))\n");
  }
  await cli(home, ["cancel", shell, reader]);
});

test("lines go to a task without a terminal, Ctrl-D ends its input, Ctrl-C leaves", async () => {
  const home = newHome();
  const id = await startTask(home, ["-i", "--", "while read line; do echo got $line; done; echo over"]);
  const leaving = new TerminalRun(home, ["attach", id], { env: { NO_COLOR: "1" } });
  await shows(leaving, `attached to task ${id}; Ctrl-] or Ctrl-C leaves it running, Ctrl-D ends its input`);
  leaving.type("one\r");
  await shows(leaving, "got one");
  leaving.type(CTRL_C);
  expect((await leaving.left()).code).toBe(0);
  const ending = new TerminalRun(home, ["attach", id]);
  ending.type("two\r");
  await shows(ending, "got two");
  ending.type("\u0004");
  const { text, code } = await ending.left();
  expect(text).toContain("over\n");
  expect(code).toBe(0);
});

test("Ctrl-] leaves a task without a terminal as well, at once, and one that reads nothing", async () => {
  const home = newHome();
  const [reads, deaf] = [await startTask(home, ["-i", "--", "cat"]), await startTask(home, ["--", "sleep 60"])];
  for (const [id, who] of [
    [reads, "; Ctrl-] or Ctrl-C leaves it running, Ctrl-D ends its input"],
    [deaf, ", which reads nothing; Ctrl-] or Ctrl-C leaves it running"],
  ] as const) {
    const attached = new TerminalRun(home, ["attach", id], { env: { NO_COLOR: "1" } });
    await shows(attached, `attached to task ${id}${who}`);
    attached.type("half a line");
    attached.type(DETACH);
    const { text, code } = await attached.left();
    expect({ code, comesBack: text.includes(`task ${id} goes on`) }).toEqual({ code: 0, comesBack: true });
    expectRestored(home);
  }
  await waitUntil("it was given it", async () => (await cli(home, ["logs", reads])).stdout === "half a line");
  await cli(home, ["cancel", reads, deaf]);
});

test("Ctrl-D leaves a task that reads nothing, and one who only looks on from the background is not stopped", async () => {
  const home = newHome();
  const id = await startTask(home, [
    "--name",
    "deaf",
    "--",
    `until [ -e '${home}/go' ]; do sleep 0.02; done; echo over; exit 4`,
  ]);
  const attached = new TerminalRun(home, ["attach", id], { env: { NO_COLOR: "1" } });
  await shows(attached, "which reads nothing");
  attached.type("\u0004");
  expect((await attached.left()).code).toBe(0);
  let shown = "";
  const script = `set -m; "$0" attach deaf >out & sleep 0.5; touch go; wait $!; echo "code $?: $(cat out)"`;
  const shell = Bun.spawn(["bash", "-c", script, BINARY], {
    cwd: home,
    env: environment(home, {}),
    terminal: { data: (_, bytes) => void (shown += Buffer.from(bytes).toString()) },
  });
  await shell.exited;
  expect(shown).toContain("code 4: over\r\n");
});

test("a pipe goes through attach whole, both ways", async () => {
  const home = newHome();
  const id = await startTask(home, ["-i", "--", "cat; exit 4"]);
  const text = Array.from({ length: 100_000 }, (_, n) => `line ${n}\n`).join("");
  const attached = Bun.spawn([BINARY, "attach", id], {
    env: { ...process.env, BACKBURNER_HOME: home },
    stdin: new Blob([text]),
    stdout: "pipe",
  });
  expect(await attached.stdout.text()).toBe(text);
  expect(await attached.exited).toBe(4);
});

test("without anybody at stdin, or with a task whose stdin is not open, attach only shows", async () => {
  const home = newHome();
  const open = await startTask(home, ["-i", "--", "echo asked; read it; echo got $it"]);
  const shown = spawnCli(home, ["attach", "-n", "10", open]);
  await waitUntil("it waits", async () => (await cliJson(home, ["status", open])).waiting_for_input);
  expect((await cli(home, ["send", open, "this"])).stdout).toBe("got this\n");
  expect(await new Response(shown.stdout).text()).toBe("asked\ngot this\n");
  const closed = await startTask(home, ["--", "echo first; sleep 0.3; echo second; exit 2"]);
  expect(await cli(home, ["attach", "-n", "10", closed])).toMatchObject({ stdout: "first\nsecond\n", code: 2 });
  expect(await cli(home, ["attach", "-n", "1", closed])).toMatchObject({ stdout: "second\n", code: 2 });
});
