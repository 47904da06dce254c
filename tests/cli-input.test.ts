// What a person types: words that reach the command unharmed, and input that is wrong, said in one line with nothing started.

import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, cliJson, type CliOptions, startTask } from "./helpers/cli.ts";
import { BINARY, newHome } from "./helpers/home.ts";

const NASTY = [
  "a b",
  "",
  "'",
  '"',
  "it's",
  "$HOME",
  "$(id)",
  "`id`",
  "a\nb",
  "\\",
  "\\n",
  "*",
  "?",
  "~",
  "!",
  "#",
  ";",
  "&&",
  "|",
  ">f",
  "{a,b}",
  "-n",
  "--",
  "--wait",
  "安宁 é 👩‍👩‍👧",
  "A=b",
  "\t",
  "\u001b[31m",
  "%s",
];

test("several words behind dashes reach the command one by one, as they are", async () => {
  const home = newHome();
  const { stdout, code } = await cli(home, ["start", "--wait", "--", "printf", "%s\\0", ...NASTY]);
  expect(stdout.split("\0")).toEqual([...NASTY, ""]);
  expect(code).toBe(0);
});

test("a command of bytes that are no UTF-8 is refused, and as it is advised such a file is found", async () => {
  const home = newHome();
  const run = (script: string) => {
    const env = { ...process.env, BACKBURNER_HOME: home };
    const { exitCode, stdout, stderr } = Bun.spawnSync(["bash", "-c", script, BINARY], { cwd: home, env });
    return { code: exitCode, stdout: stdout.toString("latin1"), stderr: stderr.toString() };
  };
  expect(run(`touch $'f\\xff'; "$0" start --wait -- rm $'f\\xff'`)).toEqual({
    code: 2,
    stdout: "",
    stderr:
      "backburner: the command holds bytes that are no UTF-8; write them in a way that the shell reads, such as $'\\xff'\n",
  });
  expect(run(`"$0" start --wait "ls $'f\\\\xff'"`)).toEqual({ code: 0, stdout: "f\xff\n", stderr: "" });
  expect(run(`"$0" start --wait -- echo '\uFFFD'`).code).toBe(0);
});

test("several words are kept when a sh runs them too", async () => {
  const options = { env: { BACKBURNER_SHELL: "/bin/sh -c" } };
  const { stdout } = await cli(newHome(), ["start", "--wait", "--", "printf", "%s\\0", ...NASTY], options);
  expect(stdout.split("\0")).toEqual([...NASTY, ""]);
});

test("the first of several words is a program, whatever a shell would take it for", async () => {
  const home = newHome();
  for (const word of ["if", "!", "a b", "{", "[["]) {
    const { stderr, code } = await cli(home, ["start", "--wait", "--", word, "x"]);
    expect({ word, stderr, code }).toEqual({ word, stderr: "", code: 127 });
  }
  const assigned = ["start", "--wait", "--", "A=x y", "B=", "sh", "-c", 'echo "$A|${B-unset}"'];
  expect((await cli(home, assigned)).stdout).toBe("x y|\n");
});

test("one word is a command line, behind dashes and without", async () => {
  const home = newHome();
  const line = 'A="a b"; echo "$A" | tr a c && exit 3';
  for (const args of [["--", line], [line], [line, "--wait"]]) {
    const { stdout, code } = await cli(home, ["start", "--wait", ...args]);
    expect({ stdout, code }).toEqual({ stdout: "c b\n", code: 3 });
  }
  const id = await startTask(home, ["--", "grep", "a b", "f"]);
  expect(await cliJson(home, ["status", id])).toMatchObject({ command: "grep 'a b' f" });
});

/** The one line on stderr. Nothing may have been started. */
async function refusal(home: string, args: string[], options?: CliOptions): Promise<string> {
  const { stdout, stderr, code } = await cli(home, args, options);
  expect(stdout).toBe("");
  expect(await cliJson(home, ["list"])).toEqual({ tasks: [], total: 0 });
  return `${code} ${stderr}`;
}

const EXAMPLES = "such as 90s, 20m or 1h30m";

const ENV_REFUSED = "--env is given something else than NAME=value; put a name and = before the value";

test.each([
  [["start"], "no command is given; write it behind dashes: backburner start -- npm test"],
  [["start", "--"], "no command is given; write it behind dashes: backburner start -- npm test"],
  [["start", "--", ""], "the command is empty; give a shell command to run"],
  [["start", "--", " \n"], "the command is empty; give a shell command to run"],
  [["start", "npm", "a b"], `a command of several words stands behind "--": backburner start -- npm 'a b'`],
  [["start", "npm", "--", "test"], '"npm" stands before "--"; put the whole command behind it'],
  [["start", "--cwd", "/no/where", "x"], 'the directory "/no/where" does not exist; create it or give another cwd'],
  [["start", "--cwd", "/dev/null", "x"], '"/dev/null" is not a directory; give another cwd'],
  ...["0", "0s", "-1", "abc", "1e99", "99999d", "", "5 parsecs"].map((given): [string[], string] => [
    ["start", "--timeout", given, "x"],
    `--timeout is "${given}"; give a duration above 0, up to 3650d, ${EXAMPLES}`,
  ]),
  [["wait", "--timeout", "-1", "x"], `--timeout is "-1"; give a duration 0 or more, up to 3650d, ${EXAMPLES}`],
  [["cancel", "--grace", "soon", "x"], `--grace is "soon"; give a duration 0 or more, up to 3650d, ${EXAMPLES}`],
  [["start", "--env", "A", "x"], ENV_REFUSED],
  [["start", "--env", "=b", "x"], ENV_REFUSED],
  [
    ["start", "--env", "A-B=c", "x"],
    '"A-B" can\'t be the name of an environment variable; use letters, digits and "_"',
  ],
  [["start", "--name", "", "x"], 'the name "" is empty'],
  [["start", "--name", "a\nb", "x"], 'the name "a\\nb" holds control characters; use letters, digits and spaces'],
  [["start", "--name", "2abcdefghijkmn", "x"], 'the name "2abcdefghijkmn" looks like a task id; choose another'],
  [["list", "-s", "queued", "--status", "working"], "--status is given twice; leave one of them out"],
  [["list", "--limit", "0"], '--limit is "0"; give a whole number from 1 on'],
  [["list", "--limit", "1.5"], '--limit is "1.5"; give a whole number from 1 on'],
  [["list", "--limit", "99999999999"], '--limit is "99999999999"; give at most 999999999'],
  [
    ["list", "--status", "done"],
    "option '-s, --status <status>' argument 'done' is invalid. Allowed choices are queued, working, completed, failed, " +
      "cancelled, timed_out, interrupted; did you mean completed?",
  ],
  [["logs", "-n", "-3", "x"], '--lines is "-3"; give a whole number from 0 on'],
  [
    ["logs", "-f", "--json", "x"],
    "--json prints the output once and can't follow it; leave out --json, or -f and --until",
  ],
  [["status"], "missing required argument 'id'; see \"backburner status --help\""],
  [["wait"], "missing required argument 'id'; see \"backburner wait --help\""],
  [["list", "x"], "too many arguments for 'list'. Expected 0 arguments but got 1: x; see \"backburner list --help\""],
  [["list", "--stat"], "unknown option '--stat'; did you mean --status?"],
  [["start", "--name"], "option '--name <name>' argument missing; see \"backburner start --help\""],
  [["lst"], "unknown command 'lst'; did you mean list?"],
  [["canecl", "x", "--help"], "unknown command 'canecl'; did you mean cancel?"],
  [["kill", "x"], "unknown command 'kill'; did you mean cancel?"],
  [["help", "ps"], "unknown command 'ps'; did you mean list?"],
  [["tasks"], "unknown command 'tasks'; did you mean list?"],
  [["runn"], "unknown command 'runn'; did you mean start?"],
  [["version"], "unknown command 'version'; did you mean --version?"],
  [["complet"], "unknown command 'complet'; did you mean completions?"],
  [["nope"], "unknown command 'nope'; see \"backburner --help\""],
  [["constructor"], "unknown command 'constructor'; see \"backburner --help\""],
  [["list", "--josn"], "unknown option '--josn'; did you mean --json?"],
  [
    ["completions", "bahs"],
    "'bahs' is no shell that we know. Allowed choices are bash, zsh, fish, powershell; did you mean bash?",
  ],
  [["frobnicate"], "unknown command 'frobnicate'; see \"backburner --help\""],
  [["--frobnicate"], "unknown option '--frobnicate'; see \"backburner --help\""],
  [["a\u001b[31mb"], "unknown command 'a␛[31mb'; see \"backburner --help\""],
])("wrong usage is one line and code 2, and starts nothing: %j", async (args, message) => {
  expect(await refusal(newHome(), args)).toBe(`2 backburner: ${message}\n`);
});

const ask = (variable: string) => `run something else or ask the person who set ${variable}`;

test("what the policy refuses is code 2, and nothing runs", async () => {
  const home = newHome();
  const deny = { env: { BACKBURNER_DENY: "rm -rf,\\bsudo\\b" } };
  expect(await refusal(home, ["start", "--", "rm", "-rf", "x"], deny)).toBe(
    `2 backburner: the command "rm -rf x" is refused: it matches the deny pattern "rm -rf"; ${ask("BACKBURNER_DENY")}\n`,
  );
  expect(await refusal(home, ["start", "--wait", "--", "SUDO ls"], deny)).toStartWith("2 backburner: the command");
  const allow = { env: { BACKBURNER_ALLOW: "^npm ,^echo " } };
  expect(await refusal(home, ["start", "--", "ls"], allow)).toBe(
    `2 backburner: the command "ls" is refused: it matches no allow pattern; ${ask("BACKBURNER_ALLOW")}\n`,
  );
  expect((await cli(home, ["start", "--wait", "--", "echo fine"], allow)).stdout).toBe("fine\n");
});

test.each([
  [{ BACKBURNER_MAX_TASKS: "abc" }, "", /^BACKBURNER_MAX_TASKS is "abc"; expected a whole number from 1 to 1000$/],
  [{ BACKBURNER_DENY: "ok,(" }, "", /^BACKBURNER_DENY is "ok,\("; expected .* \(Invalid regular expression.*\)$/],
  [{ BACKBURNER_TIMEOUT: "never" }, "", /^BACKBURNER_TIMEOUT is "never"; expected a duration/],
  [{}, "max_task = 3", /^\S+\/config\.toml sets "max_task", which is no setting; known are /],
  [{}, "max_tasks = true", /^max_tasks in \S+\/config\.toml is .*; expected a whole number from 1 to 1000$/],
  [{}, "max_tasks = = 3", /^\S+\/config\.toml can't be read: .+$/],
])("a wrong setting is named, is code 125 and starts nothing: %j %s", async (env, file, message) => {
  const home = newHome();
  writeFileSync(join(home, "config.toml"), file);
  for (const args of [["start", "true"], ["list"]]) {
    const { stdout, stderr, code } = await cli(home, args, { env });
    expect({ stdout, code }).toEqual({ stdout: "", code: 125 });
    expect(stderr).toStartWith("backburner: ");
    expect(stderr.slice("backburner: ".length, -1)).toMatch(message);
  }
});

test("a home that can't be used is named, and is code 125", async () => {
  const home = newHome();
  writeFileSync(join(home, "file"), "");
  mkdirSync(join(home, "dir/backburner.db"), { recursive: true });
  for (const name of ["file", "file/below", "dir"]) {
    const { stdout, stderr, code } = await cli(join(home, name), ["list"], { cwd: "/" });
    expect({ stdout, code }).toEqual({ stdout: "", code: 125 });
    expect(stderr).toMatch(/^backburner: .*\n$/);
    expect(stderr).toContain(join(home, name));
  }
});
