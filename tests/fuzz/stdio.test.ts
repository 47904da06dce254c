// Bytes of every kind on the server's stdin: it goes on answering whoever asks properly.

import { expect, test } from "bun:test";
import { parseJSONRPCMessage, RELATED_TASK_META_KEY } from "@modelcontextprotocol/server";
import * as fc from "fast-check";
import { parseMessage } from "../../src/mcp/message.ts";
import { anyJson, anyText, fuzz, FUZZ_TIMEOUT_MS, inTime } from "../helpers/fuzz.ts";
import { newHome } from "../helpers/home.ts";
import { Wire } from "../helpers/mcp.ts";

const METHODS = [
  "initialize",
  "ping",
  "server/discover",
  "tools/list",
  "tools/call",
  "tasks/get",
  "tasks/cancel",
  "tasks/result",
  "resources/list",
  "resources/read",
  "prompts/list",
  "completion/complete",
  "logging/setLevel",
  "subscriptions/listen",
  "notifications/initialized",
  "notifications/cancelled",
  "notifications/progress",
  "notifications/roots/list_changed",
];

const params = fc.oneof(
  anyJson,
  fc.record(
    {
      name: fc.oneof(fc.constantFrom("start_task", "list_tasks", "wait_task"), anyText),
      arguments: anyJson,
      protocolVersion: fc.oneof(fc.constantFrom("2024-11-05", "2025-11-25", "2026-07-28"), anyText),
      capabilities: anyJson,
      clientInfo: anyJson,
      requestId: anyJson,
      taskId: anyText,
      task: anyJson,
      _meta: anyJson,
    },
    { requiredKeys: [] },
  ),
);

/** Nearly a message. Ids of ours are numbers: none of these is taken for an answer to them. */
const message = fc.record(
  {
    jsonrpc: fc.oneof({ weight: 9, arbitrary: fc.constant<unknown>("2.0") }, { weight: 1, arbitrary: anyJson }),
    id: fc.oneof(fc.string(), fc.constant(null), fc.double(), fc.object()),
    method: fc.oneof({ weight: 9, arbitrary: fc.constantFrom<unknown>(...METHODS) }, { weight: 1, arbitrary: anyJson }),
    params,
    result: anyJson,
    error: anyJson,
  },
  { requiredKeys: ["jsonrpc"] },
);

/** JSON with a byte of it changed. */
const spoiled = fc.tuple(message, fc.nat(), fc.nat({ max: 255 })).map(([value, at, byte]) => {
  const bytes = Buffer.from(JSON.stringify(value));
  bytes[at % bytes.length] = byte;
  return bytes;
});

const line = fc.oneof(
  message.map((value) => Buffer.from(JSON.stringify(value))),
  fc.array(message, { maxLength: 3 }).map((batch) => Buffer.from(JSON.stringify(batch))),
  spoiled,
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 1, max: 20_000 }).map((deep) => Buffer.from("[".repeat(deep))),
  fc
    .integer({ min: 1, max: 20_000 })
    .map((deep) =>
      Buffer.from(`{"jsonrpc":"2.0","id":"deep","method":"ping","params":${'{"a":'.repeat(deep)}1${"}".repeat(deep)}}`),
    ),
);

test(
  "whatever comes on stdin, the next proper request is answered",
  async () => {
    const home = newHome();
    const wire = await Wire.open(home, { env: { BACKBURNER_SHELL: "/bin/true" } });
    const pieces = fc.tuple(fc.array(line, { minLength: 1, maxLength: 4 }), fc.nat());
    await fuzz("bytes on stdio", pieces, async ([lines, cut]) => {
      const bytes = Buffer.concat(lines.flatMap((one) => [one, Buffer.from("\n")]));
      wire.sendBytes(bytes.subarray(0, cut % bytes.length));
      wire.sendBytes(bytes.subarray(cut % bytes.length));
      const { result, error } = await inTime("tools/list", wire.request("tools/list", {}));
      expect(error).toBeUndefined();
      expect(result?.tools).toBeArray();
      wire.messages.length = 0;
    });
    expect(await wire.call("list_tasks")).toHaveProperty("total");
    expect(await wire.close()).toBe(0);
  },
  FUZZ_TIMEOUT_MS,
);

const meta = fc.record(
  {
    progressToken: fc.oneof(fc.string(), fc.integer(), fc.constant(2 ** 53), anyJson),
    [RELATED_TASK_META_KEY]: fc.oneof(fc.constant({ taskId: "x" }), anyJson),
    other: anyJson,
  },
  { requiredKeys: [] },
);
/** Requests, and what is one but for a little. */
const nearlyRequest = fc.record(
  {
    jsonrpc: fc.constantFrom("2.0", "1.0"),
    id: fc.oneof(fc.string(), fc.integer(), fc.constantFrom(1.5, 2 ** 53, null, true)),
    method: fc.constantFrom<unknown>("ping", "tools/call", "", 7),
    params: fc.oneof(anyJson, fc.record({ name: anyText, _meta: fc.oneof(meta, anyJson) }, { requiredKeys: [] })),
    result: anyJson,
    other: anyJson,
  },
  { requiredKeys: ["jsonrpc", "id"] },
);

test(
  "a line is taken for the message that the SDK takes it for, or for none as well",
  async () => {
    await fuzz("messages", fc.oneof(nearlyRequest, message), async (value) => {
      const json = JSON.stringify(value);
      const parsed = parseMessage(Buffer.from(json));
      expect(parsed && "message" in parsed ? parsed.message : undefined).toEqual(taken(JSON.parse(json)));
    });
  },
  FUZZ_TIMEOUT_MS,
);

function taken(value: unknown) {
  try {
    return parseJSONRPCMessage(value);
  } catch {
    return undefined;
  }
}
