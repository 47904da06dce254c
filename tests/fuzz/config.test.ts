// config.toml of every kind: it is read, or refused with one sentence that names the file, the key and what was expected.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../src/config.ts";
import { BackburnerError } from "../../src/errors.ts";
import { cli } from "../helpers/cli.ts";
import { anyText, fuzz, FUZZ_TIMEOUT_MS } from "../helpers/fuzz.ts";
import { newHome } from "../helpers/home.ts";

const KEYS = [
  "allow",
  "deny",
  "max_tasks",
  "max_output",
  "keep_days",
  "keep_tasks",
  "keep_bytes",
  "timeout",
  "shell",
  "cwd",
];

const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...KEYS) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "constructor",
      "toString",
      "__proto__",
      "hasOwnProperty",
      "max_task",
      '"quoted key"',
      "a.b.c",
    ),
  },
  { weight: 1, arbitrary: anyText },
);
const value = fc.oneof(
  fc.integer().map(String),
  fc.double().map(String),
  fc.boolean().map(String),
  anyText.map((text) => JSON.stringify(text)),
  anyText.map((text) => `'${text}'`),
  fc.array(anyText, { maxLength: 3 }).map((texts) => JSON.stringify(texts)),
  fc.constantFrom(
    "inf",
    "nan",
    "-inf",
    "1979-05-27T07:32:00Z",
    "0x1f",
    "1_000",
    "9223372036854775808",
    "1e999",
    "{ a = 1 }",
    "[[1], ['a']]",
    '"""\nlong"""',
    '"20m"',
    '"1GB"',
    '["rm -rf"]',
    '["("]',
    "[",
    '"',
    "",
  ),
);
const toml = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .array(fc.tuple(key, value), { maxLength: 5 })
      .map((pairs) => pairs.map(([k, v]) => `${k} = ${v}`).join("\n")),
  },
  { weight: 1, arbitrary: fc.tuple(key, key, value).map(([table, k, v]) => `[${table}]\n${k} = ${v}`) },
  { weight: 1, arbitrary: anyText },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 5_000 }).map((deep) => `allow = ${"[".repeat(deep)}`) },
);

test(
  "config.toml is read, or refused with one sentence",
  async () => {
    const home = newHome();
    const path = join(home, "config.toml");
    let sampledMs = 0;
    await fuzz("config.toml", toml, async (text) => {
      writeFileSync(path, text);
      let refusal: string | undefined;
      try {
        const config = await loadConfig({ BACKBURNER_HOME: home });
        expect(config.home).toBe(home);
        expect(Number.isInteger(config.maxTasks) && config.maxTasks > 0).toBe(true);
      } catch (error) {
        if (!(error instanceof BackburnerError)) throw error;
        expect(error.code).toBe("bad_config");
        expect(error.message).toContain(path);
        expect(error.message.length).toBeLessThan(2_000);
        refusal = error.message;
      }
      if (performance.now() - sampledMs < 200) return; // the binary itself, now and then
      const { stderr, code } = await cli(home, ["list"], { cwd: "/" });
      expect(code).toBe(refusal === undefined ? 0 : 125);
      if (refusal !== undefined) expect(stderr).toMatch(/^backburner: [^\n]*config\.toml[^\n]*\n$/);
      sampledMs = performance.now();
    });
  },
  FUZZ_TIMEOUT_MS,
);

test("a key that every object inherits is no setting", () => {
  for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    const home = newHome();
    writeFileSync(join(home, "config.toml"), `${name} = 1\n`);
    expect(loadConfig({ BACKBURNER_HOME: home })).rejects.toThrow(`config.toml sets "${name}", which is no setting`);
  }
});
