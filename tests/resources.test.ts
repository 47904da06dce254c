// Tasks as resources, in raw messages of both eras and with both SDKs' clients.

import { expect, test } from "bun:test";
import { Client as ModernClient } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernTransport } from "@modelcontextprotocol/client/stdio";
import { Client as FirstClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as FirstTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { cli, startTask } from "./helpers/cli.ts";
import { BINARY, newHome, waitUntil } from "./helpers/home.ts";
import { Gate, type Message, modern, Wire } from "./helpers/mcp.ts";

interface Listed {
  resources: { uri: string; name: string; description: string; mimeType: string }[];
  nextCursor?: string;
}

type Era = "initialize" | "2026-07-28";
const ERAS: Era[] = ["initialize", "2026-07-28"];

/** A connection in that era, and requests as it makes them. */
async function connect(home: string, era: Era) {
  const wire = era === "initialize" ? await Wire.open(home) : new Wire(home);
  const ask = async (method: string, params: Record<string, unknown> = {}): Promise<Message> =>
    wire.request(method, era === "initialize" ? params : modern(params));
  const read = async (uri: string): Promise<{ uri: string; mimeType: string; text: string }> => {
    const { result, error } = await ask("resources/read", { uri });
    if (!result) throw new Error(error?.message);
    return (result.contents as [{ uri: string; mimeType: string; text: string }])[0];
  };
  const ids: number[] = [];
  return {
    wire,
    ask,
    read,
    /** Resolves once the server has agreed. */
    subscribe: async (...uris: string[]): Promise<void> => {
      if (era === "initialize") {
        for (const uri of uris) expect((await ask("resources/subscribe", { uri })).result).toEqual({});
        return;
      }
      const id = wire.ask("subscriptions/listen", modern({ notifications: { resourceSubscriptions: uris } }));
      ids.push(id);
      await waitUntil("it is acknowledged", () =>
        wire.messages.some(
          ({ method, params }) =>
            method === "notifications/subscriptions/acknowledged" && subscriptionOf(params) === String(id),
        ),
      );
    },
    unsubscribe: async (uri: string): Promise<void> => {
      if (era === "initialize") expect((await ask("resources/unsubscribe", { uri })).result).toEqual({});
      else wire.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: ids.pop() } });
      await ask("resources/templates/list"); // what was sent before it has been seen
    },
    updates: (uri: string) =>
      wire.messages.filter(({ method, params }) => method === "notifications/resources/updated" && params?.uri === uri),
  };
}

function subscriptionOf(params: Record<string, unknown> | undefined): string {
  // oxlint-disable-next-line no-underscore-dangle -- the protocol's own name
  const meta = params?._meta as Record<string, unknown> | undefined;
  return String(meta?.["io.modelcontextprotocol/subscriptionId"]);
}

const outputOf = (id: string) => `backburner://task/${id}/output`;
const statusOf = (id: string) => `backburner://task/${id}/status`;

async function run(home: string, command: string, ...options: string[]): Promise<string> {
  const id = await startTask(home, [...options, "--", command]);
  await cli(home, ["wait", id]);
  return id;
}

test("both eras are told of resources, subscriptions and completions", async () => {
  const home = newHome();
  const first = new Wire(home);
  const hello = await first.request("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
  expect(hello.result?.capabilities).toMatchObject({ resources: { subscribe: true }, completions: {} });
  await first.close();
  const second = new Wire(home);
  const discovered = await second.request("server/discover", modern());
  expect(discovered.result?.capabilities).toMatchObject({ resources: { subscribe: true }, completions: {} });
  await second.close();
});

for (const era of ERAS) {
  test(`${era}: a task's output and status are read by its id and by its name`, async () => {
    const home = newHome();
    const { wire, read, ask } = await connect(home, era);
    const id = await run(home, "printf '\\033[31mred\\033[0m\\n'; echo err >&2; exit 3", "--name", "a b");
    expect(await read(outputOf(id))).toEqual({
      uri: outputOf(id),
      mimeType: "text/plain",
      text: expect.stringMatching(/^(red\nerr|err\nred)\n$/) as string,
    });
    const status = await read(statusOf("a%20b"));
    expect(status).toMatchObject({ uri: statusOf("a%20b"), mimeType: "application/json" });
    expect(JSON.parse(status.text)).toEqual(await told(ask, id));
    expect(JSON.parse(status.text)).toMatchObject({ task_id: id, status: "failed", exit_code: 3 });
    await wire.close();
  });

  test(`${era}: of long output the head and the end are read, and what is left out is said`, async () => {
    const home = newHome();
    const { wire, read } = await connect(home, era);
    const id = await run(home, "seq 100000");
    const { text } = await read(outputOf(id));
    expect(text.length).toBeLessThanOrEqual(30_000);
    expect(text.startsWith("1\n2\n3\n")).toBe(true);
    expect(text.endsWith("\n99999\n100000\n")).toBe(true);
    expect(text).toMatch(/\n\[… [\d,]+ lines \(.*\) left out; task_result with since=\d+ shows them …\]\n/);
    await wire.close();
  });

  test(`${era}: what is no resource is refused with the code of its revision`, async () => {
    const home = newHome();
    const { wire, ask } = await connect(home, era);
    const gone = await run(home, "true");
    expect((await cli(home, ["prune", "--keep", "0"])).code).toBe(0);
    const unknown = [
      outputOf(gone),
      outputOf("22222222222222"),
      statusOf("nobody"),
      statusOf("%ff"),
      "backburner://task//output",
      "backburner://task/x/log",
      "file:///etc/passwd",
      "backburner://task/../output",
    ];
    for (const uri of unknown) {
      const { error } = await ask("resources/read", { uri });
      const code = era === "initialize" ? -32_002 : -32_602;
      expect({ uri, ...error }).toEqual({ uri, code, message: expect.any(String), data: { uri } } as never);
    }
    for (const method of ["resources/read", "completion/complete"])
      expect((await ask(method, { uri: 5, ref: { type: "none" } })).error?.code).toBe(-32_602);
    expect((await ask("resources/list")).result).toMatchObject({ resources: [] });
    await wire.close();
  });

  test(`${era}: the newest tasks are listed, page by page, and none twice when others come meanwhile`, async () => {
    const home = newHome();
    const { wire, ask } = await connect(home, era);
    const ids: string[] = [];
    for (let n = 0; n < 25; n += 1) ids.unshift((await start(ask, `true ${n}`)).task_id);
    const page = async (cursor?: string) =>
      (await ask("resources/list", cursor === undefined ? {} : { cursor })).result as unknown as Listed;
    const first = await page();
    await start(ask, "echo later");
    const second = await page(first.nextCursor);
    expect([...first.resources, ...second.resources].map(({ uri }) => uri)).toEqual(
      ids.flatMap((id) => [outputOf(id), statusOf(id)]),
    );
    expect(second.nextCursor).toBeUndefined();
    const wanted = { uri: outputOf(ids[0] ?? ""), name: `${ids[0]} output`, mimeType: "text/plain" };
    expect(first.resources[0]).toMatchObject({ ...wanted, annotations: { lastModified: expect.any(String) } });
    expect(first.resources[0]?.description).toEndWith(": true 24");
    for (const cursor of ["", "x", "1.2.3", "5.101", "-1.5"])
      expect({ cursor, error: (await ask("resources/list", { cursor })).error }).toMatchObject({
        cursor,
        error: { code: -32_602 },
      });
    await wire.close();
  });

  test(`${era}: the listing is bounded, whoever follows it to its end`, async () => {
    const home = newHome();
    const { wire, ask } = await connect(home, era);
    for (let n = 0; n < 110; n += 1) await start(ask, "true");
    const uris: string[] = [];
    let cursor: string | undefined;
    do {
      const { result } = await ask("resources/list", cursor === undefined ? {} : { cursor });
      const listed = result as unknown as Listed;
      expect(listed.resources.length).toBeLessThanOrEqual(40);
      uris.push(...listed.resources.map(({ uri }) => uri));
      cursor = listed.nextCursor;
    } while (cursor !== undefined);
    expect(new Set(uris).size).toBe(200);
    expect(uris).toHaveLength(200);
    await wire.close();
  });

  test(`${era}: templates are listed, and their id is completed`, async () => {
    const home = newHome();
    const { wire, ask } = await connect(home, era);
    const { result = {} } = await ask("resources/templates/list");
    const templates = (result.resourceTemplates as { uriTemplate: string }[]).map(({ uriTemplate }) => uriTemplate);
    expect(templates).toEqual(["backburner://task/{id}/output", "backburner://task/{id}/status"]);
    const ids: string[] = [];
    for (const name of ["build web", "build api", "lint", "build web"])
      ids.unshift((await start(ask, "true", name)).task_id);
    const complete = async (value: string, uri = templates[0], name = "id") => {
      const ref = { type: "ref/resource", uri };
      return (await ask("completion/complete", { ref, argument: { name, value } })).result?.completion;
    };
    expect(await complete("")).toEqual({ values: ids, total: 4, hasMore: false });
    expect(await complete("buil")).toEqual({ values: ["build web", "build api"], total: 2, hasMore: false });
    const prefix = ids[3]?.slice(0, 6) ?? "";
    expect(await complete(prefix, templates[1])).toMatchObject({ values: [ids[3]] });
    expect(await complete("%")).toEqual({ values: [], total: 0, hasMore: false });
    expect(await complete("x", templates[0], "other")).toEqual({ values: [], total: 0, hasMore: false });
    for (const ref of [
      { type: "ref/resource", uri: "backburner://task/{id}/log" },
      { type: "ref/prompt", name: "x" },
    ])
      expect((await ask("completion/complete", { ref, argument: { name: "id", value: "" } })).error?.code).toBe(
        -32_602,
      );
    await wire.close();
  });

  test(`${era}: a hundred completions at most, the newest, and how many there are`, async () => {
    const home = newHome();
    const { wire, ask } = await connect(home, era);
    let newest = "";
    for (let n = 0; n < 105; n += 1) newest = (await start(ask, "true")).task_id;
    const ref = { type: "ref/resource", uri: "backburner://task/{id}/output" };
    const { result = {} } = await ask("completion/complete", { ref, argument: { name: "id", value: "" } });
    const { values, ...more } = result.completion as { values: string[] };
    expect(values).toHaveLength(100);
    expect(values[0]).toBe(newest);
    expect(more).toEqual({ total: 105, hasMore: true } as object);
    await wire.close();
  });

  test(`${era}: a subscriber hears of output, at most once a second, and of the end`, async () => {
    const home = newHome();
    const { wire, ask, read, subscribe, updates } = await connect(home, era);
    const gate = new Gate(home, "told");
    const { task_id: id } = await start(ask, `while sleep 0.02; do echo tick; done & ${gate.command}; kill %1`);
    await working(ask, id);
    await subscribe(outputOf(id), statusOf(id));
    const beganMs = performance.now();
    await waitUntil("three updates have come", () => updates(outputOf(id)).length >= 3);
    const seconds = (performance.now() - beganMs) / 1000;
    expect(updates(outputOf(id)).length).toBeLessThanOrEqual(2 + seconds);
    expect((await read(outputOf(id))).text).toContain("tick\n");
    gate.open();
    await waitUntil("the end is recorded", async () => (await told(ask, id)).status === "completed");
    const before = updates(statusOf(id)).length;
    await waitUntil("its end is told", async () => updates(statusOf(id)).length > before || before > 3);
    expect((await read(outputOf(id))).text).toContain("told is through\n");
    const all = updates(outputOf(id)).length;
    await ask("resources/list");
    expect(updates(outputOf(id)).length).toBe(all);
    if (era === "2026-07-28")
      expect(updates(outputOf(id)).every(({ params }) => subscriptionOf(params) !== "undefined"));
    await wire.close();
  });

  test(`${era}: of a silent task nothing is told before its end, nor to anybody who has left off`, async () => {
    const home = newHome();
    const { wire, ask, subscribe, unsubscribe, updates } = await connect(home, era);
    const gate = new Gate(home, "silent");
    const { task_id: id } = await start(ask, gate.command, "quiet");
    await working(ask, id);
    await subscribe(statusOf(id));
    await subscribe(outputOf("quiet"));
    await ask("tools/call", { name: "wait_task", arguments: { task_ids: [id], timeout_seconds: 1.5 } });
    expect(updates(statusOf(id))).toEqual([]);
    await unsubscribe(outputOf("quiet"));
    gate.open();
    await waitUntil("its end is told", () => updates(statusOf(id)).length > 0);
    expect(updates(outputOf("quiet"))).toEqual([]);
    await wire.close();
  });

  test(`${era}: whoever subscribes to a task that has ended hears of it once`, async () => {
    const home = newHome();
    const { wire, ask, subscribe, updates } = await connect(home, era);
    const id = await run(home, "true");
    await subscribe(statusOf(id));
    await waitUntil("it is told", () => updates(statusOf(id)).length > 0);
    await ask("resources/list");
    expect(updates(statusOf(id))).toHaveLength(1);
    await wire.close();
  });

  test(`${era}: a task in the queue is followed through its start to a death without a word`, async () => {
    const home = newHome();
    const { wire, ask, subscribe, updates } = await connect(home, era);
    const gate = new Gate(home, "first");
    for (let n = 0; n < 10; n += 1) await start(ask, gate.command);
    const { task_id: id } = await start(ask, "exec sleep 60");
    expect((await told(ask, id)).status).toBe("queued");
    await subscribe(statusOf(id));
    gate.open();
    await waitUntil("its start is told", () => updates(statusOf(id)).length > 0);
    const { pid } = await working(ask, id);
    const supervisor = Number((await Bun.$`ps -o ppid= -p ${pid}`.text()).trim());
    const before = updates(statusOf(id)).length;
    process.kill(supervisor, "SIGKILL");
    await waitUntil("its end is told", () => updates(statusOf(id)).length > before);
    expect((await told(ask, id)).status).toBe("interrupted");
    await wire.close();
  });
}

test("initialize: what can't be subscribed to is refused; 2026-07-28 has no resources/subscribe", async () => {
  const home = newHome();
  const first = await connect(home, "initialize");
  const uri = outputOf("22222222222222");
  expect((await first.ask("resources/subscribe", { uri })).error).toMatchObject({ code: -32_002, data: { uri } });
  expect((await first.ask("resources/unsubscribe", { uri })).result).toEqual({});
  await first.wire.close();
  const second = await connect(home, "2026-07-28");
  expect((await second.ask("resources/subscribe", { uri })).error?.code).toBe(-32_601);
  await second.subscribe(uri); // nobody looks whether it is there; nothing will be heard of it
  expect(second.updates(uri)).toEqual([]);
  await second.wire.close();
});

test("2026-07-28: two subscriptions to one resource are told apart, and each ends alone", async () => {
  const home = newHome();
  const { wire, ask, subscribe, unsubscribe, updates } = await connect(home, "2026-07-28");
  const gate = new Gate(home, "two");
  const { task_id: id } = await start(ask, gate.command);
  await working(ask, id);
  await subscribe(statusOf(id));
  await subscribe(statusOf(id), outputOf(id));
  await unsubscribe(outputOf(id));
  gate.open();
  await waitUntil("the end is told", () => updates(statusOf(id)).length > 0);
  await told(ask, id);
  expect(new Set(updates(statusOf(id)).map(({ params }) => subscriptionOf(params))).size).toBe(1);
  expect(updates(outputOf(id))).toEqual([]);
  await wire.close();
});

test("a client of the first SDK lists, reads, completes and hears of the end", async () => {
  const home = newHome();
  const transport = new FirstTransport({ command: BINARY, args: ["mcp"], env: { ...env(), BACKBURNER_HOME: home } });
  const client = new FirstClient({ name: "first", version: "1" });
  await client.connect(transport);
  const gate = new Gate(home, "sdk");
  const id = await startTask(home, ["--name", "sdk", "--", gate.command]);
  const heard = Promise.withResolvers<string>();
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => heard.resolve(params.uri));
  expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual([outputOf(id), statusOf(id)]);
  const ref = { type: "ref/resource" as const, uri: "backburner://task/{id}/status" };
  const { completion } = await client.complete({ ref, argument: { name: "id", value: "s" } });
  expect(completion.values[0]).toBe("sdk");
  await client.subscribeResource({ uri: statusOf("sdk") });
  gate.open();
  expect(await heard.promise).toBe(statusOf("sdk"));
  await cli(home, ["wait", id]);
  const { contents } = await client.readResource({ uri: outputOf(id) });
  expect(contents[0]).toMatchObject({ text: "sdk is through\n" });
  expect(client.readResource({ uri: outputOf("nobody") })).rejects.toMatchObject({ code: -32_002 });
  await client.close();
});

for (const [how, negotiation] of [
  ["2026-07-28", { pin: "2026-07-28" }],
  ["the initialize era", "legacy"],
] as const) {
  test(`a client of the second SDK in ${how} lists, reads, completes and hears of the end`, async () => {
    const home = newHome();
    const transport = new ModernTransport({ command: BINARY, args: ["mcp"], env: { ...env(), BACKBURNER_HOME: home } });
    const client = new ModernClient({ name: "second", version: "1" }, { versionNegotiation: { mode: negotiation } });
    await client.connect(transport);
    const gate = new Gate(home, "sdk");
    const id = await startTask(home, ["--name", "sdk", "--", gate.command]);
    const heard = Promise.withResolvers<string>();
    client.setNotificationHandler("notifications/resources/updated", ({ params }) => heard.resolve(params.uri));
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual([outputOf(id), statusOf(id)]);
    const ref = { type: "ref/resource" as const, uri: "backburner://task/{id}/status" };
    const { completion } = await client.complete({ ref, argument: { name: "id", value: "s" } });
    expect(completion.values[0]).toBe("sdk");
    if (negotiation === "legacy") await client.subscribeResource({ uri: statusOf("sdk") });
    else await client.listen({ resourceSubscriptions: [statusOf("sdk")] });
    gate.open();
    expect(await heard.promise).toBe(statusOf("sdk"));
    await cli(home, ["wait", id]);
    const { contents } = await client.readResource({ uri: outputOf(id) });
    expect(contents[0]).toMatchObject({ text: "sdk is through\n" });
    expect(client.readResource({ uri: outputOf("nobody") })).rejects.toMatchObject({ uri: outputOf("nobody") });
    await client.close();
  });
}

type Ask = (method: string, params: Record<string, unknown>) => Promise<Message>;

async function call(ask: Ask, name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { result = {} } = await ask("tools/call", { name, arguments: args });
  const { finished_since_last_call: _, ...reply } = result.structuredContent as Record<string, unknown>;
  return reply;
}

async function start(ask: Ask, command: string, name?: string): Promise<{ task_id: string }> {
  const task = await call(ask, "start_task", { command, ...(name !== undefined && { name }) });
  return task as unknown as { task_id: string };
}

function told(ask: Ask, id: string): Promise<Record<string, unknown>> {
  return call(ask, "task_status", { task_id: id });
}

function working(ask: Ask, id: string): Promise<{ pid: number }> {
  return waitUntil("it runs", async () => {
    const { pid } = await told(ask, id);
    return typeof pid === "number" && { pid };
  });
}

function env(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((one): one is [string, string] => one[1] !== undefined));
}
