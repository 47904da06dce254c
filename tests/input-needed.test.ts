// A tool that asks the person before it answers, in each era. The tool is one of the conformance suite's; ours ask when the policy says so.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { newHome } from "./helpers/home.ts";
import { Wire } from "./helpers/mcp.ts";
import { DECLARING, ModernWire } from "./helpers/modern.ts";

const command = [process.execPath, join(import.meta.dir, "conformance/stdio.ts")];
const call = { name: "test_elicitation", arguments: { message: "Who are you?" } };
const answered = { action: "accept", content: { username: "ada", email: "ada@example.org" } };
const asked = {
  mode: "form",
  message: "Who are you?",
  requestedSchema: {
    type: "object",
    properties: { username: { type: "string" }, email: { type: "string" } },
    required: ["username", "email"],
  },
};

test.each(["2025-06-18", "2025-11-25"])("%s is asked by elicitation/create, and the call waits", async (revision) => {
  const capabilities = { elicitation: {} };
  const answers = { "elicitation/create": answered };
  const wire = await Wire.open(newHome(), { command, revision, capabilities, answers });
  expect((await wire.request("tools/call", call)).result).toMatchObject({
    content: [{ text: expect.stringContaining('"username":"ada"') }],
  });
  const requests = wire.messages.filter(({ method }) => method === "elicitation/create");
  expect(requests).toMatchObject([{ params: { message: asked.message, requestedSchema: asked.requestedSchema } }]);
  await wire.close();
});

test("a client of the initialize era that can't be asked is told so, in words for its model", async () => {
  const wire = await Wire.open(newHome(), { command });
  const { result } = await wire.request("tools/call", call);
  expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining("elicitation") }] });
  expect(wire.messages.some(({ method }) => method === "elicitation/create")).toBe(false);
  await wire.close();
});

test("2026-07-28 is answered with what is needed, and the call comes again with it", async () => {
  const wire = new ModernWire(newHome(), { command, capabilities: { elicitation: {} } });
  expect(await wire.result("tools/call", call)).toMatchObject({
    resultType: "input_required",
    inputRequests: { user: { method: "elicitation/create", params: asked } },
  });
  expect(await wire.result("tools/call", { ...call, inputResponses: { user: answered } })).toMatchObject({
    resultType: "complete",
    content: [{ text: expect.stringContaining('"username":"ada"') }],
  });
  await wire.close();
});

test("of a client of 2026-07-28 that can't be asked the capability is required", async () => {
  const wire = new ModernWire(newHome(), { command, capabilities: {} });
  expect(await wire.error("tools/call", call)).toMatchObject({
    code: -32021,
    data: { requiredCapabilities: { elicitation: {} } },
  });
  await wire.close();
});

test("what is needed before a task is asked first, and the task's handle comes with the answer", async () => {
  const wire = new ModernWire(newHome(), { command, capabilities: { ...DECLARING, elicitation: {} } });
  const first = await wire.result("tools/call", { name: "test_tool_with_task" });
  expect(first).toMatchObject({ resultType: "input_required", inputRequests: { user_name: {} } });
  expect(first).not.toHaveProperty("taskId");
  const inputResponses = { user_name: { action: "accept", content: { name: "Ada" } } };
  const { taskId } = await wire.result<{ taskId: string }>("tools/call", {
    name: "test_tool_with_task",
    inputResponses,
  });
  expect(await wire.settled(taskId)).toMatchObject({ result: { structuredContent: { output: "Hello, Ada!\n" } } });
  await wire.close();
});
