// GitHub Copilot CLI, offline with a model of one's own. From npm: the platform package of @github/copilot (190 MB unpacked).

import { afterAll, expect, test } from "bun:test";
import { fromNpm, Place, removeInstalled } from "./host.ts";
import { expectMainJob, expectTools, LAST_WORD, mainJob, report } from "./job.ts";
import { ScriptedModel } from "./model/model.ts";
import { inOrder } from "./model/script.ts";

afterAll(removeInstalled);

const VERSION = "1.0.102";
const PLATFORM = "linux-x64";

test("backburner setup copilot, then copilot -p runs the main job", async () => {
  const copilot = await fromNpm(`@github/copilot-${PLATFORM}@${VERSION}`, `@github/copilot-${PLATFORM}/copilot`);
  const place = new Place("copilot", copilot);
  const model = new ScriptedModel(inOrder(...mainJob(place.project)));
  const env = {
    COPILOT_OFFLINE: "true", // no sign-in, no telemetry, no updates
    COPILOT_PROVIDER_BASE_URL: `${model.url}/v1`,
    COPILOT_MODEL: "scripted",
  };
  await place.setUp("copilot", env);
  expect((await place.run(["copilot", "mcp", "list"], env)).stdout).toContain("backburner (local)");
  const ran = await place.run(["copilot", "-p", "Run both test suites", "--allow-all-tools", "--silent"], env);
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(LAST_WORD) });
  expectTools(model);
  expectMainJob(model);
  expect(place.revisions).toEqual(["2026-07-28"]);
  report("Copilot CLI: `setup`, `mcp list`, `-p`", VERSION, place, model, "main job");
  await model.stop();
});
