// backburner config: every setting with where it comes from, and what is wrong with it.

import { expect, test } from "bun:test";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../src/config.ts";
import { cli, TerminalRun } from "./helpers/cli.ts";
import { BINARY, newHome, readText } from "./helpers/home.ts";

/** Name, value and origin of each. */
async function shown(home: string, env: Record<string, string> = {}): Promise<Record<string, string[]>> {
  const { stdout, stderr, code } = await cli(home, ["config"], { env });
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  return Object.fromEntries(rows.map(([name = "", ...rest]) => [name, rest]));
}

test("every setting is shown with its value and who says so: the variable wins over the file, the file over the default", async () => {
  const home = newHome();
  const file = join(home, "config.toml");
  expect(await shown(home)).toEqual({
    home: [home, "BACKBURNER_HOME"],
    allow: ["(none)", "default"],
    deny: ["(none)", "default"],
    ask: ["(none)", "default"],
    allow_env: ["(none)", "default"],
    max_tasks: ["10", "default"],
    max_output: ["64MB", "default"],
    keep_days: ["30", "default"],
    keep_tasks: ["100000", "default"],
    keep_bytes: ["5GB", "default"],
    native_tasks: ["auto", "default"],
    timeout: ["(none)", "default"],
    shell: ["(bash -c, else sh -c)", "default"],
    cwd: ["(the caller's)", "default"],
  });
  expect(existsSync(join(home, "tasks"))).toBe(false); // to look changes nothing
  writeFileSync(file, 'max_tasks = 3\ntimeout = 5400\ndeny = ["^rm( |$)", "a{1,2}"]\nkeep_bytes = "1.5GB"\n');
  expect(await shown(home, { BACKBURNER_MAX_TASKS: "7", BACKBURNER_ALLOW: "" })).toMatchObject({
    max_tasks: ["7", "BACKBURNER_MAX_TASKS"],
    timeout: ["1h30m", file],
    deny: ["^rm( |$),a{1\\,2}", file],
    keep_bytes: ["1536MB", file],
    allow: ["(none)", "default"],
  });
});

test("--json has numbers and lists, by name; what is not set has no value", async () => {
  const home = newHome();
  writeFileSync(join(home, "config.toml"), 'timeout = "20m"\nallow = ["^npm( |$)"]\n');
  const { stdout } = await cli(home, ["config", "--json"], { env: { BACKBURNER_KEEP_BYTES: "1GB" } });
  expect(JSON.parse(stdout)).toMatchObject({
    config_file: join(home, "config.toml"),
    settings: {
      home: { value: home, source: "environment", variable: "BACKBURNER_HOME" },
      timeout: { value: 1200, source: "config.toml", file: join(home, "config.toml"), variable: "BACKBURNER_TIMEOUT" },
      allow: { value: ["^npm( |$)"], source: "config.toml" },
      keep_bytes: { value: 2 ** 30, source: "environment" },
      cwd: { source: "default", variable: "BACKBURNER_CWD" },
    },
  });
  expect(JSON.parse(stdout).settings.cwd).not.toHaveProperty("value");
});

test("of one setting the value alone is printed, by its name or its variable", async () => {
  const home = newHome();
  for (const name of ["max_output", "BACKBURNER_MAX_OUTPUT"])
    expect(await cli(home, ["config", name])).toEqual({ stdout: "64MB\n", stderr: "", code: 0 });
  expect(await cli(home, ["config", "timeout"])).toEqual({ stdout: "", stderr: "", code: 0 });
  expect(await cli(home, ["config", "max_taks"])).toEqual({
    stdout: "",
    stderr: 'backburner: there is no setting "max_taks"; did you mean max_tasks?\n',
    code: 2,
  });
  expect((await cli(home, ["config", "colour"])).stderr).toMatch(/no setting "colour"; there are home, allow, deny, /);
});

test("every wrong value is told, as the other verbs tell the first, and the rest is shown all the same", async () => {
  const home = newHome();
  writeFileSync(join(home, "config.toml"), "max_tasks = 0\nkeep_days = 7\n");
  const env = { BACKBURNER_DENY: "ok,(", BACKBURNER_MAX_TASK: "3" };
  const { stdout, stderr, code } = await cli(home, ["config"], { env });
  expect(code).toBe(125);
  expect(stdout).toContain(`max_tasks\t(wrong)\t${join(home, "config.toml")}\n`);
  expect(stdout).toContain(`keep_days\t7\t${join(home, "config.toml")}\n`);
  const [unknown, deny, tasks, end] = stderr.split("\n");
  expect(unknown).toBe("backburner: BACKBURNER_MAX_TASK is no setting; did you mean BACKBURNER_MAX_TASKS?");
  expect(deny).toMatch(/^backburner: BACKBURNER_DENY is "ok,\("; expected a comma-separated list of regular expr/);
  expect(tasks).toMatch(/^backburner: max_tasks in .*config\.toml is "0"; expected a whole number from 1 to 1000$/);
  expect(end).toBe("");
  expect((await cli(home, ["list"], { env })).stderr).toBe(`${deny}\n`);

  writeFileSync(join(home, "config.toml"), "max_tasks = \n");
  const broken = await cli(home, ["config"]);
  expect(broken).toMatchObject({ stdout: "", code: 125 });
  expect(broken.stderr).toMatch(/config\.toml can't be read: .*; mend or remove it\n$/);
  expect((await cli(home, ["config", "--path"])).stdout).toBe(`${join(home, "config.toml")}\n`);
});

test("no secret is shown: nothing else of the environment, and no value that a shell is given", async () => {
  const home = newHome();
  const env = { BACKBURNER_SHELL: "env TOKEN=hush-hush bash -c", SECRET: "hush-hush", BACKBURNER_ODD: "hush-hush" };
  for (const args of [["config"], ["config", "--json"], ["config", "shell"]]) {
    const { stdout, stderr } = await cli(home, args, { env });
    expect(stdout).toContain("TOKEN=…");
    expect(stdout + stderr).not.toContain("hush");
  }
});

test("--example is a config.toml: nothing in it holds until it is uncommented, and then all of it does", async () => {
  const home = newHome();
  const { stdout } = await cli(home, ["config", "--example"]);
  const load = (text: string) => {
    writeFileSync(join(home, "config.toml"), text);
    return loadConfig({ BACKBURNER_HOME: home });
  };
  const without = await loadConfig({ BACKBURNER_HOME: home });
  expect(await load(stdout)).toEqual(without);
  const uncommented = await load(stdout.replaceAll(/^#(?=\w+ = )/gm, ""));
  expect(uncommented).toMatchObject({ maxTasks: 10, keep: without.keep, timeoutMs: 1_200_000, cwd: "/srv/project" });
  expect(uncommented.policy?.deny).toHaveLength(2);
  expect(Object.keys(Bun.TOML.parse(stdout.replaceAll(/^#(?=\w+ = )/gm, "")))).toHaveLength(13);
});

test("its help's way to a config.toml works before there is a home, and again without overwriting anything", async () => {
  const home = join(newHome(), "deep", "home");
  const script = `"$0" config --example >> "$("$0" config --path)"`;
  const run = () => Bun.spawnSync(["sh", "-c", script, BINARY], { env: { BACKBURNER_HOME: home } });
  expect({ code: run().exitCode, stderr: run().stderr.toString() }).toEqual({ code: 0, stderr: "" });
  expect(statSync(home).mode & 0o777).toBe(0o700);
  expect(readText(join(home, "config.toml")).match(/^#max_tasks = /gm)).toHaveLength(2);
  expect((await cli(home, ["config"], { cwd: "/" })).code).toBe(0);

  const file = join(newHome(), "file");
  writeFileSync(file, "");
  const { stdout, code } = await cli(file, ["config", "--path"], { cwd: "/" });
  expect({ stdout, code }).toEqual({ stdout: `${join(file, "config.toml")}\n`, code: 0 });
});

test("on a terminal it is a table that lines up, and what can't be combined is refused", async () => {
  const home = newHome();
  writeFileSync(join(home, "config.toml"), 'deny = ["安宁"]\n');
  const { text } = await new TerminalRun(home, ["config"], { env: { NO_COLOR: "1" } }).left();
  const [head = "", ...rows] = text.trimEnd().split("\n");
  const at = head.indexOf("FROM");
  expect(head).toMatch(/^SETTING {7}VALUE +FROM$/);
  expect(rows.map((row) => Bun.sliceAnsi(row, at)).filter((from) => from !== "default")).toEqual([
    "BACKBURNER_HOME",
    join(home, "config.toml"),
  ]);
  for (const args of [
    ["--path", "--example"],
    ["timeout", "--path"],
    ["--json", "--example"],
  ])
    expect((await cli(home, ["config", ...args])).code).toBe(2);
});
