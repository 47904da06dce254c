// logs: a task's output as it is and as it comes; nothing is lost, doubled or out of order.

import { expect, test } from "bun:test";
import { cli, cliJson, gate, spawnCli, startTask, TerminalRun } from "./helpers/cli.ts";
import { newHome, waitUntil } from "./helpers/home.ts";

const numbers = (to: number) => Array.from({ length: to }, (_, at) => `${at + 1}\n`).join("");

test("logs -f of a running task delivers all of it in order while it is written, and ends with the task", async () => {
  const home = newHome();
  const [one, other] = [gate(home, "one"), gate(home, "other")];
  const id = await startTask(home, [
    "--",
    `echo begin; ${one.command}; seq 1 50000; ${other.command}; seq 1 50000; exit 3`,
  ]);
  await one.begun();
  const following = spawnCli(home, ["logs", "-f", id]);
  const middle = `begin\n${numbers(50_000)}`;
  let got = "";
  const decoder = new TextDecoder();
  for await (const chunk of following.stdout) {
    got += decoder.decode(chunk, { stream: true });
    if (got === "begin\n") one.open(); // each gate opens only when all before it was delivered
    if (got === middle) other.open();
  }
  expect(got === middle + numbers(50_000)).toBe(true);
  expect(await following.exited).toBe(0);
});

test("many short writes arrive whole, without a gap", async () => {
  const home = newHome();
  const id = await startTask(home, ["--", "for i in $(seq 1 3000); do echo $i; done; printf 'no newline'"]);
  const followers = [[], ["--stdout"], ["--stdout"]].map((stream) => cli(home, ["logs", "-f", ...stream, id]));
  for (const { stdout, code } of await Promise.all(followers)) {
    expect(stdout).toBe(`${numbers(3000)}no newline`);
    expect(code).toBe(0);
  }
});

/** What it leaves with when its output is read slower than a task can print. */
async function codeWhenReadSlowly(home: string, args: string[]): Promise<number> {
  const running = spawnCli(home, args);
  for await (const _ of running.stdout) await Bun.sleep(5);
  return running.exited;
}

test("logs -f --timeout stops while output keeps coming, of one task and of several, and --until as well", async () => {
  const home = newHome();
  const env = { BACKBURNER_MAX_OUTPUT: "8MB" };
  const { command, open, begun } = gate(home);
  const flood = await startTask(home, ["--", `${command}; exec yes`], { env });
  const quiet = await startTask(home, ["--", "exec sleep 60"]);
  await begun();
  open();
  for (const args of [[flood], [flood, quiet]])
    expect(await codeWhenReadSlowly(home, ["logs", "-f", "-n", "1", "--timeout", "1s", ...args])).toBe(75);
  const until = ["logs", "-f", "-n", "1", "--until", "never", "--timeout", "1s", flood];
  expect(await codeWhenReadSlowly(home, until)).toBe(75);
  expect(await cliJson(home, ["status", flood])).toMatchObject({ status: "working" });
});

test("logs shows what was there when it looked, and ends, though a task or what it left running prints on", async () => {
  const home = newHome();
  const env = { BACKBURNER_MAX_OUTPUT: "8MB" };
  const flood = await startTask(home, ["--", "exec yes"], { env });
  expect(await codeWhenReadSlowly(home, ["logs", flood])).toBe(0);
  await cli(home, ["cancel", flood]);
  const leaving = await startTask(home, ["--", "yes & exit 0"], { env });
  await cli(home, ["wait", leaving]);
  expect(await codeWhenReadSlowly(home, ["logs", "-f", leaving])).toBe(0);
  await cli(home, ["cancel", leaving]);
});

test("logs --timeout 0 gives all that is there, and time has run out only where more may come", async () => {
  const home = newHome();
  const id = await startTask(home, ["--wait", "--json", "--", "seq 100000"]).then((json) => JSON.parse(json).task_id);
  const { stdout, code } = await cli(home, ["logs", "-f", "--timeout", "0", id]);
  expect(stdout === numbers(100_000)).toBe(true);
  expect(code).toBe(0);
  const going = await startTask(home, ["--", "sleep 60"]);
  const codes = [["-f", going], ["-f", id, going], [going]].map((args) =>
    cli(home, ["logs", "--timeout", "0", ...args]),
  );
  expect((await Promise.all(codes)).map((left) => left.code)).toEqual([75, 75, 0]);
});

test("logs -f of a queued task waits until it runs", async () => {
  const home = newHome();
  const env = { BACKBURNER_MAX_TASKS: "1" };
  const { command, open, begun } = gate(home);
  await startTask(home, ["--", command], { env });
  await begun();
  const queued = await startTask(home, ["--", "echo it ran; exit 2"], { env });
  expect(await cli(home, ["logs", queued])).toEqual({ stdout: "", stderr: "", code: 0 });
  const following = spawnCli(home, ["logs", "-f", queued]);
  expect((await cli(home, ["list", "--status", "queued"])).stdout).toStartWith(queued);
  open();
  expect(await new Response(following.stdout).text()).toBe("it ran\n");
  expect(await following.exited).toBe(0);
});

test("logs -f of a queued task ends when that is cancelled", async () => {
  const home = newHome();
  const env = { BACKBURNER_MAX_TASKS: "1" };
  const { command, begun } = gate(home);
  await startTask(home, ["--", command], { env });
  await begun();
  const queued = await startTask(home, ["--name", "next", "--", "echo never"], { env });
  const following = spawnCli(home, ["logs", "-f", queued]);
  const waiting = spawnCli(home, ["wait", queued]);
  expect((await cli(home, ["cancel", "next"])).code).toBe(0);
  expect(await new Response(following.stdout).text()).toBe("");
  expect([await following.exited, await waiting.exited]).toEqual([0, 130]);
});

test("-n gives the last lines, of an ended task and before following", async () => {
  const home = newHome();
  const id = await startTask(home, ["--", "seq 1 10; printf end"]);
  await cli(home, ["wait", id]);
  const last = async (...options: string[]) => (await cli(home, ["logs", id, ...options])).stdout;
  expect(await last("-n", "3")).toBe("9\n10\nend");
  expect(await last("-n3", "-f")).toBe("9\n10\nend");
  expect(await last("--lines", "0")).toBe("");
  expect(await last("--lines=100000")).toBe(`${numbers(10)}end`);

  const { command, begun, open } = gate(home);
  const running = await startTask(home, ["--", `seq 1 5; ${command}; seq 1 2`]);
  await begun();
  await waitUntil("its output is read", async () => (await cliJson(home, ["status", running])).output_bytes);
  const following = spawnCli(home, ["logs", "-f", "-n", "1", running]);
  let got = "";
  for await (const chunk of following.stdout) {
    got += new TextDecoder().decode(chunk);
    if (got === "5\n") open();
  }
  expect(got).toBe("5\n1\n2\n");
});

test("--grep gives the last matches, and says how to see the one before", async () => {
  const home = newHome();
  const id = await startTask(home, ["--wait", "--json", "--", "seq 30"]).then((json) => JSON.parse(json).task_id);
  const found = (n: string) => cli(home, ["logs", id, "--grep", "^1[0-3]$", "-n", n]);
  const note = "[… 1 earlier match left out; give a narrower grep or a larger -n …]";
  expect((await found("3")).stdout).toBe(`${note}\n11:11\n12:12\n13:13\n`);
  expect((await found("4")).stdout).toBe("10:10\n11:11\n12:12\n13:13\n");
});

test("a program gets the exact bytes, a terminal gets them cleaned", async () => {
  const home = newHome();
  const bytes = "\\033[31mred\\033[0m \\xff\\xe5\\xae\\x89\\a\\033]0;title\\a.\\n";
  const id = await startTask(home, ["--", `printf '${bytes}'`]);
  await cli(home, ["wait", id]);
  const exact = await new Response(spawnCli(home, ["logs", id]).stdout).bytes();
  expect(Buffer.from(exact).toString("latin1")).toBe(
    "\u001b[31mred\u001b[0m \u00ff\u00e5\u00ae\u0089\u0007\u001b]0;title\u0007.\n",
  );
  expect((await new TerminalRun(home, ["logs", id]).left()).text).toBe("red \ufffd安.\n");
});

test("a terminal gets no half of a character or of an escape sequence that comes in pieces", async () => {
  const home = newHome();
  const [one, other] = [gate(home, "one"), gate(home, "other")];
  const run = new TerminalRun(home, [
    "start",
    "--wait",
    "--",
    `printf 'a\\xe5\\xae'; ${one.command}; printf '\\x89b\\033[3'; ${other.command}; printf '1mc\\n'`,
  ]);
  await waitUntil("the first piece is shown", () => run.text.includes("a"));
  one.open();
  await waitUntil("the second piece is shown", () => run.text.includes("b"));
  other.open();
  expect(await run.left()).toEqual({ text: "a安bc\n", code: 0 });
});

test("logs of several tasks: whole lines, each with its task's name, until all have ended", async () => {
  const home = newHome();
  const [one, two] = [gate(home, "one"), gate(home, "two")];
  await startTask(home, [
    "--name",
    "web",
    "--",
    `printf 'up\nhalf a '; ${one.command}; printf 'line\r\n\u001b[31mlast'`,
  ]);
  await startTask(home, ["--name", "安宁", "--", `echo one; echo two; ${two.command}`]);
  await Promise.all([one.begun(), two.begun()]);
  const running = spawnCli(home, ["logs", "-f", "web", "安宁"]);
  one.open();
  two.open();
  const text = await new Response(running.stdout).text();
  expect(await running.exited).toBe(0);
  const lines = text.trimEnd().split("\n");
  expect(lines.filter((line) => line.startsWith("web  | "))).toEqual([
    "web  | up",
    "web  | half a line",
    "web  | last",
  ]);
  expect(lines.filter((line) => line.startsWith("安宁 | "))).toEqual(["安宁 | one", "安宁 | two"]);
  expect(lines).toHaveLength(5);
  const refused = await cli(home, ["logs", "web", "安宁", "--raw"]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--raw is for the output of one task") });
  expect((await cli(home, ["logs", "web", "nobody"])).code).toBe(2);
});

test("logs --until begins a line behind output that was dropped, as grep and a wait do", async () => {
  const home = newHome();
  const env = { BACKBURNER_MAX_OUTPUT: "1MB" };
  const print = (letter: string) => `head -c 3000000 /dev/zero | tr '\\0' ${letter}`;
  const id = await startTask(home, ["--", `${print("a")}; ${print("b")}`], { env });
  await cli(home, ["wait", id]);
  expect((await cli(home, ["logs", id, "--grep", "^b"])).code).toBe(0);
  expect((await cli(home, ["wait", id, "--until", "^b"])).code).toBe(0);
  expect((await cli(home, ["logs", id, "--until", "^b"])).code).toBe(0);
  expect((await cli(home, ["logs", id, "--until", "ab"])).code).toBe(1);
});

test("logs of several tasks: a line's end that comes in two pieces is one, and each state of a line has the name", async () => {
  const home = newHome();
  const { command, begun, open } = gate(home);
  const web = await startTask(home, [
    "--name",
    "web",
    "--",
    `printf 'one\\r'; ${command}; printf '\\n10%%\\r20%%\\r\\r\\nend\\r'`,
  ]);
  await startTask(home, ["--name", "api", "--", "exec true"]);
  await begun();
  const running = spawnCli(home, ["logs", "-f", "web", "api"]);
  await waitUntil("the first piece is there", async () => (await cliJson(home, ["status", web])).output_bytes === 4);
  open();
  expect(await new Response(running.stdout).text()).toBe("web | one\nweb | 10%\rweb | 20%\nweb | end\n");
});
