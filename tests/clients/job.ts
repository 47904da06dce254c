// The main job as an agent does it through any host: two real test suites in the background, another call meanwhile, then their true exit codes.

import { expect } from "bun:test";
import type { Shown } from "../helpers/server.ts";
import type { Place } from "./host.ts";
import type { ScriptedModel } from "./model/model.ts";
import { call, isOurs, type Turn } from "./model/script.ts";
import { type Project, SUITE } from "../helpers/project.ts";

/** The agent's turns: one suite that passes, one that fails. */
export function mainJob({ good, broken }: Project): Turn[] {
  return [
    call("start_task", { command: SUITE, cwd: good, name: "passing" }),
    call("start_task", { command: SUITE, cwd: broken, name: "failing" }),
    call("list_tasks"),
    call("wait_task", { task_ids: ["passing", "failing"] }),
    call("task_result", { task_id: "passing", tail_lines: 5 }),
    call("task_result", { task_id: "failing", grep: "^# fail" }),
    { text: LAST_WORD },
  ];
}

export const LAST_WORD = "One suite passes, the other fails.";
const TOOLS = ["start_task", "task_status", "task_result", "wait_task", "send_input", "cancel_task", "list_tasks"];

/** What has reached the model of the main job, through whatever the host made of it. */
export function expectMainJob(model: ScriptedModel, results = model.results): void {
  expect(model.faults).toEqual([]);
  const [first, second, listed, waited, passing, failing, ...more] = results.map(replyIn);
  for (const started of [first, second]) expect(started?.status).toMatch(/^(queued|working)$/);
  expect(listed).toMatchObject({ total: 2 });
  const ends = [
    { name: "passing", status: "completed", exit_code: 0 },
    { name: "failing", status: "failed", exit_code: 1 },
  ];
  expect(waited).toMatchObject({ reason: "ended", tasks: ends });
  expect(passing).toMatchObject({ ...ends[0], output: expect.stringMatching(/# pass +(\d+)\n\n# ok/) });
  expect(failing).toMatchObject({ ...ends[1], output: expect.stringMatching(/# fail +\d+/) });
  expect(more).toEqual([]);
}

/** All seven tools stand before the model, with their descriptions whole. */
export function expectTools(model: ScriptedModel): void {
  const tools = (model.sent[0]?.tools ?? []).filter(isOurs);
  expect(tools).toHaveLength(TOOLS.length);
  for (const ours of TOOLS) expect(tools.some(({ name }) => name.endsWith(ours))).toBe(true);
  for (const { description } of tools) expect(description).toMatch(/\.$/);
}

/** The reply in what the host hands on: some put words of their own around it. */
function replyIn(result: string): Partial<Shown> {
  const json = /\{[^]*\}/.exec(result)?.[0];
  if (json === undefined) throw new Error(`the model was sent no reply of ours but ${result}`);
  return JSON.parse(json);
}

/** One line of the table in which `bun run test:clients` says what it has seen. */
export function report(client: string, version: string, place: Place, model: ScriptedModel, ran: string): void {
  const instructed = model.sent[0]?.text.includes("durable background tasks") ? "yes" : "no";
  console.log(`| ${client} | ${version} | ${place.revisions.join(", ")} | ${instructed} | ${ran} | passed |`);
}
