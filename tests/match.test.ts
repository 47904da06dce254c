// Waiting for words: a line that a task prints, whenever and in whatever pieces it comes.

import { expect, test } from "bun:test";
import { messageOf } from "../src/errors.ts";
import { Matcher } from "../src/output/match.ts";
import { cli, cliJson, gate, spawnCli, startTask } from "./helpers/cli.ts";
import { newHome, waitUntil } from "./helpers/home.ts";
import { Server, type Shown } from "./helpers/server.ts";

interface Matched {
  reason: string;
  tasks: Shown[];
  matches?: { task_id: string; line: string }[];
}

const waitFor = (server: Server, taskIds: string[], pattern: string, more: object = {}) =>
  server.call<Matched>("wait_task", { task_ids: taskIds, pattern, timeout_seconds: 600, ...more });

test("a wait for words answers when the line comes, while the task runs on", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { command, open, begun } = gate(home);
  const task = await server.start(`echo starting; ${command}; echo listening on 3000; exec sleep 60`, { name: "web" });
  await begun();
  const waiting = waitFor(server, ["web"], "listening on \\d+");
  expect(await Promise.race([waiting, server.status("web")])).toMatchObject({ status: "working" });
  open();
  expect(await waiting).toMatchObject({
    reason: "matched",
    matches: [{ task_id: task.task_id, line: "listening on 3000" }],
    tasks: [{ task_id: task.task_id, status: "working", output: "starting\nlistening on 3000\n" }],
  });
  await server.cancel(task.task_id);
  await server.close();
});

test("words that were printed before the wait count, and each only once for one connection", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const [one, other] = [gate(home, "one"), gate(home, "other")];
  const { task_id } = await server.start(`echo built 1; ${one.command}; echo built 2; ${other.command}`);
  await one.begun();
  expect(await waitFor(server, [task_id], "^built")).toMatchObject({ matches: [{ task_id, line: "built 1" }] });
  const again = waitFor(server, [task_id], "^built");
  one.open();
  expect(await again).toMatchObject({ matches: [{ task_id, line: "built 2" }] });
  const never = waitFor(server, [task_id], "^built");
  await other.begun();
  other.open();
  expect(await never).toMatchObject({ reason: "ended", tasks: [{ status: "completed" }] });
  expect(await never).not.toHaveProperty("matches");

  const stranger = await Server.open(home);
  expect(await waitFor(stranger, [task_id], "built 2")).toMatchObject({ reason: "matched" });
  await stranger.close();
  await server.close();
});

test("what task_result has shown is not matched again", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { command, open, begun } = gate(home);
  const { task_id } = await server.start(`echo ready once; ${command}; echo ready twice`);
  await begun();
  await waitUntil("its output is read", async () => (await server.status(task_id)).output_bytes);
  expect((await server.call("task_result", { task_id })).output).toBe("ready once\n");
  const waiting = waitFor(server, [task_id], "ready");
  open();
  expect(await waiting).toMatchObject({ matches: [{ line: "ready twice" }] });
  await server.close();
});

test("words that come in pieces, coloured, or as a prompt without a newline match", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const pieces = ["lis", "tening \\033[3", "1mon\\033[0m ", "3000"].map((piece, at) => ({
    piece,
    ...gate(home, `${at}`),
  }));
  const command = pieces.map((one) => `printf '${one.piece}'; ${one.command}`).join("; ");
  const { task_id } = await server.start(command);
  const waiting = waitFor(server, [task_id], "^listening on 3000$");
  for (const piece of pieces) {
    await piece.begun();
    if (piece !== pieces.at(-1)) piece.open();
  }
  expect(await waiting).toMatchObject({ reason: "matched", matches: [{ line: "listening on 3000" }] });
  pieces.at(-1)?.open();
  await server.close();
});

test("words at the start of a long line match, whether it has ended or not, as grep finds them", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const long = "head -c 300000 /dev/zero | tr '\\0' x";
  for (const end of ["echo", "true"]) {
    const { task_id } = await server.start(`printf READY; ${long}; ${end}; exec sleep 60`);
    await waitUntil("all is printed", async () => Number((await server.status(task_id)).output_bytes) >= 300_005);
    expect(await server.call("task_result", { task_id, grep: "READY" })).toMatchObject({ matches: 1 });
    expect(await waitFor(server, [task_id], "^READYx", { timeout_seconds: 0 })).toMatchObject({ reason: "matched" });
    await server.cancel(task_id);
  }
  await server.close();
});

test("a spinner's states are cleaned for a wait as they are for grep", async () => {
  const home = newHome();
  const erase = "\\033[2K\\033[1G";
  const id = await startTask(home, ["--", `printf '${erase}loading'; printf '${erase}ready\\n'; exec sleep 60`]);
  await waitUntil("all is printed", async () => (await cliJson(home, ["status", id])).output_lines);
  expect((await cli(home, ["logs", id, "--grep", "^ready"])).stdout).toBe("1:ready\n");
  expect(await cli(home, ["wait", id, "--until", "^ready$"])).toMatchObject({ stdout: "ready\n", code: 0 });
});

test("logs --until takes the whole end of a line along, also a terminal's return and newline", async () => {
  const home = newHome();
  const id = await startTask(home, ["-t", "--", "echo one; echo ready; echo two"]);
  await cli(home, ["wait", id]);
  expect((await cli(home, ["logs", id, "--until", "ready"])).stdout).toBe("one\r\nready\r\n");
  expect((await cli(home, ["logs", id, "--until", "^$"])).code).toBe(1);
});

test("of several tasks: any is the first that matches, all is every one, and an end without a match answers at once", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const gates = ["a", "b"].map((name) => ({ name, ...gate(home, name) }));
  const ids: string[] = [];
  for (const { name, command } of gates)
    ids.push((await server.start(`${command}; echo ${name} is ready; exec sleep 60`)).task_id);
  const quitter = await server.start("echo no");
  const any = waitFor(server, ids, "ready", { until: "any" });
  const all = waitFor(server, ids, "ready");
  await gates[1]?.begun();
  gates[1]?.open();
  expect(await any).toMatchObject({ reason: "matched", matches: [{ task_id: ids[1], line: "b is ready" }] });
  expect(await waitFor(server, [...ids, quitter.task_id], "ready")).toMatchObject({ reason: "ended" });
  gates[0]?.open();
  expect((await all).matches?.map(({ line }) => line)).toEqual(["a is ready", "b is ready"]);
  for (const id of ids) await server.cancel(id);
  await server.close();
});

test("a wait that runs out or is given up uses no words up: the next one has those of every task", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { command, open, begun } = gate(home);
  const early = await server.start("echo early is ready; exec sleep 60");
  const late = await server.start(`${command}; echo late is ready; exec sleep 60`);
  const ids = [early.task_id, late.task_id];
  await begun();
  await waitUntil("the first is ready", async () => (await server.status(early.task_id)).output_bytes);
  const timely = await waitFor(server, ids, "ready", { timeout_seconds: 0 });
  expect(timely).toMatchObject({ reason: "timeout", matches: [{ line: "early is ready" }] });
  const givenUp = server.askTool("wait_task", { task_ids: ids, pattern: "ready" });
  await server.status(early.task_id);
  server.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: givenUp } });
  await server.status(early.task_id);
  open();
  const all = await waitFor(server, ids, "ready", { timeout_seconds: 20 });
  expect(all.matches?.map(({ line }) => line)).toEqual(["early is ready", "late is ready"]);
  expect(all.reason).toBe("matched");
  expect(await waitFor(server, ids, "ready", { timeout_seconds: 0 })).not.toHaveProperty("matches");
  for (const id of ids) await server.cancel(id);
  await server.close();
});

test("a wait for words runs out, waits for a queued task, and answers when its task is cancelled", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const { command, open } = gate(home);
  const first = await server.start(command);
  const queued = await server.start("echo it runs; exec sleep 60");
  expect(await waitFor(server, [first.task_id], "never", { timeout_seconds: 0.1 })).toMatchObject({
    reason: "timeout",
    hint: "1 still going; call wait_task again, or do other work first",
  });
  const waiting = waitFor(server, [queued.task_id], "runs");
  open();
  expect(await waiting).toMatchObject({ reason: "matched", tasks: [{ status: "working" }] });
  const never = waitFor(server, [queued.task_id], "never");
  await server.cancel(queued.task_id);
  expect(await never).toMatchObject({ reason: "ended", tasks: [{ status: "cancelled" }] });
  await server.close();
});

test("what is there already is looked through however short the wait is", async () => {
  const server = await Server.open(newHome());
  const { task_id } = await server.start("seq 1 300000; echo ready; exec sleep 60");
  await waitFor(server, [task_id], "ready");
  const now = (pattern: string) => waitFor(server, [task_id], pattern, { timeout_seconds: 0 });
  expect(await now("never")).toMatchObject({ reason: "timeout" });
  const other = await server.start("seq 1 300000; echo ready; exec sleep 60");
  await waitUntil("all is printed", async () => (await server.status(other.task_id)).output_lines === 300_001);
  expect(await waitFor(server, [other.task_id], "^ready$", { timeout_seconds: 0 })).toMatchObject({
    reason: "matched",
  });
  await server.cancel(task_id);
  await server.cancel(other.task_id);
  await server.close();
});

test("to look through what is there takes no more than a short while longer than the wait", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const bytes = 60_000_000;
  const { task_id } = await server.start(`head -c ${bytes} /dev/zero | tr '\\0' '\\n'; exec sleep 60`);
  await waitUntil("all is printed", async () => (await server.status(task_id)).output_bytes === bytes);
  expect(await waitFor(server, [task_id], "never", { timeout_seconds: 0 })).toMatchObject({ reason: "timeout" });
  await server.cancel(task_id);
  await server.close();
}, 30_000); // as long as all of it must not take

test("a pattern that is no regular expression is refused in one sentence, (?i) ignores case", async () => {
  const server = await Server.open(newHome());
  const { task_id } = await server.start("echo READY; sleep 60");
  expect(await waitFor(server, [task_id], "(oops").catch(messageOf)).toMatch(
    /^the pattern "\(oops" is no regular expression \([^;\n]+\); mend it, or put "\\" before characters that stand for themselves$/,
  );
  expect(await waitFor(server, [task_id], "").catch(messageOf)).toContain("no regular expression (it is empty)");
  expect(await waitFor(server, [task_id], "(?i)ready")).toMatchObject({ reason: "matched" });
  await server.cancel(task_id);
  await server.close();
});

test("wait --until: 0 with the line on a match, 1 when the task ended without, 75 when the time ran out", async () => {
  const home = newHome();
  const { command, open, begun } = gate(home);
  const id = await startTask(home, ["--name", "web", "--", `echo up at last; ${command}`]);
  await begun();
  expect(await cli(home, ["wait", "web", "--until", "up"])).toEqual({ stdout: "up at last\n", stderr: "", code: 0 });
  expect(await cliJson(home, ["wait", "web", "--until", "up"])).toMatchObject({
    reason: "matched",
    matches: [{ task_id: id, line: "up at last" }],
    tasks: [{ status: "working" }],
  });
  expect(await cli(home, ["wait", id, "--until", "down", "--timeout", "0.1s"])).toMatchObject({ stdout: "", code: 75 });
  const waiting = spawnCli(home, ["wait", id, "--until", "down"]);
  open();
  expect(await waiting.exited).toBe(1);
  expect(await cli(home, ["wait", id, "--until", "["])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^backburner: the pattern "\[" is no regular expression \(/),
  });
});

test("logs -f --until prints all up to the line, and no more", async () => {
  const home = newHome();
  const { command, open, begun } = gate(home);
  const id = await startTask(home, ["--", `seq 1 3; ${command}; printf 'ready\\nand more\\n'; exec sleep 60`]);
  await begun();
  const following = spawnCli(home, ["logs", "-f", id, "--until", "^ready$"]);
  open();
  expect(await new Response(following.stdout).text()).toBe("1\n2\n3\nready\n");
  expect(await following.exited).toBe(0);
  await waitUntil("the rest is there", async () => (await cli(home, ["logs", id])).stdout.endsWith("more\n"));
  expect((await cli(home, ["logs", id, "--until", "never"])).code).toBe(1);
  expect(await cli(home, ["logs", "-f", "-n", "1", id, "--until", "never", "--timeout", "0.1"])).toMatchObject({
    stdout: "and more\n",
    code: 75,
  });
  await cli(home, ["cancel", id]);
  expect((await cli(home, ["logs", "-f", id, "--until", "never"])).code).toBe(1);
});

const tried = (pattern: RegExp) => (lines: string[]) => Promise.resolve(lines.findIndex((line) => pattern.test(line)));

test("a match says where its line ends, wherever the output was cut", async () => {
  const output = Buffer.from("zero\r10%\r20%\r\nßready\ndone\nprompt> ");
  for (let cut = 0; cut <= output.length; cut += 1) {
    const look = async (pattern: RegExp) => {
      const matcher = new Matcher(tried(pattern), 100);
      return (await matcher.push(output.subarray(0, cut))) ?? matcher.push(output.subarray(cut));
    };
    expect((await look(/^20%/))?.endBytes).toBeGreaterThanOrEqual(100 + 12);
    expect(await look(/^done$/)).toEqual({ line: "done", endBytes: expect.any(Number) });
    expect((await look(/^ßready$/))?.line).toBe("ßready");
    expect(await look(/> $/)).toEqual({ line: "prompt> ", endBytes: 100 + output.length });
    expect(await look(/zero1|readyd|^$/)).toBeUndefined();
    expect(await look(/^20%$/)).toMatchObject({ endBytes: 100 + (cut === 12 || cut === 13 ? cut : 14) });
  }
});

test("no line goes over a gap of dropped output, and what comes behind it keeps its place", async () => {
  const matcher = new Matcher(tried(/ready/), 0);
  expect(await matcher.push(Buffer.from("rea"))).toBeUndefined();
  matcher.skip(1000);
  expect(await matcher.push(Buffer.from("dy\nready"))).toEqual({ line: "ready", endBytes: 1011 });
});
