// The verdict falls at the start, the same at every door; what was decided is kept.

import { expect, test } from "bun:test";
import { readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, cliJson, startTask } from "./helpers/cli.ts";
import { newHome, readText } from "./helpers/home.ts";
import { Wire } from "./helpers/mcp.ts";

const auditOf = (home: string): Record<string, unknown>[] =>
  readText(join(home, "audit.log"))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test("agent and person are refused in the same words, nothing runs, and each refusal is written down", async () => {
  const home = newHome();
  const env = { BACKBURNER_ALLOW: "^echo( |$)", BACKBURNER_DENY: "^rm " };
  const wire = await Wire.open(home, { env });
  const texts = ["echo a; touch ran", "env rm x", "$x y", "echo $(touch ran)"];
  for (const command of texts) {
    const { isError, content } = await wire.tool("start_task", { command, cwd: home });
    const { stderr, code } = await cli(home, ["start", "--", command], { env });
    expect({ isError, code, said: `backburner: ${content[0]?.text}\n` }).toEqual({
      isError: true,
      code: 2,
      said: stderr,
    });
    expect(stderr).toMatch(/is refused: /);
  }
  await wire.close();
  expect(readdirSync(join(home, "tasks"))).toEqual([]);
  expect(auditOf(home).map(({ command }) => command)).toEqual(texts.flatMap((text) => [text, text]));
  expect(statSync(join(home, "audit.log")).mode & 0o777).toBe(0o600);
});

test("no value of the environment and no raw control character comes into the audit log", async () => {
  const home = newHome();
  const env = { BACKBURNER_ALLOW: "^echo( |$)" };
  await cli(home, ["start", "--env", "TOKEN=hunter2", "--", "rm \u001b]0;x\u0007\u202e\u009b x"], { env });
  const log = readText(join(home, "audit.log"));
  expect(log).not.toContain("hunter2");
  expect(log).toMatch(/^[\u0020-\u007e]+\n$/);
  expect(auditOf(home)[0]).toMatchObject({ env: ["TOKEN"], cwd: home, command: "rm \u001b]0;x\u0007\u202e\u009b x" });
});

test("the audit log does not grow for ever", async () => {
  const home = newHome();
  const env = { BACKBURNER_DENY: "x" };
  writeFileSync(join(home, "audit.log"), `${"-".repeat(2 ** 20 - 1)}\n`, { mode: 0o600 });
  await cli(home, ["start", "--", "x"], { env });
  await cli(home, ["start", "--", "x"], { env });
  expect(auditOf(home)).toHaveLength(1);
  expect(statSync(join(home, "audit.log.1")).size).toBeGreaterThan(2 ** 20);
});

test("an audit log that is a symlink is not followed, and the refusal stands", async () => {
  const home = newHome();
  symlinkSync(join(home, "elsewhere"), join(home, "audit.log"));
  const { stderr, code } = await cli(home, ["start", "--", "x"], { env: { BACKBURNER_DENY: "x" } });
  expect(code).toBe(2);
  expect(stderr).toMatch(/audit.log can't be written: .*\n.* is refused: it matches the deny pattern/);
  expect(readdirSync(home)).not.toContain("elsewhere");
});

test("what was decided is kept with the task", async () => {
  const home = newHome();
  const env = { BACKBURNER_ALLOW: "^echo( |$),^true" };
  const id = await startTask(home, ["--", "true && echo a && echo b"], { env });
  expect(await cliJson(home, ["status", id])).toMatchObject({
    policy: { decision: "allowed", patterns: ["^true", "^echo( |$)"] },
  });
  expect((await cli(home, ["status", id])).stdout).toMatch(/^policy +allowed by "\^true", "\^echo\( \|\$\)"$/m);
  const free = await startTask(home, ["--", "true"]);
  expect(await cliJson(home, ["status", free])).not.toHaveProperty("policy");
});

test("input is judged by the deny list, also through its quotes, and never repeated", async () => {
  const home = newHome();
  const env = { BACKBURNER_DENY: "^rm " };
  const id = await startTask(home, ["-i", "--", "cat"], { env });
  const { stderr, code } = await cli(home, ["send", id, "ls; r''m -rf x"], { env });
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr:
      'backburner: the input is refused: it matches the deny pattern "^rm "; send something else or ask the person who set BACKBURNER_DENY\n',
  });
  expect((await cli(home, ["send", "--eof", id, "hello"], { env })).stdout).toBe("hello\n");
});

test("policy test says what decides, starts nothing and writes nothing down", async () => {
  const home = newHome();
  const env = { BACKBURNER_ALLOW: "^npm( |$)", BACKBURNER_ASK: "^git push", BACKBURNER_DENY: "--force" };
  const tested = async (...args: string[]) => {
    const { stdout, code } = await cli(home, ["policy", "test", ...args], { env });
    return { code, lines: stdout.split("\n") };
  };
  expect(await tested("--", "npm ci && env npm test")).toEqual({
    code: 0,
    lines: [
      "allowed",
      "  npm ci",
      "    allow ^npm( |$)",
      "  env npm test",
      "    on no list",
      "  npm test",
      "    allow ^npm( |$)",
      "",
    ],
  });
  expect(await tested("npm ci; rm x")).toMatchObject({ code: 1, lines: expect.arrayContaining(["refused", "  rm x"]) });
  expect(await tested("--", "git", "push")).toMatchObject({ code: 3, lines: expect.arrayContaining(["ask"]) });
  expect(await tested("--", "git", "push", "--force")).toMatchObject({ code: 1 });
  expect(await tested("-t", "--", "npm ci")).toMatchObject({
    code: 1,
    lines: expect.arrayContaining([expect.stringMatching(/"pty:"/)]),
  });
  expect(await tested("--env", "PATH=x", "--", "npm ci")).toMatchObject({ code: 1 });
  expect(await tested()).toMatchObject({ code: 2 });
  const { stdout } = await cli(home, ["policy", "test", "--json", "--", "npm", "ci"], { env });
  expect(JSON.parse(stdout)).toEqual({
    decision: "allowed",
    patterns: ["^npm( |$)"],
    findings: [{ text: "npm ci", list: "allow", pattern: "^npm( |$)" }],
  });
  expect((await cli(home, ["policy", "test", "--", "rm x"])).stdout).toContain("no list is set: everything is allowed");
  expect(readdirSync(home)).toEqual([]);
});
