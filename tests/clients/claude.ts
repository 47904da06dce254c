// Claude Code: the main job, native tasks in its background, and what is left after it was killed.

import { afterAll, expect, test } from "bun:test";
import { Glob } from "bun";
import { join } from "node:path";
import { cliJson } from "../helpers/cli.ts";
import { isRunning, newHome, readText, waitUntil } from "../helpers/home.ts";
import { Gate } from "../helpers/mcp.ts";
import { type Project, SUITE } from "../helpers/project.ts";
import { CLAUDE_CODE, environment } from "./claude-code.ts";
import { Place, removeInstalled } from "./host.ts";
import { expectMainJob, LAST_WORD, mainJob, report } from "./job.ts";
import { ScriptedModel } from "./model/model.ts";
import { call, inOrder, isOurs, type Sent, type Turn } from "./model/script.ts";
import { HostTerminal } from "./terminal.ts";

afterAll(removeInstalled);

const VERSION = CLAUDE_CODE.version;

/** Set up, with a model that says these turns. */
async function claudeWith(turns: (project: Project) => (Turn | ((sent: Sent) => Turn))[]) {
  const place = new Place("claude", await CLAUDE_CODE.install());
  // It begins without waiting for its servers, and holds most tools back until the model searches for them.
  const model = new ScriptedModel(inOrder(...turns(place.project)), load("start_task"));
  const projects = { [place.project.directory]: { hasTrustDialogAccepted: true } };
  place.write(".claude.json", { hasCompletedOnboarding: true, projects });
  place.write(".claude/settings.json", { permissions: { allow: ["mcp__backburner"] } });
  const env = environment(model.url);
  await place.setUp("claude-code", env);
  return { place, model, env };
}

/** How its model gets at tools that are held back. */
const load = (...tools: string[]) =>
  call("ToolSearch", { query: `select:${tools.map((name) => `mcp__backburner__${name}`).join(",")}`, max_results: 7 });

test("backburner setup claude-code, then mcp list shows it connected, and claude -p runs the main job", async () => {
  const others = load("list_tasks", "wait_task", "task_result");
  const { place, model, env } = await claudeWith((project) => [others, ...mainJob(project)]);
  expect((await place.run(["claude", "mcp", "list"], env)).stdout).toMatch(/backburner: .* ✔ Connected/);
  const ran = await place.run(["claude", "-p", "Run both test suites"], env);
  expect(ran).toMatchObject({ code: 0, stdout: `${LAST_WORD}\n` });
  expect(model.sent[0]?.tools.filter(isOurs).map(({ name }) => name)).toEqual(["mcp__backburner__start_task"]);
  expectMainJob(model, model.results.slice(1));
  expect(place.revisions).toEqual(["2026-07-28"]);
  report("Claude Code: `setup`, `mcp list`, `-p`", VERSION, place, model, "main job");
  await model.stop();
});

/** Claude Code in a terminal, ready for a prompt. */
async function interactive(place: Place, env: Record<string, string>, ...args: string[]): Promise<HostTerminal> {
  const terminal = new HostTerminal(place, ["claude", ...args], env);
  await terminal.shows("/effort");
  return terminal;
}

const AT_WORK = "They run in the background; I go on.";

test("Claude Code moves tasks to the background, goes on, and each end starts a new turn with the true exit code", async () => {
  const home = newHome();
  const [passing, failing] = [new Gate(home, "passing"), new Gate(home, "failing")];
  const { place, model, env } = await claudeWith(({ good, broken }) => [
    {
      calls: [
        { tool: "start_task", args: { command: `(${passing.command}); ${SUITE}`, cwd: good, name: "passing" } },
        { tool: "start_task", args: { command: `(${failing.command}); ${SUITE}`, cwd: broken, name: "failing" } },
      ],
    },
    load("list_tasks"),
    call("list_tasks"),
    { text: AT_WORK },
    { text: "One has passed." },
    { text: "The other has failed." },
  ]);
  const terminal = await interactive(place, env);
  await terminal.send("Run both test suites", () => model.heard);
  await terminal.shows(AT_WORK);
  expect(model.faults).toEqual([]);
  const [first, second, , listed] = model.results;
  for (const started of [first, second]) expect(started).toContain("moved to the background");
  expect(listed).toContain('"total":2');

  passing.open();
  await terminal.shows("One has passed.");
  expect(model.sent.at(-1)?.news).toMatch(/<task-notification>[^]*"name":"passing"[^]*"exit_code":0[^]*# ok/);
  failing.open();
  await terminal.shows("The other has failed.");
  expect(model.sent.at(-1)?.news).toMatch(/<task-notification>[^]*"name":"failing"[^]*"exit_code":1[^]*# fail/);
  expect(place.methods).toContain("tasks/get");
  expect(model.sent).toHaveLength(6);
  await terminal.close();
  report("Claude Code: interactive, native tasks", VERSION, place, model, "main job; each end started a new turn");
  await model.stop();
});

test("Claude Code's TaskStop cancels the task and ends its processes", async () => {
  const stop = ({ results }: Sent) =>
    call("TaskStop", { task_id: /background as task (\w+)/.exec(results[0] ?? "")?.[1] });
  const { place, model, env } = await claudeWith(() => [
    call("start_task", { command: "sleep 300", name: "endless" }),
    call("ToolSearch", { query: "select:TaskStop", max_results: 1 }),
    stop,
    { text: "It is stopped." },
  ]);
  const terminal = await interactive(place, env);
  await terminal.send("Run it and stop it", () => model.heard);
  await terminal.shows("It is stopped.");
  const task = () => cliJson(place.backburnerHome, ["status", "endless"]);
  await waitUntil("it is cancelled", async () => (await task()).status === "cancelled");
  expect(isRunning(Number((await task()).pid))).toBe(false);
  expect(place.methods).toContain("tasks/cancel");
  await terminal.close();
  report("Claude Code: interactive, `TaskStop`", VERSION, place, model, "the task was cancelled, its processes ended");
  await model.stop();
});

test("Claude Code is killed while a task runs; started again with --continue, it tells the model its true end", async () => {
  const gate = new Gate(newHome(), "left behind", 7);
  const { place, model, env } = await claudeWith(() => [
    call("start_task", { command: gate.command }),
    { text: AT_WORK },
    { text: "It has failed with 7." },
  ]);
  const killed = await interactive(place, env);
  await killed.send("Run it", () => model.heard);
  await killed.shows(AT_WORK);
  // It writes its conversations behind its work: what was not on the disk is not there to go on with.
  const stored = () => [...new Glob(".claude/projects/**/*.jsonl").scanSync({ cwd: place.home, dot: true })];
  await waitUntil("the conversation is on the disk", () =>
    stored().some((path) => readText(join(place.home, path)).includes(AT_WORK)),
  );
  await killed.close("SIGKILL");
  gate.open();
  const terminal = await interactive(place, env, "--continue");
  await terminal.shows("It has failed with 7.");
  expect(model.sent.at(-1)?.news).toMatch(/<task-notification>[^]*"exit_code":7[^]*left behind is through/);
  await terminal.close();
  report("Claude Code: killed, then `--continue`", VERSION, place, model, "the end of the task started a new turn");
  await model.stop();
});
