// opencode. From npm: its platform package (177 MB unpacked).

import { afterAll, expect, test } from "bun:test";
import type { Project } from "../helpers/project.ts";
import { fromNpm, Place, removeInstalled } from "./host.ts";
import { expectMainJob, expectTools, LAST_WORD, mainJob, report } from "./job.ts";
import { ScriptedModel } from "./model/model.ts";
import { call, inOrder, type Turn } from "./model/script.ts";

afterAll(removeInstalled);

const VERSION = "1.18.33";
const PLATFORM = "linux-x64";

const settings = (url: string) => ({
  autoupdate: false,
  share: "disabled",
  model: "local/scripted",
  provider: {
    local: {
      npm: "@ai-sdk/openai-compatible", // opencode has it within
      options: { baseURL: `${url}/v1`, apiKey: "none" },
      models: { scripted: { tool_call: true } },
    },
  },
});

async function opencodeWith(turns: (project: Project) => Turn[]) {
  const opencode = await fromNpm(`opencode-${PLATFORM}@${VERSION}`, `opencode-${PLATFORM}/bin/opencode`);
  const place = new Place("opencode", opencode);
  const model = new ScriptedModel(inOrder(...turns(place.project)));
  place.write(".config/opencode/opencode.json", settings(model.url));
  const env = { OPENCODE_DISABLE_MODELS_FETCH: "1", OPENCODE_DISABLE_LSP_DOWNLOAD: "1" };
  await place.setUp("opencode", env);
  return { place, model, env };
}

test("backburner setup opencode, then mcp list shows it connected, and opencode run runs the main job", async () => {
  const { place, model, env } = await opencodeWith(mainJob);
  expect((await place.run(["opencode", "mcp", "list"], env)).stdout).toMatch(/✓ backburner .*connected/);
  const ran = await place.run(["opencode", "run", "Run both test suites"], env);
  expect(ran).toMatchObject({ code: 0, stdout: `${LAST_WORD}\n` });
  expectTools(model);
  expectMainJob(model);
  expect(place.revisions).toEqual(["2025-11-25"]);
  report("opencode: `setup`, `mcp list`, `run`", VERSION, place, model, "main job");
  await model.stop();
});

test("opencode, whose patience ends after 60 s, waits longer for a task that is reported on", async () => {
  const { place, model, env } = await opencodeWith(() => [
    call("start_task", { command: "sleep 70; exit 3", name: "long" }),
    call("wait_task", { task_ids: ["long"], timeout_seconds: 300 }),
    { text: LAST_WORD },
  ]);
  expect(await place.run(["opencode", "run", "Run it"], env)).toMatchObject({ code: 0, stdout: `${LAST_WORD}\n` });
  expect(model.results[1]).toMatch(/"status":"failed"[^]*"exit_code":3[^]*"reason":"ended"/);
  const waited = place.messages.find(({ params }) => params?.name === "wait_task");
  expect(waited?.params).toMatchObject({ _meta: { progressToken: expect.anything() } });
  report("opencode: one `wait_task` of 70 s", VERSION, place, model, "answered at the end");
  await model.stop();
});
