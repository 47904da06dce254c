// What our process leaves with, each code really produced.

import { expect, test } from "bun:test";
import { cli, cliJson, CTRL_C, gate, spawnCli, startTask, TerminalRun } from "./helpers/cli.ts";
import { BINARY, kill, newHome, parentOf, processesWith, readText, waitUntil } from "./helpers/home.ts";
import { Screen } from "./helpers/screen.ts";

/** What `wait` on a new task of this command leaves with, and what `start --wait` does. */
async function codesOf(home: string, command: string, options: string[] = []): Promise<[wait: number, start: number]> {
  const id = await startTask(home, [...options, "--", command]);
  const waited = await cli(home, ["wait", id]);
  const started = await cli(home, ["start", "--wait", ...options, "--", command]);
  return [waited.code, started.code];
}

test.each([
  ["true", 0],
  ["exit 1", 1],
  ["exit 255", 255],
  ["no-such-program-of-ours", 127],
  ["kill -TERM $$", 128 + 15],
  ["kill -KILL $$", 128 + 9],
  ["kill -HUP $$", 128 + 1],
  ["kill -40 $$", 128 + 40],
])("the command's own code: %s", async (command, code) => {
  expect(await codesOf(newHome(), command)).toEqual([code, code]);
});

test("what a code alone does not say is said on stderr, once the command has ended", async () => {
  const home = newHome();
  const said = async (command: string) => (await cli(home, ["start", "--wait", "--", command])).stderr;
  expect(await said("exit 9")).toBe("");
  expect(await said("kill -TERM $$")).toMatch(/^backburner: task \w{14}: SIGTERM\n$/);
  expect(await said("sleep 60 & true")).toMatch(/^backburner: task \w{14} left running: \d+ sleep 60\n$/);
});

test("124 when the task's own timeout ended it, and why is said", async () => {
  const home = newHome();
  expect(await codesOf(home, "sleep 60", ["--timeout", "100ms"])).toEqual([124, 124]);
  const { stderr } = await cli(home, ["start", "--wait", "--timeout", "100ms", "--", "sleep 60"]);
  expect(stderr).toMatch(/^backburner: task \w{14}: timed_out; it ran longer than its timeout of 0\.1 s\n$/);
});

test("130 when another process cancelled it", async () => {
  const home = newHome();
  const { command, begun } = gate(home);
  const started = spawnCli(home, ["start", "--wait", "--name", "it", "--", command]);
  await begun();
  const waited = spawnCli(home, ["wait", "it"]);
  expect((await cli(home, ["cancel", "it"])).code).toBe(0);
  expect([await started.exited, await waited.exited]).toEqual([130, 130]);
  expect(await new Response(started.stderr).text()).toMatch(/^backburner: task \w{14}: cancelled\n$/);
  expect((await cli(home, ["wait", "it"])).code).toBe(130);
});

test("125 when the supervisor was killed, at once for whoever waits or follows", async () => {
  const home = newHome();
  const { command, begun } = gate(home);
  const started = spawnCli(home, ["start", "--wait", "--name", "it", "--", command]);
  await begun();
  const waited = spawnCli(home, ["wait", "it"]);
  const pid = await waitUntil("its pid is known", async () => (await cliJson(home, ["status", "it"])).pid);
  kill(parentOf(Number(pid)), "SIGKILL");
  expect([await started.exited, await waited.exited]).toEqual([125, 125]);
  expect(await cliJson(home, ["status", "it"])).toMatchObject({ status: "interrupted" });
});

test("125 when the command could not be started", async () => {
  const home = newHome();
  const options = { env: { BACKBURNER_SHELL: "/no/such/shell -c" } };
  const { code, stderr } = await cli(home, ["start", "--wait", "true"], options);
  expect(code).toBe(125);
  expect(stderr).toMatch(/^backburner: task \w{14}: .*could not start.*\/no\/such\/shell.*\n$/);
});

test("75 when our own timeout ran out; the task goes on", async () => {
  const home = newHome();
  const { command, open } = gate(home);
  const id = await startTask(home, ["--", command]);
  const failed = await startTask(home, ["--", "exit 3"]);
  await cli(home, ["wait", failed]);
  for (const timeout of ["0", "50ms"])
    expect((await cli(home, ["wait", failed, id, "--timeout", timeout])).code).toBe(75);
  expect(JSON.parse((await cli(home, ["wait", id, "--timeout", "0", "--json"])).stdout)).toMatchObject({
    reason: "timeout",
    tasks: [{ task_id: id }],
  });
  expect((await cli(home, ["wait", "--any", id, failed, "--timeout", "20m"])).code).toBe(3);
  open();
  expect((await cli(home, ["wait", id, "--timeout", "20m"])).code).toBe(0);
});

test("of several tasks the first code that is not zero, in the order of the arguments", async () => {
  const home = newHome();
  const ids: Record<number, string> = {};
  for (const code of [0, 5, 6]) ids[code] = await startTask(home, ["--", `exit ${code}`]);
  for (const [order, code] of [
    [[0, 5, 6], 5],
    [[6, 5, 0], 6],
    [[0, 0], 0],
  ] as const)
    expect((await cli(home, ["wait", ...order.map((one) => ids[one] ?? "")])).code).toBe(code);
});

test("130 at Ctrl-C of start --wait: the task goes on, and how to come back is said", async () => {
  const home = newHome();
  const { command, begun, open } = gate(home);
  const run = new TerminalRun(home, ["start", "--wait", "--name", "it", "--", `echo first; ${command}; echo last`]);
  await begun();
  await waitUntil("the first line is shown", () => run.text.includes("first"));
  run.type(CTRL_C);
  const { text, code } = await run.left();
  expect(code).toBe(130);
  expect(text).toMatch(/backburner: task (\w{14}) goes on; "backburner logs -f \1" follows its output/);
  expect(await cliJson(home, ["status", "it"])).toMatchObject({ status: "working" });
  open();
  expect((await cli(home, ["wait", "it"])).code).toBe(0);
  expect((await cli(home, ["logs", "it"])).stdout).toBe("first\nlast\n");
});

/** Whether our verb of that home holds on to a supervisor: what it does last before it waits. */
function waits(home: string, verb: string): boolean {
  return processesWith(`BACKBURNER_HOME=${home}`).some((pid) => {
    if (!readText(`/proc/${pid}/cmdline`).startsWith(`${BINARY}\0${verb}\0`)) return false;
    const { stdout } = Bun.spawnSync(["find", `/proc/${pid}/fd`, "-printf", "%l\n"], { stderr: "ignore" });
    return /^socket:|\/hold$/m.test(stdout.toString());
  });
}

test("Ctrl-C ends wait and logs -f, and no task: how to come back is said", async () => {
  const home = newHome();
  const { command, begun } = gate(home);
  const id = await startTask(home, ["--name", "it", "--", `echo first; ${command}`]);
  const other = await startTask(home, ["--", "echo second; sleep 1000"]);
  await begun();
  const back = (task: string) =>
    `backburner: task ${task} goes on; "backburner logs -f ${task}" follows its output, "backburner wait ${task}" waits for its end\n`;
  for (const [args, said] of [
    [["logs", "-f", "it"], back(id)],
    [["logs", "-f", "it", "--until", "never"], back(id)],
    [["logs", "-f", "it", other], back(id) + back(other)],
    [["wait", "it"], back(id)],
    [["wait", "it", other, "--any"], back(id) + back(other)],
    [["wait", "it", "--until", "never", "--json"], back(id)],
    [["start", "--wait", "--", "echo first; sleep 1000"], undefined],
  ] as const) {
    const run = new TerminalRun(home, [...args], { env: { NO_COLOR: "1" } });
    await waitUntil("it waits", () => (args[0] === "wait" ? waits(home, "wait") : run.text.includes("first")));
    run.type(CTRL_C);
    const { text, code } = await run.left();
    expect({ args, code }).toEqual({ args, code: 130 });
    if (said !== undefined) expect(text).toEndWith(`\n${said}`);
    else expect(text).toMatch(/\nbackburner: task \w{14} goes on; "backburner logs -f /);
  }
  expect(await cliJson(home, ["list", "--status", "working"])).toMatchObject({ total: 3 });
});

test("Ctrl-C is heard at once while a task floods the terminal", async () => {
  const home = newHome();
  const id = await startTask(home, ["--", "yes"]);
  const run = new TerminalRun(home, ["logs", "-f", id]);
  await waitUntil("it floods", () => run.text.length > 100_000);
  run.type(CTRL_C);
  expect((await run.left()).code).toBe(130);
  expect(await cliJson(home, ["status", id])).toMatchObject({ status: "working" });
});

test("on a screen the words after Ctrl-C stand on lines of their own, and the terminal is as it was", async () => {
  const home = newHome();
  const { command, begun } = gate(home);
  const id = await startTask(home, ["--", `echo first; ${command}`]);
  await begun();
  const screen = new Screen(home, ["logs", "-f", id], { columns: 160 });
  await screen.shows("first");
  screen.press("C-c");
  const text = await screen.shows("as it was");
  expect(text.split("\n")).toEqual([
    "first",
    "^C",
    `backburner: task ${id} goes on; "backburner logs -f ${id}" follows its output, "backburner wait ${id}" waits for its end`,
    "left with 130",
    "as it was",
  ]);
  screen.end();
});
