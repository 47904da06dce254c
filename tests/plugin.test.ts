// The plugin for Claude Code, as far as it can be seen without the host (tests/clients/claude-plugin.ts runs it there).

import { expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { version } from "../package.json";
import { startTask } from "./helpers/cli.ts";
import { BINARY, newHome, readText, waitUntil } from "./helpers/home.ts";
import { ROOT } from "./helpers/release.ts";

const parsed = (path: string): unknown => JSON.parse(readText(join(ROOT, path)));
const onPath = { PATH: `${dirname(BINARY)}:${process.env.PATH}` };

test("the marketplace names the plugin's directory, and the plugin is of this version", () => {
  const { plugins } = parsed(".claude-plugin/marketplace.json") as { plugins: { name: string; source: string }[] };
  expect(plugins).toMatchObject([{ name: "backburner", source: "./packaging/claude-code" }]);
  expect(parsed("packaging/claude-code/.claude-plugin/plugin.json")).toMatchObject({ name: "backburner", version });
});

test("its server is the binary on the PATH, and its monitor prints a line for each start and end until it is ended", async () => {
  expect(parsed("packaging/claude-code/.mcp.json")).toEqual({
    mcpServers: { backburner: { command: "backburner", args: ["mcp"] } },
  });
  const [monitor] = parsed("packaging/claude-code/monitors/monitors.json") as { command: string }[];
  const home = newHome();
  const watching = Bun.spawn(["bash", "-c", monitor?.command ?? ""], {
    env: { ...process.env, ...onPath, BACKBURNER_HOME: home },
    stdin: "ignore",
    stdout: Bun.file(join(home, "lines")),
  });
  await waitUntil("it has opened the store", () => readText(join(home, "backburner.db")) !== "");
  const id = await startTask(home, ["--name", "watched", "--", "exit 7"]);
  const lines = await waitUntil("both are told", () => {
    const told = readText(join(home, "lines")).split("\n");
    return told.length === 3 && told;
  });
  expect(lines[0]).toContain(`\tstarted\t${id}\tworking\t`);
  expect(lines[1]).toContain(`\tended\t${id}\tfailed\t7\t`);
  watching.kill();
  await watching.exited;
});
