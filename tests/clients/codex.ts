// Codex. From npm: the platform package of @openai/codex (400 MB unpacked).

import { afterAll, expect, test } from "bun:test";
import { fromNpm, Place, removeInstalled } from "./host.ts";
import { expectMainJob, expectTools, LAST_WORD, mainJob, report } from "./job.ts";
import { ScriptedModel } from "./model/model.ts";
import { inOrder } from "./model/script.ts";

afterAll(removeInstalled);

const VERSION = "0.169.0";
const [PLATFORM, TRIPLE] = ["linux-x64", "x86_64-unknown-linux-musl"];

const settings = (url: string) => `model = "scripted"
model_provider = "scripted"
approval_policy = "never"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.scripted]
name = "scripted"
base_url = "${url}/v1"
wire_api = "responses"
`;

test("backburner setup codex, then codex exec runs the main job", async () => {
  const codex = await fromNpm(`@openai/codex@${VERSION}-${PLATFORM}`, `@openai/codex/vendor/${TRIPLE}/bin/codex`);
  const place = new Place("codex", codex);
  const model = new ScriptedModel(inOrder(...mainJob(place.project)));
  place.write(".codex/config.toml", settings(model.url));
  await place.setUp("codex");
  expect((await place.run(["codex", "mcp", "list"])).stdout).toMatch(/backburner .* mcp .* enabled/);
  // Where there is nobody to ask, Codex refuses tools that change something unless they are approved beforehand.
  const approved = `mcp_servers.backburner.default_tools_approval_mode="approve"`;
  const ran = await place.run(["codex", "exec", "--skip-git-repo-check", "-c", approved, "Run both test suites"]);
  expect(ran).toMatchObject({ code: 0, stdout: `${LAST_WORD}\n` });
  expectTools(model);
  expectMainJob(model);
  expect(place.revisions).toEqual(["2025-06-18"]);
  report("Codex: `setup`, `mcp list`, `exec`", VERSION, place, model, "main job");
  await model.stop();
});
