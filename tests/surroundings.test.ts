// Where and how the binary is started changes nothing: no file of the directory is loaded or run, and nothing in the environment that
// takes a compiled Bun over is handed on to our own re-starts; the command gets all of it.

import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cli, startTask, TerminalRun } from "./helpers/cli.ts";
import { newHome, parentOf, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

/** A directory in which every file that a Bun could load leaves a mark, or changes what we do. */
function trap(): { directory: string; marks: () => string[] } {
  const directory = newHome();
  const marks = join(directory, "marks");
  mkdirSync(marks);
  const mark = (name: string) => `require("node:fs").writeFileSync(${JSON.stringify(marks)} + "/${name}", "");`;
  const files: Record<string, string> = {
    ".env": "BACKBURNER_MAX_TASKS=none\nTRAPPED=yes\n",
    ".env.local": "BACKBURNER_MAX_TASKS=none\nTRAPPED=yes\n",
    ".env.production": "BACKBURNER_MAX_TASKS=none\nTRAPPED=yes\n",
    "bunfig.toml": `preload = ["./preload.ts"]\nlogLevel = "debug"\n[run]\nshell = "bun"\n`,
    "preload.ts": mark("preload"),
    "package.json": `{"name":"trap","type":"commonjs","main":"./index.js","imports":{"zod":"./index.js"},"bun":{"preload":"./preload.ts"}}`,
    "tsconfig.json": `{"compilerOptions":{"baseUrl":".","paths":{"*":["./index.js"],"zod/mini":["./index.js"]}}}`,
    "jsconfig.json": `{"compilerOptions":{"paths":{"*":["./index.js"]}}}`,
    "index.js": mark("index"),
    "backburner.js": mark("backburner"),
    "mcp.ts": mark("mcp"),
    "config.toml": "max_tasks = 'none'\n",
  };
  for (const name of ["zod", "zod/mini", "commander", "@modelcontextprotocol/server", "bun", "node:fs", "root"])
    files[`node_modules/${name}/index.js`] = mark(name.replaceAll("/", "-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return { directory, marks: () => readdirSync(marks) };
}

test("nothing of the directory that it is started in is loaded or run", async () => {
  const home = newHome();
  const { directory: cwd, marks } = trap();
  expect((await cli(home, ["--version"], { cwd })).stderr).toBe("");
  expect(await cli(home, ["list"], { cwd })).toEqual({ stdout: "", stderr: "", code: 0 });
  const { stdout } = await cli(home, ["start", "--wait", "--", 'echo "[$TRAPPED]"'], { cwd });
  expect(stdout).toBe("[]\n");
  const server = await Server.open(home, {}, cwd);
  const { task_id, output } = await server.run('echo "[$TRAPPED]"; pwd');
  expect(output).toBe(`[]\n${cwd}\n`);
  expect(await server.call("task_result", { task_id, grep: "TRAPPED|\\[" })).toMatchObject({ matches: 1 });
  await server.close();
  expect(marks()).toEqual([]);
});

/** What a compiled Bun heeds, or might. The ones that take it over at once are told of in SECURITY.md. */
const HEEDED: Record<string, string> = {
  BUN_INSPECT_CONNECT_TO: "",
  BUN_JSC_useJIT: "true",
  BUN_CONFIG_VERBOSE_FETCH: "0",
  BUN_OPTIONS: "--smol",
  BUN_GARBAGE_COLLECTOR_LEVEL: "0",
  BUN_TMPDIR: "/tmp",
  NODE_OPTIONS: "--no-warnings",
  NODE_PATH: "/tmp",
  NODE_TLS_REJECT_UNAUTHORIZED: "1",
  LD_LIBRARY_PATH: "",
  BASH_ENV: "/dev/null",
};

test("what the environment can do to a compiled Bun is not handed on to supervisors and searchers, and is to the command", async () => {
  const home = newHome();
  const server = await Server.open(home, HEEDED);
  const { task_id } = await server.start("env; exec sleep 60");
  expect(
    await server.call("wait_task", { task_ids: [task_id], pattern: "^BUN_OPTIONS=", timeout_seconds: 20 }),
  ).toMatchObject({ reason: "matched" });
  const pid = await waitUntil("its pid is known", async () => (await server.status(task_id)).pid);
  const own = readText(`/proc/${parentOf(pid)}/environ`)
    .split("\0")
    .map((entry) => entry.split("=")[0] ?? "");
  expect(own).toContain("BACKBURNER_HOME");
  expect(own.filter((name) => name in HEEDED)).toEqual([]);
  const theirs = (await server.call("task_result", { task_id })).output?.split("\n") ?? [];
  for (const [name, value] of Object.entries(HEEDED)) expect(theirs).toContain(`${name}=${value}`);
  await server.cancel(task_id);
  await server.close();
});

/** A module that notes in `mark` which processes have loaded it, by their arguments. */
function preloadIn(home: string): { mark: string; preload: string } {
  const mark = join(home, "preloaded");
  const preload = join(home, "preload.ts");
  const note = `process.argv.slice(2).join(" ") + "\\n"`;
  writeFileSync(preload, `require("node:fs").appendFileSync(${JSON.stringify(mark)}, ${note});`);
  return { mark, preload };
}

test("a preload in BUN_OPTIONS runs in the process that was started with it, as SECURITY.md says, and in none of ours", async () => {
  const home = newHome();
  const { mark, preload } = preloadIn(home);
  const id = await startTask(home, ["--", "echo $BUN_OPTIONS"], { env: { BUN_OPTIONS: `--preload=${preload}` } });
  expect((await cli(home, ["wait", id])).code).toBe(0);
  expect((await cli(home, ["logs", id])).stdout).toBe(`--preload=${preload}\n`);
  expect(existsSync(mark)).toBe(true);
  expect(readText(mark)).toBe("start -- echo $BUN_OPTIONS\n");
});

test("top attaches without it", async () => {
  const home = newHome();
  const { mark, preload } = preloadIn(home);
  await startTask(home, ["-i", "--", "echo printed; read line; echo got $line"]);
  const top = new TerminalRun(home, ["top"], { env: { BUN_OPTIONS: `--preload=${preload}` } });
  await waitUntil("it is drawn", () => top.text.includes("printed"));
  const before = top.text.length;
  top.type("a");
  await waitUntil("it is attached", () => top.text.slice(before).includes("printed"));
  top.type("typed\r");
  await waitUntil("the task has ended", async () => (await cli(home, ["list"])).stdout.includes("completed"));
  top.type("q");
  await top.left();
  expect(readText(mark)).toBe("top\n");
});
