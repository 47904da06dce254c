// A new user's first minute: a released archive, a host, and nothing else of ours or of Node's. Says how long each step took.

import { afterAll, expect, test } from "bun:test";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newHome } from "../helpers/home.ts";
import { unpackedRelease } from "../helpers/release.ts";
import { CLAUDE_CODE, environment } from "./claude-code.ts";
import { removeInstalled } from "./host.ts";
import { ScriptedModel } from "./model/model.ts";
import { call, inOrder } from "./model/script.ts";

afterAll(removeInstalled);

const SUITE = `import time, unittest
class Slow(unittest.TestCase):
    def test_slow(self):
        time.sleep(2)
    def test_broken(self):
        self.assertEqual(1, 2)
`;

test("from the archive to the result of a first task through Claude Code", async () => {
  const { archive } = await unpackedRelease("linux-x64");
  const claude = await CLAUDE_CODE.install();
  const home = newHome();
  const [programs, project] = [join(home, ".local/bin"), join(home, "project")];
  for (const directory of [programs, project, join(home, "system")]) mkdirSync(directory, { recursive: true });
  // What every machine has, without Node.
  for (const name of readdirSync("/usr/bin").filter((one) => !/^(node|npm|npx|bun|bunx)$/.test(one)))
    symlinkSync(`/usr/bin/${name}`, join(home, "system", name));
  symlinkSync(claude, join(programs, "claude"));
  writeFileSync(join(project, "test_slow.py"), SUITE);
  const load = (tool: string) => call("ToolSearch", { query: `select:mcp__backburner__${tool}`, max_results: 1 });
  const model = new ScriptedModel(
    inOrder(
      load("wait_task"),
      call("start_task", { command: "python3 -m unittest", cwd: project, name: "tests" }),
      call("wait_task", { task_ids: ["tests"] }),
      { text: "One of two tests fails." },
    ),
    load("start_task"),
  );
  const env = {
    ...environment(model.url),
    HOME: home,
    PATH: `${programs}:${join(home, "system")}`,
    LANG: "C.UTF-8",
    NO_PROXY: "127.0.0.1",
  };
  const steps: string[] = [];
  const step = async (line: string) => {
    const began = performance.now();
    const run = Bun.spawn(["/bin/sh", "-c", line], {
      cwd: project,
      env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, code] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
    steps.push(`${((performance.now() - began) / 1000).toFixed(2).padStart(6)} s  ${line.replaceAll(home, "~")}`);
    expect({ line, code, said: code === 0 ? "" : stdout + stderr }).toEqual({ line, code: 0, said: "" });
    return stdout + stderr;
  };
  await step(`tar -xzf '${archive}' --strip-components=1 -C ~/.local/bin --wildcards '*/backburner'`);
  expect(await step("backburner --version")).toContain("linux-x64");
  const list = await step("backburner setup");
  expect(list).toContain("claude-code");
  const done = await step("backburner setup claude-code");
  expect(await step("claude mcp list")).toMatch(/backburner: .* Connected/);
  const said = await step(`claude --allowedTools 'mcp__backburner' -p 'Run the tests'`);
  expect(said).toBe("One of two tests fails.\n");
  expect(model.faults).toEqual([]);
  expect(model.results.at(-1)).toMatch(/"status":"failed"[^]*"exit_code":1[^]*FAILED \(failures=1\)/);
  expect(await step("backburner list")).toMatch(/\tfailed\t1\t.*\ttests\tpython3 -m unittest\n$/);
  console.log([...steps, "", list, done].join("\n"));
  await model.stop();
});
