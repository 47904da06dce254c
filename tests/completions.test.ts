// Tab in real shells: verbs, options, values, and the ids and names of tasks that there are now.

import { expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cli, startTask } from "./helpers/cli.ts";
import { BINARY, newHome, readText, waitUntil } from "./helpers/home.ts";

/** What is offered for the last of `words`. */
async function offered(home: string, ...words: string[]): Promise<string[]> {
  const { stdout, stderr, code } = await cli(home, ["complete", "--", ...words]);
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split("\t")[0] ?? "");
}

test("verbs, options, values and live tasks are offered where each may stand", async () => {
  const home = newHome();
  await cli(home, ["start", "--wait", "--name", "built", "--", "true"]);
  const live = await startTask(home, ["--name", "web server", "--", "sleep 1000"]);
  expect(await offered(home, "st")).toEqual(["start", "status"]);
  expect(await offered(home, "list", "--st")).toEqual(["--status"]);
  expect(await offered(home, "list", "--status", "wo")).toEqual(["working"]);
  expect(await offered(home, "list", "--status=wo")).toEqual(["--status=working"]);
  expect(await offered(home, "list", "--status", "=", "wo")).toEqual(["working"]); // as bash hands it on
  expect(await offered(home, "status", "")).toEqual([live, "built", expect.any(String)]);
  expect(await offered(home, "cancel", "")).toEqual([live]); // a name with a space would need quotes
  expect(await offered(home, "prune", "")).toEqual(["built", expect.any(String)]);
  expect(await offered(home, "wait", "--timeout", "5s", "bu")).toEqual(["built"]);
  expect(await offered(home, "wait", "built", "bu")).toEqual([]);
  expect(await offered(home, "status", "built", "")).toEqual([]);
  expect(await offered(home, "setup", "cl")).toEqual(["claude-code", "claude-desktop"]);
  expect(await offered(home, "completions", "f")).toEqual(["fish"]);
  expect(await offered(home, "config", "max")).toEqual(["max_tasks", "max_output"]);
  expect(await offered(home, "config", "--")).toEqual(["--path", "--example", "--json", "--help"]);
  expect(await offered(home, "doc")).toEqual(["doctor"]);
  expect(await offered(home, "doctor", "--f")).toEqual(["--fix"]);
});

test("files and programs are left to the shell", async () => {
  const home = newHome();
  for (const words of [
    ["start", "--cwd", ""],
    ["start", "--", "np"],
    ["start", "--", "ls", "-"],
    ["nonsense", ""],
  ])
    expect(await offered(home, ...words)).toEqual([]);
});

test("an unusable home offers nothing and complains of nothing", async () => {
  const home = newHome();
  writeFileSync(join(home, "backburner.db"), "this is no database, however long it is looked at ".repeat(100));
  expect(await offered(home, "status", "")).toEqual([]);
});

/** A shell that sits at a terminal and has our script, with the binary on its PATH. */
class Shell {
  text = "";
  readonly #process: Bun.Subprocess;

  constructor(home: string, argv: string[]) {
    this.#process = Bun.spawn(argv, {
      terminal: { cols: 200, rows: 50, data: (_, bytes) => void (this.text += new TextDecoder().decode(bytes)) },
      cwd: home,
      env: {
        HOME: home,
        BACKBURNER_HOME: home,
        PATH: `${dirname(BINARY)}:/usr/bin:/bin`,
        TERM: "dumb",
        LC_ALL: "C.UTF-8",
        PS1: "ready> ",
      },
    });
  }

  type(keys: string): void {
    this.#process.terminal?.write(keys);
  }

  async end(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
    this.#process.terminal?.close();
  }
}

test.each([
  ["bash", ["bash", "--norc", "--noprofile", "-i"], "source <(backburner completions bash)"],
  ["zsh", ["zsh", "-f", "-i"], "autoload -Uz compinit && compinit -u -D && source <(backburner completions zsh)"],
])("%s completes a verb, then the task, and never runs what stands in the line", async (_, argv, load) => {
  const home = newHome();
  await startTask(home, ["--name", "webserver", "--", "sleep 1000"]);
  const shell = new Shell(home, argv);
  try {
    await waitUntil("the shell is ready", () => shell.text.includes("ready> "));
    shell.type(`${load}; echo load''ed\n`);
    await waitUntil("our script is there", () => shell.text.includes("\nloaded"));
    shell.type("backburner stat\t");
    await waitUntil(`the verb is completed: ${shell.text}`, () => shell.text.includes("backburner status "));
    shell.type("webs\t>seen\n");
    const seen = join(home, "seen");
    await waitUntil(
      `the status is shown: ${shell.text}`,
      () => existsSync(seen) && readText(seen).includes("webserver"),
    );
    shell.type("backburner status $(touch evaluated) '`touch evaluated`' we\t\t");
    await Bun.sleep(300); // nothing is to happen
    expect(existsSync(join(home, "evaluated"))).toBe(false);
  } finally {
    await shell.end();
  }
});

test("fish completes verbs, options with what they are, and tasks", async () => {
  const home = newHome();
  await startTask(home, ["--name", "webserver", "--", "sleep 1000"]);
  const complete = (line: string) => {
    const script = `backburner completions fish | source; complete -C ${JSON.stringify(line)}`;
    const { stdout, stderr } = Bun.spawnSync(["fish", "--no-config", "-c", script], {
      cwd: home,
      env: { HOME: home, BACKBURNER_HOME: home, PATH: `${dirname(BINARY)}:/usr/bin:/bin` },
    });
    expect(stderr.toString()).toBe("");
    return stdout.toString();
  };
  expect(complete("backburner stat")).toBe("status\tshow one task\n");
  expect(complete("backburner cancel web")).toBe("webserver\tworking  sleep 1000\n");
  expect(complete("backburner list --status fa")).toBe("failed\n");
  writeFileSync(join(home, "a-file"), "");
  expect(complete("backburner start --stdin a-f")).toContain("a-file");
});
