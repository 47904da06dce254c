// A person at a terminal: help, tables, colours and hints; nothing of others' text reaches the terminal raw.

import { expect, test } from "bun:test";
import { cli, startTask, TerminalRun } from "./helpers/cli.ts";
import { newHome, waitUntil } from "./helpers/home.ts";

// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

const onTerminal = (home: string, args: string[], options?: { env?: Record<string, string>; cols?: number }) =>
  new TerminalRun(home, args, options).left();

const VERBS =
  "start list status top logs wait send attach cancel events prune setup config doctor completions mcp".split(" ");

test("all help fits 80 columns, ends with a newline and is the same on a terminal", async () => {
  const home = newHome();
  for (const args of [["--help"], ...VERBS.map((verb) => ["help", verb])]) {
    const { stdout, stderr, code } = await cli(home, args);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    expect(stdout.split("\n").filter((line) => Bun.stringWidth(line) > 80)).toEqual([]);
    expect(stdout).toMatch(/[^\n]\n$/);
    expect(stdout).toContain("\nExamples:\n");
    expect((await onTerminal(home, args, { cols: 200 })).text).toBe(stdout);
  }
});

test("no arguments on a terminal show the help, as do -h, help and help VERB", async () => {
  const home = newHome();
  const { stdout } = await cli(home, ["--help"]);
  expect(await onTerminal(home, [])).toEqual({ text: stdout, code: 0 });
  expect((await cli(home, ["-h"])).stdout).toBe(stdout);
  expect((await cli(home, ["help"])).stdout).toBe(stdout);
  expect((await cli(home, ["help", "wait"])).stdout).toBe((await cli(home, ["wait", "-h"])).stdout);
});

test("a table lines up with wide and control characters, and none of these comes through", async () => {
  const home = newHome();
  const commands = ["echo plain", "echo '安宁' 👩‍👩‍👧", "printf '\u001b[31m\u009b2J\u0007\rhidden\u202e'\necho\tx", "true"];
  const names = ["plain", "安宁-👍", "café", ""];
  for (const [at, command] of commands.entries()) {
    const id = await startTask(home, [...(names[at] ? ["--name", names[at]] : []), "--", command]);
    await cli(home, ["wait", id]);
  }
  const { text, code } = await onTerminal(home, ["list"], { env: { NO_COLOR: "1" }, cols: 120 });
  expect(code).toBe(0);
  expect(text).not.toMatch(CONTROLS);
  const [head = "", ...rows] = text.trimEnd().split("\n");
  expect(head).toMatch(/^ID {14}STATUS {5}EXIT {2}CREATED {3}RAN {3}NAME {5}COMMAND$/);
  const [nameAt, commandAt] = [head.indexOf("NAME"), head.indexOf("COMMAND")];
  // Columns are cut by width, as a terminal shows them.
  expect(rows.map((row) => Bun.sliceAnsi(row, nameAt, commandAt).trimEnd())).toEqual(names.toReversed());
  expect(rows.map((row) => Bun.sliceAnsi(row, commandAt))).toEqual([
    "true",
    "printf '␛[31m\\u009b2J␇␍hidden\\u202e'⏎echo␉x",
    "echo '安宁' 👩‍👩‍👧",
    "echo plain",
  ]);
});

test("a table is as wide as the terminal", async () => {
  const home = newHome();
  const long = `echo ${"安全な".repeat(40)}`;
  await cli(home, ["wait", await startTask(home, ["--name", "n".repeat(60), "--", long])]);
  for (const cols of [80, 81, 82, 120]) {
    const { text } = await onTerminal(home, ["list"], { cols, env: { NO_COLOR: "1" } });
    const [, row = ""] = text.split("\n");
    expect(Bun.stringWidth(row)).toBeLessThanOrEqual(cols);
    expect(Bun.stringWidth(row)).toBeGreaterThanOrEqual(cols - 1);
    expect(row).toEndWith("…");
    expect(row).toMatch(cols === 120 ? / n{23}… {2}echo / : / n{7,22}… {2}echo /);
  }
});

test("status and JSON on a terminal show control characters, they do not send them", async () => {
  const home = newHome();
  const id = await startTask(home, ["--", "true # \u001b[31m\u009b2J\n#"]);
  await cli(home, ["wait", id]);
  const status = await onTerminal(home, ["status", id], { env: { NO_COLOR: "1" } });
  expect(status.text).toContain("command       true # ␛[31m\\u009b2J⏎#\n");
  expect(status.text).not.toMatch(CONTROLS);
  const json = await onTerminal(home, ["status", "--json", id]);
  expect(json.text).toStartWith('{\n  "task_id"');
  expect(json.text).not.toMatch(CONTROLS);
  expect(JSON.parse(json.text)).toMatchObject({ command: "true # \u001b[31m\u009b2J\n#" });
});

test("colour is for terminals that want it", async () => {
  const home = newHome();
  await cli(home, ["wait", await startTask(home, ["--", "exit 1"])]);
  expect((await onTerminal(home, ["list"])).text).toContain("\u001b[31mfailed\u001b[39m");
  expect((await onTerminal(home, ["list"], { env: { NO_COLOR: "" } })).text).toContain("\u001b[31m");
  for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }] as Record<string, string>[])
    expect((await onTerminal(home, ["list"], { env })).text).not.toContain("\u001b");
  expect((await onTerminal(home, ["list"], { env: { CLICOLOR: "0" } })).text).not.toContain("\u001b");
  expect((await cli(home, ["list"])).stdout).not.toContain("\u001b");
});

test("colour can be forced into a pipe for what people read, never into what programs do", async () => {
  const home = newHome();
  const id = await startTask(home, ["--name", "it", "--", "exit 1"]);
  await cli(home, ["wait", id]);
  for (const env of [{ FORCE_COLOR: "1" }, { CLICOLOR_FORCE: "1" }] as Record<string, string>[]) {
    expect((await cli(home, ["status", "it"], { env })).stdout).toContain("\u001b[31mfailed");
    for (const args of [["list"], ["list", "--json"], ["config"], ["logs", "it"]])
      expect((await cli(home, args, { env })).stdout).not.toContain("\u001b");
    expect((await cli(home, ["status", "it"], { env: { ...env, NO_COLOR: "1" } })).stdout).not.toContain("\u001b");
  }
  for (const env of [{ FORCE_COLOR: "0" }, { CLICOLOR_FORCE: "0" }] as Record<string, string>[])
    expect((await cli(home, ["status", "it"], { env })).stdout).not.toContain("\u001b");
});

test("start gives a person a hint how to go on, and the task survives the end of the terminal", async () => {
  const home = newHome();
  const { text, code } = await onTerminal(home, ["start", "--", "sleep 0.2; echo done"], { env: { NO_COLOR: "1" } });
  expect(code).toBe(0);
  expect(text).toMatch(
    /^(\w{14})\n"backburner logs -f \1" follows its output, "backburner wait \1" waits for its end\n$/,
  );
  const id = text.slice(0, 14);
  expect((await cli(home, ["wait", id])).code).toBe(0);
  expect((await cli(home, ["logs", id])).stdout).toBe("done\n");
});

test("list says what it does not show", async () => {
  const home = newHome();
  const env = { NO_COLOR: "1" };
  expect((await onTerminal(home, ["list"], { env })).text).toBe(
    'no tasks yet; "backburner start -- COMMAND" starts one\n',
  );
  for (let task = 0; task < 3; task += 1) await startTask(home, ["true"]);
  expect((await onTerminal(home, ["list", "-n", "2"], { env })).text).toEndWith("\n2 of 3; --limit shows more\n");
  await waitUntil(
    "all have ended",
    async () => (await cli(home, ["list", "--status", "completed"])).stdout.split("\n").length === 4,
  );
  expect((await onTerminal(home, ["list", "--status", "failed"], { env })).text).toBe("no task is failed\n");
});
