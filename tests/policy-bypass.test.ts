// Every known way around a list: shown to be one in the real bash, and refused. (Deny is a guard rail: what only an allow list stops is marked.)

import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BY_ARGUMENTS } from "./helpers/bypasses-by-arguments.ts";
import { ATTEMPTS } from "./helpers/bypasses.ts";
import { sentenceOf } from "./helpers/policy.ts";

/** Anchored, so that only a command is found and never its name in the text. */
const DENY = "^denied( |$)";
/** Nearly everything that the attempts use beside it. */
const ALLOW =
  "^(echo2?|true|false|:|cat|printf|tee|ls|cp|ln|mkdir|cd|test|\\[|read|mapfile|readarray|compgen|export|declare|unset|set|let|shopt|sleep|wait|break|find|xargs|seq)( |$)";

let scratch: string;
beforeAll(() => void (scratch = mkdtempSync(join(tmpdir(), "backburner-policy-"))));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const known = { ...ATTEMPTS, ...BY_ARGUMENTS };
const all = Object.values(known).flat();

test("there are enough of them, and each once", () => {
  expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
  expect(all.length).toBeGreaterThanOrEqual(150);
});

for (const [kind, attempts] of Object.entries(known)) {
  test(`${kind}: refused`, async () => {
    const passed: string[] = [];
    for (const { text, allowOnly } of attempts) {
      if (!/ is refused: /.test(await sentenceOf(text, { allow: ALLOW }))) passed.push(`allow: ${text}`);
      if (!allowOnly && !/ is refused: /.test(await sentenceOf(text, { deny: DENY }))) passed.push(`deny: ${text}`);
    }
    expect(passed).toEqual([]);
  });

  test(`${kind}: bash would have run it`, async () => {
    const idle: string[] = [];
    for (const [at, { text, unproven }] of attempts.entries())
      if (!unproven && !(await runsDenied(text, `${kind.replaceAll(/\W/g, "-")}-${at}`))) idle.push(text);
    expect(idle).toEqual([]);
  }, 120_000);
}

/** True when bash, given that text, has run the program. */
async function runsDenied(text: string, name: string): Promise<boolean> {
  const cwd = join(scratch, name);
  const mark = join(cwd, "ran");
  mkdirSync(cwd);
  writeFileSync(join(cwd, "denied"), `#!/bin/sh\n: >'${mark}'\n`);
  chmodSync(join(cwd, "denied"), 0o755);
  writeFileSync(join(cwd, "x"), "x\n");
  const run = Bun.spawn(["bash", "-c", text], {
    cwd,
    env: { PATH: `${cwd}:${process.env.PATH ?? ""}`, HOME: cwd, LC_ALL: "C.UTF-8" },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
    timeout: 20_000,
  });
  await run.exited;
  return existsSync(mark);
}
