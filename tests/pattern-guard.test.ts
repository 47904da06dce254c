// Patterns that take for ever: they are tried by a process of their own, refused in good time, and hold up nobody.

import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { cli, gate, startTask } from "./helpers/cli.ts";
import { kill, newHome, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

/** Exponential: the engine gives up after a while, and its "no match" is worth nothing. */
const EXPONENTIAL = "(a+)+$";
/** n⁴: the engine does not give up in the lifetime of anybody. */
const ENDLESS = "a*a*a*a*z";
/** In one write(2), which bash's own echo does not do: without its end the line would match. */
const AS = `{ printf '%0.sa' $(seq 20000); echo '!'; } | dd bs=64K iflag=fullblock status=none`;

const refusal = (pattern: string) =>
  `the pattern ${JSON.stringify(pattern)} takes too long to try on a line of this output; write it without a repeat inside a repeat, as in (a+)+, or several .* that can stand for the same`;

/** From its state on; the eleventh after it is the processor's time in ticks (proc(5)). */
function statOf(pid: number): string[] {
  const stat = readText(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Pids of the searchers of a home. */
function searchersOf(home: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && readText(`/proc/${pid}/cmdline`).includes("\0__search\0"))
    .filter((pid) => readText(`/proc/${pid}/environ`).includes(home));
}

test.each([EXPONENTIAL, ENDLESS])("grep for %s is refused, and other calls are answered meanwhile", async (pattern) => {
  const home = newHome();
  const server = await Server.open(home);
  const { task_id } = await server.run(AS);
  let refused = false;
  const search = server.tool("task_result", { task_id, grep: pattern }).finally(() => (refused = true));
  await waitUntil("somebody searches", () => refused || searchersOf(home).length > 0);
  expect(await server.run("echo meanwhile")).toMatchObject({ status: "completed", output: "meanwhile\n" });
  if (pattern === ENDLESS) expect(refused).toBe(false);
  expect(await search).toEqual({ isError: true, content: [{ type: "text", text: refusal(pattern) }] });
  await waitUntil("nobody searches any more", () => searchersOf(home).length === 0);
  await server.close();
});

test.each([EXPONENTIAL, ENDLESS])(
  "a wait for %s is refused when such a line comes, and other calls are answered meanwhile",
  async (pattern) => {
    const home = newHome();
    const server = await Server.open(home);
    const { command, open, begun } = gate(home);
    const { task_id } = await server.start(`echo begins; ${command}; ${AS}; exec sleep 60`);
    await begun();
    const wait = server.tool("wait_task", { task_ids: [task_id], pattern, timeout_seconds: 600 });
    open();
    expect(await server.run("echo meanwhile")).toMatchObject({ output: "meanwhile\n" });
    expect(await wait).toEqual({ isError: true, content: [{ type: "text", text: refusal(pattern) }] });
    await waitUntil("nobody searches any more", () => searchersOf(home).length === 0);
    await server.cancel(task_id);
    await server.close();
  },
);

test("logs --grep, logs --until and wait --until refuse them as well", async () => {
  const home = newHome();
  const id = await startTask(home, ["--", AS]);
  await cli(home, ["wait", id]);
  const refused = { code: 2, stderr: `backburner: ${refusal(EXPONENTIAL)}\n` };
  for (const args of [
    ["logs", id, "--grep", EXPONENTIAL],
    ["logs", id, "--until", EXPONENTIAL],
    ["wait", id, "--until", EXPONENTIAL],
  ])
    expect(await cli(home, args)).toMatchObject(refused);
});

test("a searcher whose server is killed in the middle of a hopeless search dies with it", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { task_id } = await server.run(AS);
  server.askTool("task_result", { task_id, grep: ENDLESS });
  await waitUntil("somebody searches", () => searchersOf(home).some((pid) => Number(statOf(pid)[11]) > 20));
  await server.kill();
  await waitUntil("nobody searches any more", () => searchersOf(home).length === 0, 3_000);
});

test("while nothing is printed, nobody searches", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { command, open } = gate(home);
  const { task_id } = await server.start(`echo begins; ${command}; echo ready`);
  const wait = server.call("wait_task", { task_ids: [task_id], pattern: "ready", timeout_seconds: 600 });
  await waitUntil("somebody searches", () => searchersOf(home).length > 0);
  await waitUntil("nobody searches any more", () => searchersOf(home).length === 0);
  open();
  expect(await wait).toMatchObject({ reason: "matched", matches: [{ line: "ready" }] });
  await server.close();
});

test("a searcher that somebody ends is replaced", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { command, open } = gate(home);
  const { task_id } = await server.start(`echo begins; ${command}; echo ready`);
  const wait = server.call("wait_task", { task_ids: [task_id], pattern: "ready", timeout_seconds: 600 });
  kill(await waitUntil("somebody searches", () => searchersOf(home)[0]), "SIGKILL");
  open();
  expect(await wait).toMatchObject({ reason: "matched", matches: [{ line: "ready" }] });
  await server.close();
});
