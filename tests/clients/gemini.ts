// Gemini CLI, run by Node 20 or newer. From npm: @google/gemini-cli (100 MB unpacked).

import { afterAll, expect, test } from "bun:test";
import { fromNpm, Place, removeInstalled } from "./host.ts";
import { expectMainJob, expectTools, LAST_WORD, mainJob, report } from "./job.ts";
import { ScriptedModel } from "./model/model.ts";
import { inOrder } from "./model/script.ts";

afterAll(removeInstalled);

const VERSION = "0.61.0";

const SETTINGS = {
  security: { auth: { selectedType: "gemini-api-key" } },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
  privacy: { usageStatisticsEnabled: false },
};

test("backburner setup gemini, then mcp list shows it connected, and gemini -p runs the main job", async () => {
  const script = await fromNpm(`@google/gemini-cli@${VERSION}`, "@google/gemini-cli/bundle/gemini.js");
  const place = new Place("gemini", "node", script);
  const model = new ScriptedModel(inOrder(...mainJob(place.project)));
  place.write(".gemini/settings.json", SETTINGS);
  const env = {
    GEMINI_API_KEY: "none",
    GOOGLE_GEMINI_BASE_URL: model.url,
    GEMINI_CLI_TRUST_WORKSPACE: "true",
  };
  await place.setUp("gemini", env);
  expect((await place.run(["gemini", "mcp", "list"], env)).stderr).toMatch(/✓ backburner: .* Connected/);
  // A model named outright is asked at once; else the CLI asks another one first which to ask.
  const ran = await place.run(["gemini", "-m", "gemini-2.5-flash", "--yolo", "-p", "Run both test suites"], env);
  expect(ran).toMatchObject({ code: 0, stdout: `${LAST_WORD}\n` });
  expectTools(model);
  expectMainJob(model);
  expect(place.revisions).toEqual(["2025-06-18"]);
  report("Gemini CLI: `setup`, `mcp list`, `-p`", VERSION, place, model, "main job");
  await model.stop();
});
