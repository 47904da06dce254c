// Arguments of every tool, from its published schema and around it: each call is answered or refused, and the server lives on.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { anyJson, anyNumber, anyText, fuzz, FUZZ_TIMEOUT_MS, inTime } from "../helpers/fuzz.ts";
import { newHome, readText } from "../helpers/home.ts";
import { Server } from "../helpers/server.ts";

interface Schema {
  type?: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | false;
}

/** What the schema allows; some of its texts are those of tasks that exist. */
function allowed(schema: Schema, texts: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "string":
      return texts;
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.oneof(fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1e9, 1e9) }), anyNumber);
    case "number":
      return fc.oneof(fc.double({ min: 0, max: 2, noNaN: true }), anyNumber);
    case "array":
      return fc.array(allowed(schema.items ?? {}, texts), { maxLength: 5 });
    case "object":
      return schema.properties
        ? fc.record(
            Object.fromEntries(Object.entries(schema.properties).map(([name, one]) => [name, allowed(one, texts)])),
            { requiredKeys: schema.required ?? [] },
          )
        : fc.dictionary(anyText, allowed(schema.additionalProperties || {}, anyText), { maxKeys: 5 });
    default:
      return anyJson;
  }
}

/** The same with one thing changed, missing or too much; or anything at all. */
function around(arguments_: fc.Arbitrary<unknown>, names: string[]): fc.Arbitrary<unknown> {
  const changed = fc
    .tuple(arguments_, fc.oneof(fc.constantFrom(...names), anyText), anyJson, fc.boolean())
    .map(([given, name, value, drop]) => {
      const { [name]: _, ...rest } = given as Record<string, unknown>;
      return drop ? rest : { ...rest, [name]: value };
    });
  return fc.oneof(
    { weight: 4, arbitrary: arguments_ },
    { weight: 3, arbitrary: changed },
    { weight: 1, arbitrary: anyJson },
  );
}

test(
  "whatever a tool is given, it answers or refuses",
  async () => {
    const home = newHome();
    const complaints = `${home}/complaints`;
    // Nothing of what is made up here runs: true(1) is the shell.
    const server = new Server(home, { env: { BACKBURNER_SHELL: "/bin/true" }, complaints });
    await server.shakeHands();
    const known: string[] = [];
    for (const name of ["one", "__proto__", "ünï 😀"]) known.push((await server.start("x", { name })).task_id, name);
    await server.ended(...known.filter((_, at) => at % 2 === 0));
    const texts = fc.oneof(fc.constantFrom(...known), anyText);
    const { result } = await server.request("tools/list", {});
    const tools = result?.tools as { name: string; inputSchema: Schema }[];
    const calls = tools.map(({ name, inputSchema }) =>
      fc.record({
        name: fc.constant(name),
        arguments: around(allowed(inputSchema, texts), Object.keys(inputSchema.properties ?? {})),
      }),
    );
    await fuzz("tool arguments", fc.oneof(...calls), async (call) => {
      const before = readText(complaints).length;
      const reply = await inTime(JSON.stringify(call), server.request("tools/call", call));
      expect(readText(complaints).slice(before)).toBe(""); // a fault of ours is traced
      if (!reply.result) return expect(reply.error?.code).toBeLessThan(0);
      const { content, structuredContent, isError } = reply.result as unknown as Awaited<ReturnType<Server["tool"]>>;
      expect(content).toHaveLength(1);
      if (isError) expect(content[0]?.text).toMatch(/^[^\n]{10,1000}$/);
      else expect(JSON.parse(content[0]?.text ?? "")).toEqual(structuredContent);
    });
    expect(await server.request("ping", {})).toMatchObject({ result: {} });
    expect(await server.close()).toBe(0);
  },
  FUZZ_TIMEOUT_MS,
);
