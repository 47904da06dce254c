// The import directions of the layout: what is above may import what is below, and siblings leave each other alone.

import { expect, test } from "bun:test";
import { Glob } from "bun";
import { dirname, relative, resolve } from "node:path";

const SRC = resolve(import.meta.dir, "../src");
/** Only for builds that are tested: a product has none of it (tests/kill-points.test.ts). */
const HOOKS = "kill-points.ts";
const WORDS = [
  "task.ts",
  "errors.ts",
  "wording.ts",
  "home.ts",
  "given-home.ts",
  "files.ts",
  "visible.ts",
  "cut.ts",
  "nearest.ts",
  "amounts.ts",
  "timer.ts",
  "settings.ts",
  "setting-schemas.ts",
  "given-settings.ts",
  "config.ts",
  "wire.ts",
  "build.ts",
];

/** What each part may import besides itself. */
const ALLOWED: Record<string, string[]> = {
  "main.ts": ["cli", "mcp", "supervisor", "output", "process", ...WORDS],
  cli: ["operations", ...WORDS],
  mcp: ["operations", ...WORDS],
  operations: ["policy", "store", "supervisor", "output", "process", "hosts", HOOKS, ...WORDS],
  supervisor: [
    "store",
    "output",
    "process",
    HOOKS,
    "task.ts",
    "errors.ts",
    "home.ts",
    "files.ts",
    "visible.ts",
    "timer.ts",
    "nap.ts",
  ],
  policy: ["task.ts", "errors.ts", "wording.ts", "files.ts", "visible.ts", "settings.ts", "config.ts"],
  store: [HOOKS, "task.ts", "errors.ts", "wording.ts", "home.ts", "files.ts", "nap.ts"],
  output: ["task.ts", "errors.ts", "home.ts", "files.ts", "cut.ts"],
  process: ["task.ts", "errors.ts", "wording.ts", "home.ts", "files.ts", "cut.ts", "nap.ts"],
  hosts: ["wording.ts", "nap.ts"],
  "config.ts": ["home.ts", "settings.ts", "given-settings.ts"],
  "given-settings.ts": [
    "settings.ts",
    "setting-schemas.ts",
    "errors.ts",
    "wording.ts",
    "home.ts",
    "given-home.ts",
    "nearest.ts",
  ],
  "settings.ts": ["amounts.ts"],
  "setting-schemas.ts": ["errors.ts", "settings.ts"],
  "home.ts": ["task.ts"],
  "given-home.ts": ["wording.ts", "home.ts"],
  "wire.ts": ["task.ts"],
  "errors.ts": [],
  "wording.ts": ["errors.ts", "cut.ts"],
  "files.ts": [],
  "visible.ts": [],
  "cut.ts": [],
  "nearest.ts": [],
  "amounts.ts": [],
  "timer.ts": [],
  "nap.ts": [],
  "task.ts": [],
  "build.ts": [],
  [HOOKS]: [],
};

/** "store/open.ts" belongs to "store", "task.ts" to itself. */
const partOf = (path: string) => path.split("/")[0] ?? path;

function importsOf(path: string, source: string): string[] {
  const specifiers = source.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g);
  return [...specifiers].map(([, specifier = ""]) => relative(SRC, resolve(SRC, dirname(path), specifier)));
}

test("imports point down only", async () => {
  const wrong: string[] = [];
  const files = [...new Glob("**/*.ts").scanSync(SRC)];
  expect(files.length).toBeGreaterThan(20);
  for (const path of files) {
    const part = partOf(path);
    const allowed = ALLOWED[part];
    if (!allowed) throw new Error(`src/${part} has no place in the layout`);
    for (const imported of importsOf(path, await Bun.file(resolve(SRC, path)).text())) {
      const target = partOf(imported);
      if (imported.startsWith("..")) {
        if (imported !== "../package.json") wrong.push(`${path} → ${imported}`);
      } else if (target !== part && !allowed.includes(target)) wrong.push(`${path} → ${imported}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("only the store writes SQL, and only the store opens SQLite", async () => {
  for (const path of new Glob("**/*.ts").scanSync(SRC)) {
    if (partOf(path) === "store") continue;
    const source = await Bun.file(resolve(SRC, path)).text();
    expect({ path, sqlite: /bun:sqlite|\b(SELECT|UPDATE|INSERT INTO|DELETE FROM) /.test(source) }).toEqual({
      path,
      sqlite: false,
    });
  }
});
