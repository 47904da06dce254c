// Input by pipe: what is fed at the start, what is sent later, where it ends, and who can't be sent any.

import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newHome, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

test("text is fed to stdin, then it is at its end", async () => {
  const server = await Server.open(newHome());
  const text = 'a "b"\n\u0000é 👩‍👩‍👧\nno newline';
  const { task_id, exit_code } = await server.run("cat; echo '|'", { stdin: text });
  const { output } = await server.call("task_result", { task_id, raw: true });
  expect({ exit_code, output }).toEqual({ exit_code: 0, output: `${text}|\n` });
  expect(await server.run("cat /dev/stdin", { stdin: "by name" })).toMatchObject({ output: "by name" });
  expect(await server.run("wc -c", { stdin: "" })).toMatchObject({ output: "0\n" });
  expect(await server.run("exec <&-; sleep 0.1; echo fine", { stdin: "x".repeat(1e6) })).toMatchObject({
    status: "completed",
    output: "fine\n",
  });
  await server.close();
});

test("text for a queued task waits outside of the store, for the owner alone, and is fed at its turn", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const first = await server.start("sleep 60");
  const second = await server.start("cat", { stdin: "s3cr3t-needle" });
  for (const name of readdirSync(home).filter((one) => one.startsWith("backburner.db")))
    expect(await Bun.file(join(home, name)).text()).not.toContain("s3cr3t-needle");
  await server.cancel(first.task_id);
  const [ended] = await server.ended(second.task_id);
  expect(ended).toMatchObject({ status: "completed" });
  expect(readText(join(home, "tasks", second.task_id, "output.log"))).toBe("s3cr3t-needle");
  expect(readdirSync(join(home, "tasks", second.task_id))).not.toContain("environment");
  await server.close();
});

test("python3 -i answers by pipe, with its prompt", async () => {
  const server = await Server.open(newHome());
  const { task_id } = await server.start("python3 -i -q 2>&1", { interactive: true });
  const send = (input: string) => server.call("send_input", { task_id, input, wait_seconds: 20 });
  await server.waitsForInput(task_id);
  expect(await send("x = 6 * 7\nprint(x)\n")).toMatchObject({ status: "working", output: ">>> 42\n>>> " });
  expect(await send("def f():\n  return x + 1\n\nf()\n")).toMatchObject({ output: "... ... >>> 43\n>>> " });
  expect(await send("exit(7)\n")).toMatchObject({ status: "failed", exit_code: 7 });
  await server.close();
});

test("an answer is cleaned as any output is, and of a long one the newest lines are shown", async () => {
  const server = await Server.open(newHome());
  const { task_id } = await server.start(`while read -r line; do eval "$line"; done`, { interactive: true });
  const answerTo = (line: string) => server.call("send_input", { task_id, input: `${line}\n`, wait_seconds: 20 });
  for (const [line, output] of [
    ["printf 'a\\rb\\rc\\n'", "c\n"],
    ["printf 'n\\0u\\al\\033[1ml xy\\bz\\n'", "null xz\n"],
    ["printf '\\303\\244\\377\\n>>> '", "ä\ufffd\n>>> "],
    ["yes same | head -n 100", "same\n[… the same line 99 more times …]\n"],
  ] as const)
    expect((await answerTo(line)).output).toBe(output);
  expect((await answerTo("seq 5000 | tr -d '\\n'")).output).toMatch(
    /^1234567\d+ \[… 16,\d+ characters of this line left out …\] \d+49995000$/,
  );
  const { output, omitted_bytes } = await answerTo("seq 20000");
  const all = Array.from({ length: 20_000 }, (_, at) => `${at + 1}\n`).join("");
  expect(all.slice(Number(omitted_bytes))).toBe(`${output}`);
  expect(output).toMatch(/^\d{5}\n/);
  expect(output?.length).toBeGreaterThan(29_990);
  expect(output?.length).toBeLessThanOrEqual(30_000);
  await server.cancel(task_id);
  await server.close();
});

test("a [y/N] confirmation is seen, with its question, and answered", async () => {
  const server = await Server.open(newHome());
  const { task_id } = await server.start(
    `printf 'removing 3 files\\nsure? [y/N] '; read answer; [ "$answer" = y ] && echo removed; sleep 60`,
    { interactive: true },
  );
  expect(await server.waitsForInput(task_id)).toMatchObject({ status: "working", last_line: "sure? [y/N]" });
  const sent = await server.call("send_input", { task_id, input: "y\n", wait_seconds: 20 });
  expect(sent).toMatchObject({ status: "working", output: "removed\n" });
  expect(sent.waiting_for_input).toBeUndefined();
  expect((await server.status(task_id)).waiting_for_input).toBeUndefined();
  await server.cancel(task_id);
  await server.close();
});

test("end of file ends cat, with the last input still read", async () => {
  const server = await Server.open(newHome());
  const { task_id } = await server.start("cat; echo over", { interactive: true });
  await server.waitsForInput(task_id);
  expect(await server.call("send_input", { task_id, input: "one\n", wait_seconds: 20 })).toMatchObject({
    status: "working",
    output: "one\n",
    waiting_for_input: true,
    last_line: "one",
  });
  expect(await server.call("send_input", { task_id, input: "two", eof: true, wait_seconds: 20 })).toMatchObject({
    status: "completed",
    output: "twoover\n",
  });
  await server.close();
});

test("stdin at the start may stay open", async () => {
  const server = await Server.open(newHome());
  const { task_id } = await server.start("cat", { stdin: "first\n", interactive: true });
  await waitUntil("the first is there", async () => (await server.status(task_id)).output_lines === 1);
  expect(await server.call("send_input", { task_id, eof: true, input: "second\n", wait_seconds: 20 })).toMatchObject({
    status: "completed",
    output: "second\n",
  });
  await server.close();
});

test("ten megabytes of input arrive whole, at the start and later", async () => {
  const server = await Server.open(newHome());
  const text = Array.from({ length: 10 * 2 ** 20 }, (_, at) => String.fromCharCode(32 + ((at * 7919) % 95))).join("");
  const digest = `${createHash("md5").update(text).digest("hex")}  -\n`;
  expect(await server.run("cat | md5sum", { stdin: text })).toMatchObject({ output: digest });
  const { task_id } = await server.start("cat | md5sum", { interactive: true });
  expect(await server.call("send_input", { task_id, input: text, eof: true, wait_seconds: 60 })).toMatchObject({
    status: "completed",
    output: digest,
  });
  await server.close();
}, 60_000);

/** What a call that must be refused was told. */
async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "nothing",
    (error: Error) => error.message,
  );
}

test("who can't be sent input is told why", async () => {
  const server = await Server.open(newHome(), { BACKBURNER_MAX_TASKS: "3" });
  const send = (task_id: string, more = {}) => server.call("send_input", { task_id, input: "x\n", ...more });
  const ended = await server.run("true", { interactive: true });
  expect(await refusal(send(ended.task_id))).toContain(
    `task ${ended.task_id} has ended (completed, exit code 0) and reads nothing any more; start it again to send it input`,
  );
  const without = await server.start("sleep 60");
  expect(await refusal(send(without.task_id))).toContain(
    `task ${without.task_id} was started without an open stdin and can't be sent input; start it with interactive or pty for that`,
  );
  const closed = await server.start("exec <&-; echo closed; sleep 60", { interactive: true });
  await waitUntil("it has closed its stdin", async () => (await server.status(closed.task_id)).output_lines);
  expect(await refusal(send(closed.task_id))).toContain(
    `task ${closed.task_id} takes no more input: its stdin is closed, by an eof that was sent, by the command itself, or as it ends`,
  );
  const twice = await server.start("cat; sleep 60", { interactive: true });
  await send(twice.task_id, { eof: true });
  expect(await refusal(send(twice.task_id))).toContain("takes no more input: its stdin is closed");
  const queued = await server.start("cat", { interactive: true });
  expect(await refusal(send(queued.task_id))).toContain(
    `task ${queued.task_id} is queued and not running yet; send its input once it is working`,
  );
  expect(await refusal(send(twice.task_id, { input: "<ctrl-c>" }))).toContain(
    `the key <ctrl-c> needs a terminal, which task ${twice.task_id} was started without; start it with pty, or use eof to end its input and cancel to end it`,
  );
  expect(await refusal(send("nobody"))).toContain('no task is called "nobody"');
  for (const { task_id } of [queued, without, closed, twice]) await server.cancel(task_id);
  await server.close();
});

test("what the deny list forbids is not sent", async () => {
  const server = await Server.open(newHome(), { BACKBURNER_DENY: "rm -rf" });
  const { task_id } = await server.start("bash", { interactive: true });
  expect(await refusal(server.call("send_input", { task_id, input: "rm -rf /tmp/x\n" }))).toContain("is refused");
  expect(await server.call("send_input", { task_id, input: "echo fine\nexit\n", wait_seconds: 20 })).toMatchObject({
    output: "fine\n",
  });
  await server.close();
});

test("a command that does not read holds up who sends, not its own supervisor", async () => {
  const server = await Server.open(newHome());
  const { task_id } = await server.start("sleep 60", { interactive: true });
  const sending = server.call("send_input", { task_id, input: "x".repeat(1e6), wait_seconds: 0 });
  expect(await refusal(sending)).toMatch(
    /^task \w+ does not read its input: 98304 of 1000000 bytes wait for it, the rest was not sent; /,
  );
  expect(await refusal(server.call("send_input", { task_id, eof: true, wait_seconds: 0 }))).toBe(
    `task ${task_id} has not read what it was sent before; its stdin is closed once it has, don't send eof again`,
  );
  expect(await server.status(task_id)).toMatchObject({ status: "working" });
  expect(await server.cancel(task_id)).toMatchObject({ status: "cancelled" });
  await server.close();
});

test("what is told to wait for a command that does not read comes to it, once", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { task_id } = await server.start(`until [ -e '${home}/go' ]; do sleep 0.02; done; wc -c`, {
    interactive: true,
  });
  const send = (input: string, more = {}) => server.call("send_input", { task_id, input, wait_seconds: 0, ...more });
  expect(await refusal(send("x".repeat(100_000)))).toContain(" 98304 of 100000 bytes wait for it, ");
  expect(await refusal(send("x".repeat(1_696), { eof: true }))).toContain(
    "all of it waits for that; don't send it again",
  );
  writeFileSync(join(home, "go"), "");
  expect(await server.ended(task_id)).toMatchObject([{ status: "completed", output: "100000\n" }]);
  await server.close();
});

test("a task whose stdin nobody reads does not seem to wait for input", async () => {
  const server = await Server.open(newHome());
  for (const more of [{ interactive: true }, { pty: true }, {}]) {
    const { task_id } = await server.start("printf 'working on it'; sleep 60", more);
    await waitUntil("it has printed", async () => (await server.status(task_id)).output_bytes);
    expect((await server.status(task_id)).waiting_for_input).toBeUndefined();
    await server.cancel(task_id);
  }
  await server.close();
});
