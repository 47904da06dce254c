// The plugin for Claude Code, installed from this repository as a marketplace.

import { afterAll, expect, test } from "bun:test";
import { version } from "../../package.json";
import { startTask } from "../helpers/cli.ts";
import { processesWith, waitUntil } from "../helpers/home.ts";
import { ROOT } from "../helpers/release.ts";
import { CLAUDE_CODE, environment } from "./claude-code.ts";
import { Place, removeInstalled } from "./host.ts";
import { report } from "./job.ts";
import { ScriptedModel } from "./model/model.ts";
import { call, inOrder } from "./model/script.ts";
import { HostTerminal } from "./terminal.ts";

afterAll(removeInstalled);

const TOOL = "mcp__plugin_backburner_backburner__start_task";

test("the plugin passes claude plugin validate, installs from its marketplace, and its monitor tells the model of each start and end", async () => {
  const place = new Place("claude", await CLAUDE_CODE.install());
  const load = call("ToolSearch", { query: `select:${TOOL}`, max_results: 1 });
  const model = new ScriptedModel(inOrder({ text: "I listen." }, { text: "So I have heard." }), load);
  const env = environment(model.url);
  const projects = { [place.project.directory]: { hasTrustDialogAccepted: true } };
  place.write(".claude.json", { hasCompletedOnboarding: true, projects });
  place.listen();
  const claude = async (...args: string[]) => {
    const { code, stdout, stderr } = await place.run(["claude", "plugin", ...args], env);
    expect({ code, said: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, said: "" });
    return stdout;
  };
  expect(await claude("validate", ROOT)).toContain("Validation passed");
  const validated = await claude("validate", `${ROOT}/packaging/claude-code`);
  expect(validated).toContain('monitors: tasks "backburner events --follow"');
  expect(validated).toContain("Validation passed");
  await claude("marketplace", "add", ROOT);
  await claude("install", "backburner@backburner");
  expect(await claude("list")).toContain(`backburner@backburner`);
  expect(await claude("list")).toContain(version);

  const terminal = new HostTerminal(place, ["claude"], env);
  await terminal.shows("/effort");
  await terminal.send("Listen", () => model.heard);
  await terminal.shows("I listen.");
  const listens = () => processesWith(`BACKBURNER_HOME=${place.backburnerHome}`).length >= 2;
  await waitUntil("the server and the monitor run", listens, 30_000);
  const id = await startTask(place.backburnerHome, ["--name", "elsewhere", "--", "exit 7"]);
  await terminal.shows("So I have heard.");
  await waitUntil("the end has been told", () => model.sent.some(({ text }) => text.includes(`ended\\t${id}`)), 30_000);
  expect(model.sent.at(-1)?.news).toMatch(/<task-notification>/);
  expect(model.sent.at(-1)?.text).toContain(`${id}\\tfailed\\t7`);
  expect(model.faults).toEqual([]);
  await terminal.close();
  await waitUntil("nothing of it is left", () => processesWith(`BACKBURNER_HOME=${place.backburnerHome}`).length === 0);
  report("Claude Code: plugin", CLAUDE_CODE.version, place, model, "a task that was started elsewhere was told of");
  await model.stop();
});
