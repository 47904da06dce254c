// backburner send and start --stdin: what a script or a person gives a task to read.

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, cliJson, startTask } from "./helpers/cli.ts";
import { BINARY, newHome, readText, waitUntil } from "./helpers/home.ts";

const log = (home: string, id: string) => readText(join(home, "tasks", id, "output.log"));

/** The binary with this at its stdin. */
async function withStdin(home: string, args: string[], stdin: string | Uint8Array<ArrayBuffer>) {
  const env = { ...process.env, BACKBURNER_HOME: home };
  const running = Bun.spawn([BINARY, ...args], { env, stdin: new Blob([stdin]), stdout: "pipe", stderr: "pipe" });
  return { stdout: await running.stdout.text(), stderr: await running.stderr.text(), code: await running.exited };
}

test("send presses Enter after a text, unless told not to, and prints the answer", async () => {
  const home = newHome();
  const id = await startTask(home, ["-i", "--name", "asks", "--", `while read -r line; do echo "<$line>"; done`]);
  expect(await cli(home, ["send", "asks", "one two"])).toEqual({ stdout: "<one two>\n", stderr: "", code: 0 });
  expect((await cli(home, ["send", id, "-n", "--wait", "0", "half"])).stdout).toBe("");
  expect((await cli(home, ["send", id.slice(0, 6), "and half"])).stdout).toBe("<halfand half>\n");
  expect((await cli(home, ["send", id, "--", "--eof"])).stdout).toBe("<--eof>\n");
  expect((await withStdin(home, ["send", id, "-"], "a\nb\n")).stdout).toBe("<a>\n<b>\n");
  expect(await cliJson(home, ["send", id, "x", "--eof", "--wait", "20s"])).toMatchObject({
    task_id: id,
    output: "<x>\n",
  });
  expect((await cli(home, ["wait", id])).code).toBe(0);
});

test("send presses keys of a terminal", async () => {
  const home = newHome();
  const id = await startTask(home, [
    "-t",
    "--",
    "trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.02; done",
  ]);
  await waitUntil("it is ready", () => log(home, id).includes("ready"));
  expect((await cli(home, ["send", id, "--key", "ctrl-c", "--wait", "20s"])).stdout).toContain("interrupted");
  expect((await cli(home, ["wait", id])).code).toBe(9);
});

test("a send that can't be is one line on stderr", async () => {
  const home = newHome();
  const plain = await startTask(home, ["--", "sleep 60"]);
  const open = await startTask(home, ["-i", "--", "sleep 60"]);
  const pty = await startTask(home, ["-t", "--", "sleep 60"]);
  const refusals: [string[], string][] = [
    [["send", plain, "x"], `task ${plain} was started without an open stdin`],
    [["send", open, "--key", "ctrl-c"], "the key ctrl-c needs a terminal"],
    [["send", pty, "--key", "ctrl-alt-x"], 'there is no key "ctrl-alt-x"; keys are ctrl-a to ctrl-z'],
    [["send", open], "nothing to send is given; write a text, --key or --eof"],
    [["send", open, "a", "b"], "too many arguments"],
    [["start", "--stdin", "no/such/file", "--", "cat"], '--stdin "no/such/file" can\'t be read'],
    [["start", "-it", "--json", "--", "cat"], "-it attaches to the task and --json prints it"],
  ];
  for (const [args, message] of refusals) {
    const { stdout, stderr, code } = await cli(home, args);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
    expect(stderr).toContain(`backburner: ${message}`);
    expect(stderr).toMatch(/^[^\n]*\n$/);
  }
  await cli(home, ["cancel", plain, open, pty]);
});

test("start feeds a file, or our own stdin, byte by byte", async () => {
  const home = newHome();
  const bytes = new Uint8Array(100_000).map((_, at) => (at * 31) % 256);
  writeFileSync(join(home, "bytes"), bytes);
  for (const run of [
    () => cli(home, ["start", "--wait", "--stdin", join(home, "bytes"), "--", "md5sum"]),
    () => withStdin(home, ["start", "--wait", "--stdin", "-", "--", "md5sum"], bytes),
  ])
    expect((await run()).stdout).toBe(`${new Bun.CryptoHasher("md5").update(bytes).digest("hex")}  -\n`);
});

test("status says that a task waits for input, and for what", async () => {
  const home = newHome();
  const id = await startTask(home, ["-t", "--", "read -p 'Overwrite? [y/N] ' it"]);
  await waitUntil("it waits", async () => (await cliJson(home, ["status", id])).waiting_for_input);
  expect((await cli(home, ["status", id])).stdout).toContain("waits         for input, it seems: Overwrite? [y/N]\n");
  await cli(home, ["send", id, "y"]);
  expect((await cli(home, ["wait", id])).code).toBe(0);
});
