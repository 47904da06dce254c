// Setting up MCP clients, through their settings files: nothing but our entry changes, whatever the file looks like.

import { expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { TerminalRun } from "./helpers/cli.ts";
import { BINARY, newHome, readText } from "./helpers/home.ts";

/** A user's own directory with `text` in one settings file, and the CLI as that user runs it. */
function userWith(file?: string, text = "") {
  const user = newHome();
  if (file !== undefined) {
    mkdirSync(dirname(join(user, file)), { recursive: true });
    writeFileSync(join(user, file), text);
  }
  const setup = (...args: string[]) => {
    const { stdout, stderr, exitCode } = Bun.spawnSync([BINARY, "setup", ...args], {
      cwd: user,
      env: { HOME: user, PATH: "/usr/bin:/bin", BACKBURNER_HOME: join(user, "home") },
    });
    return { stdout: stdout.toString(), stderr: stderr.toString(), code: exitCode };
  };
  return { user, setup, read: () => readText(join(user, file ?? "")) };
}

const ZED = `// Zed settings
{
    // look
    "theme": "One Dark", // dark
    "context_servers": {
        /* the other one */
        "other": {
            "command": "other",
        },
    },
    "unknown_key": [1, 2, { "deep": null }],
}
`;

test("an entry goes into a file with comments, trailing commas and unknown keys, and nothing else of it changes", () => {
  const { user, setup, read } = userWith(".config/zed/settings.json", ZED);
  expect(setup("zed")).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("Zed: added backburner") });
  const ours = `        "backburner": {
            "command": ${JSON.stringify(BINARY)},
            "args": [
                "mcp"
            ]
        },
`;
  const [head, tail] = ZED.split(`    },\n    "unknown_key"`);
  expect(read()).toBe(`${head}${ours}    },\n    "unknown_key"${tail}`);
  expect(readText(join(user, ".config/zed/settings.json.before-backburner"))).toBe(ZED);

  expect(setup("zed").stdout).toBe("Zed: already knows backburner\n");
  expect(setup("zed", "--remove").code).toBe(0);
  expect(read()).toBe(ZED);
  expect(setup("zed", "--remove").stdout).toBe("Zed: does not know backburner\n");
});

test("--print shows what would change, and changes nothing", () => {
  const { user, setup, read } = userWith(".config/zed/settings.json", ZED);
  const { stdout } = setup("zed", "--print");
  expect(stdout).toContain(`Zed: would change ${join(user, ".config/zed/settings.json")}\n  +         "backburner": {`);
  expect(read()).toBe(ZED);
  expect(readdirSync(join(user, ".config/zed"))).toEqual(["settings.json"]);
});

test.each([
  ["tabs", '{\n\t"mcpServers": {\n\t\t"a": {\n\t\t\t"command": "a"\n\t\t}\n\t}\n}\n'],
  ["Windows line ends", '{\r\n  "mcpServers": {\r\n    "a": {\r\n      "command": "a"\r\n    }\r\n  }\r\n}\r\n'],
  ["a byte order mark", '\ufeff{\n  "mcpServers": {\n    "a": {\n      "command": "a"\n    }\n  }\n}\n'],
  ["no newline at its end", '{\n  "mcpServers": {\n    "a": {\n      "command": "a"\n    }\n  }\n}'],
])("a file with %s keeps them, and is as before once we are removed", (_, text) => {
  const { setup, read } = userWith(".cursor/mcp.json", text);
  expect(setup("cursor").code).toBe(0);
  const written = read();
  expect(written.includes("\r\n")).toBe(text.includes("\r\n"));
  expect(written.includes("\n  ") || written.includes("\r\n  ")).toBe(!text.includes("\t"));
  expect(written.startsWith("\ufeff")).toBe(text.startsWith("\ufeff"));
  expect(JSON.parse(written.replace("\ufeff", ""))).toEqual({
    mcpServers: { a: { command: "a" }, backburner: { command: BINARY, args: ["mcp"] } },
  });
  expect(setup("cursor", "--remove").code).toBe(0);
  expect(read()).toBe(text);
});

test("what a user added to our entry stays when it is set up anew", () => {
  const before = { servers: { backburner: { command: "/old/backburner", args: [], env: { A: "1" }, timeout: 5 } } };
  const { setup, read } = userWith(".config/Code/User/mcp.json", JSON.stringify(before, null, 2));
  expect(setup("vscode", "--env", "B=2").code).toBe(0);
  expect(JSON.parse(read()).servers.backburner).toEqual({
    type: "stdio",
    command: BINARY,
    args: ["mcp"],
    env: { A: "1", B: "2" },
    timeout: 5,
  });
});

test.each([
  [
    "claude-desktop",
    ".config/Claude/claude_desktop_config.json",
    { mcpServers: { bb: { command: BINARY, args: ["mcp"] } } },
  ],
  ["cursor", ".cursor/mcp.json", { mcpServers: { bb: { command: BINARY, args: ["mcp"] } } }],
  ["vscode", ".config/Code/User/mcp.json", { servers: { bb: { type: "stdio", command: BINARY, args: ["mcp"] } } }],
  ["windsurf", ".codeium/windsurf/mcp_config.json", { mcpServers: { bb: { command: BINARY, args: ["mcp"] } } }],
  ["zed", ".config/zed/settings.json", { context_servers: { bb: { command: BINARY, args: ["mcp"] } } }],
  [
    "opencode",
    ".config/opencode/opencode.json",
    { mcp: { bb: { type: "local", command: [BINARY, "mcp"], enabled: true } } },
  ],
])("%s without a file gets one, in its own words, readable by its owner alone", (client, file, expected) => {
  const { user, setup } = userWith();
  expect(setup(client, "--name", "bb")).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(readText(join(user, file)))).toEqual(expected);
  expect(statSync(join(user, file)).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(join(user, file)))).toEqual([file.split("/").at(-1) ?? ""]);
});

test("--project writes the file of the project in this directory", () => {
  for (const [client, file, key] of [
    ["claude-code", ".mcp.json", "mcpServers"],
    ["vscode", ".vscode/mcp.json", "servers"],
    ["cursor", ".cursor/mcp.json", "mcpServers"],
  ] as const) {
    const { user, setup } = userWith();
    expect(setup(client, "--project").code).toBe(0);
    expect(JSON.parse(readText(join(user, file)))[key].backburner.command).toBe(BINARY);
  }
  expect(userWith().setup("windsurf", "--project")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--project is for claude-code"),
  });
});

test("a file that a symlink leads to is replaced where it lies, with its mode", () => {
  const { user, setup } = userWith("dotfiles/cursor.json", "{}\n");
  const real = join(user, "dotfiles/cursor.json");
  chmodSync(real, 0o640);
  mkdirSync(join(user, ".cursor"));
  symlinkSync("../dotfiles/cursor.json", join(user, ".cursor/mcp.json"));
  expect(setup("cursor").code).toBe(0);
  expect(readlinkSync(join(user, ".cursor/mcp.json"))).toBe("../dotfiles/cursor.json");
  expect(JSON.parse(readText(real)).mcpServers.backburner.command).toBe(BINARY);
  expect(statSync(real).mode & 0o777).toBe(0o640);
});

test("a symlink whose file is not there yet stays one, and a file stays its owner's", () => {
  const { user, setup } = userWith("dotfiles/other", "");
  mkdirSync(join(user, ".cursor"));
  symlinkSync("../dotfiles/cursor.json", join(user, ".cursor/mcp.json"));
  expect(setup("cursor").code).toBe(0);
  expect(readlinkSync(join(user, ".cursor/mcp.json"))).toBe("../dotfiles/cursor.json");
  const real = join(user, "dotfiles/cursor.json");
  const uid = process.getuid?.() === 0 ? 1234 : (process.getuid?.() ?? 0); // who is not root has none to give away
  chownSync(real, uid, process.getgid?.() ?? 0);
  expect(setup("cursor", "--env", "A=1").code).toBe(0);
  expect(JSON.parse(readText(real)).mcpServers.backburner.env).toEqual({ A: "1" });
  expect(statSync(real).uid).toBe(uid);
});

test("eight that write the same file at once lose nothing of each other's", async () => {
  const { user, read } = userWith(".cursor/mcp.json", "{}\n");
  const names = Array.from({ length: 8 }, (_, n) => `n${n}`);
  const codes = names.map(
    (name) => Bun.spawn([BINARY, "setup", "cursor", "--name", name], { env: { HOME: user }, stdout: "ignore" }).exited,
  );
  expect(await Promise.all(codes)).toEqual(Array(8).fill(0));
  expect(Object.keys(JSON.parse(read()).mcpServers).toSorted()).toEqual(names);
  expect(readdirSync(join(user, ".cursor")).toSorted()).toEqual(["mcp.json", "mcp.json.before-backburner"]);
});

test("what another has left where the next version is made is waited for shortly", () => {
  const { user, setup } = userWith(".cursor/mcp.json", "{}\n");
  const next = join(user, ".cursor/mcp.json.backburner.tmp");
  writeFileSync(next, "");
  const tomorrow = Date.now() / 1000 + 86_400;
  utimesSync(next, tomorrow, tomorrow);
  expect(setup("cursor")).toMatchObject({ code: 0, stderr: "" });
  symlinkSync("/nowhere/at/all", next);
  expect(setup("cursor", "--remove")).toMatchObject({ code: 0, stderr: "" });
  mkdirSync(next);
  expect(setup("cursor")).toMatchObject({ code: 125, stderr: expect.stringContaining("is in the way") });
}, 30_000);

test("what is no text file is refused, and not waited for", () => {
  const { user, setup } = userWith(".cursor/mcp.json");
  const file = join(user, ".cursor/mcp.json");
  const latin1 = Buffer.from('{"a": "caf\xe9"}', "latin1");
  writeFileSync(file, latin1);
  expect(setup("cursor")).toMatchObject({ code: 125, stderr: expect.stringContaining("it is no UTF-8") });
  expect(readFileSync(file)).toEqual(latin1);
  rmSync(file);
  expect(Bun.spawnSync(["mkfifo", file]).exitCode).toBe(0);
  expect(setup("cursor")).toMatchObject({ code: 125, stderr: expect.stringContaining("it is no regular file") });
  expect(setup().stdout).toContain("cursor");
});

test("a client's entry may say nothing of variables, or nonsense", () => {
  for (const env of [null, ["A"], 5]) {
    const { setup } = userWith(".claude.json", JSON.stringify({ mcpServers: { backburner: { command: "x", env } } }));
    expect(setup("claude-code", "--print")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`add --scope user backburner -- ${BINARY} mcp`),
    });
  }
});

test("a client that is set up by its own command keeps its variables, and its old entry when it refuses the new one", () => {
  const entry = { command: "/old/bb", args: ["mcp"], env: { BACKBURNER_DENY: "^rm( |$)" } };
  const { user, setup } = userWith(".claude.json", JSON.stringify({ mcpServers: { backburner: entry } }));
  const add = "mcp add --scope user backburner --env BACKBURNER_DENY=^rm( |$)";
  const printed = setup("claude-code", "--env", "A=1", "--print").stdout;
  expect(printed).toContain(`--env 'BACKBURNER_DENY=^rm( |$)' --env A=1 -- ${BINARY} mcp\n`);
  const program = join(user, "claude");
  writeFileSync(program, `#!/bin/sh\necho "$*" >> calls\ncase $* in *A=1*) exit 3;; esac\n`, { mode: 0o755 });
  const env = { HOME: user, PATH: `${user}:/usr/bin:/bin` };
  const { exitCode, stderr } = Bun.spawnSync([BINARY, "setup", "claude-code", "--env", "A=1"], { env, cwd: user });
  expect({ exitCode, said: stderr.toString() }).toMatchObject({
    exitCode: 125,
    said: expect.stringContaining("left with 3"),
  });
  expect(readText(join(user, "calls")).trimEnd().split("\n")).toEqual([
    "mcp remove --scope user backburner",
    `${add} --env A=1 -- ${BINARY} mcp`,
    `${add} -- /old/bb mcp`,
  ]);
});

test.each([
  ["is no JSON", '{\n  "mcpServers": {\n    "a" 1\n  }\n}', "it is no valid JSON at line 3"],
  [
    "holds something else where the servers stand",
    '{"mcpServers": []}',
    '"backburner" is looked for in something that is no object',
  ],
])("a file that %s is refused and left as it is", (_, text, why) => {
  const { user, setup, read } = userWith(".cursor/mcp.json", text);
  expect(setup("cursor")).toMatchObject({ code: 125, stdout: "", stderr: expect.stringContaining(why) });
  expect(read()).toBe(text);
  expect(readdirSync(join(user, ".cursor"))).toEqual(["mcp.json"]);
});

test("without a client the known ones are listed; --all sets up those that are found", () => {
  const { user, setup } = userWith(".cursor/mcp.json", "{}");
  mkdirSync(join(user, ".config/zed"), { recursive: true });
  const states = () =>
    setup()
      .stdout.trim()
      .split("\n")
      .map((line) => line.split(/ {2,}/).slice(0, 2));
  expect(states()).toContainEqual(["cursor", "found"]);
  expect(states()).toContainEqual(["windsurf", "not found"]);
  expect(
    setup("--all")
      .stdout.split("\n")
      .map((line) => line.split(":")[0]),
  ).toEqual(["Cursor", "Zed", ""]);
  expect(states()).toContainEqual(["zed", "has backburner"]);
  expect(setup("--all", "--remove").code).toBe(0);
  expect(states()).toContainEqual(["zed", "found"]);
});

test("wrong use says what to do", () => {
  const { user, setup } = userWith();
  expect(setup("emacs").stderr).toContain('"emacs" is no MCP client we know how to set up; known are claude-code, ');
  expect(setup("curser").stderr).toEndWith('; did you mean "cursor"?\n');
  expect(setup("claude-code").stderr).toContain('its command "claude", which is not on the PATH');
  const elsewhere = setup("claude-code", "--print");
  expect(elsewhere).toMatchObject({ code: 0, stderr: "" });
  expect(elsewhere.stdout).toBe(
    `Claude Code: would run, were claude on the PATH\n  claude mcp add --scope user backburner -- ${BINARY} mcp\n`,
  );
  expect(setup("--all")).toMatchObject({ code: 2, stderr: expect.stringContaining("no client was found") });
  expect(setup("--all", "zed").code).toBe(2);
  expect(existsSync(join(user, ".config"))).toBe(false);
});

test("a binary that is on the PATH is named by its place there, which an update does not change", () => {
  const user = newHome();
  mkdirSync(join(user, "bin"));
  symlinkSync(resolve(BINARY), join(user, "bin/backburner"));
  const env = { HOME: user, PATH: `${join(user, "bin")}:/usr/bin:/bin` };
  expect(Bun.spawnSync(["backburner", "setup", "cursor"], { env, cwd: user }).exitCode).toBe(0);
  expect(JSON.parse(readText(join(user, ".cursor/mcp.json"))).mcpServers.backburner.command).toBe(
    join(user, "bin/backburner"),
  );
});

test("on a terminal the list ends with what to do next, as long as a client that is found does not know us", async () => {
  const { user, setup } = userWith(".cursor/mcp.json", "{}");
  const env = { HOME: user, PATH: "/usr/bin:/bin" };
  const seen = () => new TerminalRun(user, ["setup"], { env, cols: 200 }).left();
  expect((await seen()).text).toEndWith(
    '\n\nnext: "backburner setup cursor", or "backburner setup --all" for all that are found\n',
  );
  expect(setup("cursor").code).toBe(0);
  expect((await seen()).text).not.toContain("next:");
  expect(setup().stdout).not.toContain("next:");
});
