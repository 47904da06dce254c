// backburner doctor and MCP clients: what their settings say of us, and what became of that.

import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Patient } from "./helpers/doctor.ts";
import { BINARY, readText } from "./helpers/home.ts";

function write(patient: Patient, file: string, text: string): string {
  const path = join(patient.user, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const servers = (entry: object, name = "backburner") => JSON.stringify({ mcpServers: { [name]: entry } });
const GONE = "/no/such/place/backburner";

test("clients that start this program are ok, and those that are here and don't know it are named", () => {
  const patient = new Patient();
  expect(patient.askOf("clients")).toMatchObject([{ status: "ok", message: "none knows backburner" }]);
  mkdirSync(join(patient.user, ".config/zed"), { recursive: true });
  expect(patient.run(["setup", "cursor"]).code).toBe(0);
  expect(patient.askOf("clients")).toMatchObject([
    { status: "ok", message: 'Cursor will start this program; here too: zed ("backburner setup zed")' },
  ]);
});

test.each([
  ["cursor", ".cursor/mcp.json", servers({ command: GONE, args: ["mcp"] })],
  ["windsurf", ".codeium/windsurf/mcp_config.json", servers({ command: GONE, args: ["mcp"] })],
  ["zed", ".config/zed/settings.json", `{ // look\n"context_servers": {"backburner": {"command": "${GONE}"}}}`],
  ["vscode", ".config/Code/User/mcp.json", `{"servers": {"backburner": {"command": "${GONE}"}}}`],
  ["opencode", ".config/opencode/opencode.json", `{"mcp": {"backburner": {"command": ["${GONE}", "mcp"]}}}`],
])("%s that would start what is not there any more: a problem, and its advice sets it right", (client, file, text) => {
  const patient = new Patient();
  const path = write(patient, file, text);
  const [found, ...more] = patient.askOf("clients");
  expect(more).toEqual([]);
  expect(found).toMatchObject({ status: "problem", advice: `"backburner setup ${client}" sets it right` });
  expect(found?.message).toContain(`(${path}) starts ${GONE}, which is not there`);
  expect(patient.ask()).toMatchObject({ code: 1, ok: false });
  patient.follow(found?.advice);
  expect(patient.askOf("clients")).toMatchObject([
    { status: "ok", message: expect.stringContaining("will start this") },
  ]);
});

test("clients with a command of their own are told as well, from TOML and from JSON", () => {
  const patient = new Patient();
  write(patient, ".codex/config.toml", `[mcp_servers.backburner]\ncommand = "${GONE}"\nargs = ["mcp"]\n`);
  write(patient, ".claude.json", servers({ command: GONE, args: ["mcp"] }));
  write(patient, ".gemini/settings.json", servers({ command: BINARY, args: ["mcp"] }));
  expect(patient.askOf("clients").map(({ message }) => message.split(" (")[0])).toEqual(["Claude Code", "Codex"]);
});

test("another build, another verb, what can't be run, and a name that is not on the PATH", () => {
  const patient = new Patient();
  const other = write(patient, "old/backburner", "#!/bin/sh\n");
  const path = join(patient.user, ".cursor/mcp.json");
  const found = (entry: object, name?: string) => {
    write(patient, ".cursor/mcp.json", servers(entry, name));
    return patient.askOf("clients", { env: { PATH: "/usr/bin:/bin" } }).map(({ status, message }) => [status, message]);
  };
  const of = (what: string) => `Cursor (${path}) ${what}`;
  expect(found({ command: other, args: ["mcp"] })).toEqual([["problem", of(`starts ${other}, which can't be run`)]]);
  Bun.spawnSync(["chmod", "755", other]);
  expect(found({ command: other, args: ["mcp"] })).toEqual([
    ["warning", of(`starts ${other}, which is another build than this`)],
  ]);
  expect(found({ command: BINARY, args: ["list"] })).toEqual([
    ["problem", of(`starts ${BINARY} with "list" and not with "mcp"`)],
  ]);
  expect(found({ command: "backburner", args: ["mcp"] })).toEqual([
    ["problem", of("starts backburner, which is not there")],
  ]);
  expect(found({ command: GONE, args: ["mcp"] }, "bb")).toEqual([
    ["problem", of(`starts ${GONE}, which is not there`)],
  ]);
  rmSync(other);
  for (const make of [symlinkSync, copyFileSync]) {
    make(BINARY, other);
    expect(found({ command: other, args: ["mcp"] })).toEqual([["ok", "Cursor will start this program"]]);
    rmSync(other);
  }
});

test("variables in a client's settings: another home is told, a takeover is a problem, and no value is shown", () => {
  const patient = new Patient();
  const ask = (env: object) => {
    write(patient, ".cursor/mcp.json", servers({ command: BINARY, args: ["mcp"], env }));
    return patient.askOf("clients");
  };
  expect(ask({ BACKBURNER_HOME: patient.home, TOKEN: "hush" })).toMatchObject([{ status: "ok" }]);
  expect(ask({ BUN_BE_BUN: "1", TOKEN: "hush" })).toMatchObject([
    { status: "problem", message: expect.stringContaining("sets BUN_BE_BUN for us") },
  ]);
  const [found] = ask({ BACKBURNER_HOME: "/other/home", TOKEN: "hush" });
  expect(found).toMatchObject({ status: "warning", message: expect.stringContaining("has another home, /other/home") });
  expect(JSON.stringify(patient.ask())).not.toContain("hush");
});

test("settings that can't be understood are told and left, and those of the project here are looked at too", () => {
  const patient = new Patient();
  const path = write(patient, ".cursor/mcp.json", '{\n"mcpServers": {\n"a" 1}}');
  expect(patient.askOf("clients")).toMatchObject([
    { status: "warning", message: expect.stringContaining("no valid JSON at line 3"), advice: `mend ${path}` },
  ]);
  expect(readText(path)).toBe('{\n"mcpServers": {\n"a" 1}}');
  rmSync(path);
  const project = join(patient.user, "project");
  write(patient, "project/.mcp.json", servers({ command: GONE, args: ["mcp"] }));
  expect(patient.askOf("clients")).toMatchObject([{ status: "ok" }]);
  expect(patient.askOf("clients", { cwd: project })).toMatchObject([
    { status: "problem", message: expect.stringContaining(`(${join(project, ".mcp.json")}) starts ${GONE}`) },
  ]);
});
