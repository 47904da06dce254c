// The tools that the conformance suite calls by name, made as ours are. Descriptions of what it wants are in its own scenarios.

import {
  type CallToolResult,
  type ContentBlock,
  type ElicitRequestFormParams,
  inputRequired,
  inputResponse,
  MissingRequiredClientCapabilityError,
  type ServerContext,
} from "@modelcontextprotocol/server";
import * as z from "zod/mini";
import { BackburnerError } from "../../src/errors.ts";
import { InputNeeded } from "../../src/mcp/input-needed.ts";
import { type Call, defineTool, type Tool } from "../../src/mcp/tools/tool.ts";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
const WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";

interface Fixture {
  /** Names of the texts that it takes. */
  takes?: string[];
  run: (call: Call, given: Record<string, string>) => CallToolResult | Promise<CallToolResult>;
}

/** What a fixture answers goes out as it is. */
export function fixture(name: string, { takes = [], run }: Fixture): Tool {
  return defineTool({
    name,
    title: name,
    description: `Fixture of the conformance suite: ${name}`,
    annotations: {},
    input: z.strictObject(Object.fromEntries(takes.map((key) => [key, z.string("a text")]))),
    output: z.looseObject({}),
    run: async (call, given) => ({ answer: await run(call, given) }),
    render: ({ answer }) => answer as CallToolResult,
  });
}

const text = (words: string): CallToolResult => ({ content: [{ type: "text", text: words }] });
const content = (...blocks: ContentBlock[]): CallToolResult => ({ content: blocks });

const image = { type: "image", data: PNG, mimeType: "image/png" } as const;

function resource(uri: string, mimeType: string, words: string): ContentBlock {
  return { type: "resource", resource: { uri, mimeType, text: words } };
}

/** Progress as a tool reports it that counts. */
async function report({ mcpReq }: ServerContext, progress: number): Promise<void> {
  // oxlint-disable-next-line no-underscore-dangle -- the protocol's own name
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return;
  await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: 100 } });
}

const USER_FORM: ElicitRequestFormParams["requestedSchema"] = {
  type: "object",
  properties: { username: { type: "string" }, email: { type: "string" } },
  required: ["username", "email"],
};

export const PLAIN_FIXTURES: Tool[] = [
  fixture("test_simple_text", { run: () => text("This is a simple text response for testing.") }),
  fixture("test_image_content", { run: () => content(image) }),
  fixture("test_audio_content", { run: () => content({ type: "audio", data: WAV, mimeType: "audio/wav" }) }),
  fixture("test_embedded_resource", {
    run: () => content(resource("test://embedded-resource", "text/plain", "This is an embedded resource content.")),
  }),
  fixture("test_multiple_content_types", {
    run: () =>
      content(
        { type: "text", text: "Multiple content types test:" },
        image,
        resource("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
      ),
  }),
  fixture("test_error_handling", {
    run() {
      throw new BackburnerError("bad_request", "This tool intentionally returns an error for testing");
    },
  }),
  fixture("test_tool_with_progress", {
    async run({ context }) {
      for (const progress of [0, 50, 100]) await report(context, progress);
      return text("reported three times");
    },
  }),
  fixture("test_tool_with_logging", {
    async run({ context }) {
      // oxlint-disable-next-line typescript/no-deprecated -- of the initialize era, as the scenario is
      for (const words of ["started", "processing data", "completed"]) await context.mcpReq.log("info", words);
      return text("logged three times");
    },
  }),
  fixture("test_sampling", {
    takes: ["prompt"],
    run({ context }, { prompt = "" }) {
      const answered = inputResponse(context.mcpReq.inputResponses, "llm");
      if (answered.kind === "sampling") return text(`LLM response: ${JSON.stringify(answered.result.content)}`);
      const messages = [{ role: "user" as const, content: { type: "text" as const, text: prompt } }];
      throw new InputNeeded({ llm: inputRequired.createMessage({ messages, maxTokens: 100 }) });
    },
  }),
  fixture("test_elicitation", {
    takes: ["message"],
    run({ context }, { message = "" }) {
      const answered = inputResponse(context.mcpReq.inputResponses, "user");
      if (answered.kind === "elicit") return text(`User response: ${JSON.stringify(answered)}`);
      throw new InputNeeded({ user: inputRequired.elicit({ message, requestedSchema: USER_FORM }) });
    },
  }),
  fixture("test_missing_capability", {
    run() {
      throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
    },
  }),
  fixture("test_streaming_elicitation", {
    run() {
      throw new InputNeeded({ user: inputRequired.elicit({ message: "Who are you?", requestedSchema: USER_FORM }) });
    },
  }),
  fixture("test_logging_tool", {
    async run({ context }) {
      // oxlint-disable-next-line typescript/no-deprecated -- reaches nobody who has not set a level
      await context.mcpReq.log("info", "a line of the log");
      return text("logged once");
    },
  }),
];
