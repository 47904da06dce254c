// Searching a task's output: what grep(1) finds, with the same numbers and neighbours, whatever the lines look like and when they came.

import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { taskDir } from "../src/home.ts";
import { grep, type Search } from "../src/output/grep.ts";
import { withKept } from "../src/output/kept.ts";
import { Trial } from "../src/output/trial.ts";
import { OutputWriter } from "../src/output/writer.ts";
import { newTaskId } from "../src/task.ts";
import { newHome } from "./helpers/home.ts";
import { Random } from "./helpers/random.ts";

function newLog() {
  const home = newHome();
  const id = newTaskId();
  mkdirSync(taskDir(home, id), { recursive: true });
  const writer = new OutputWriter(home, id);
  return {
    home,
    print: (text: string) => writer.append("stdout", Buffer.from(text)),
    search: (pattern: RegExp, more: Partial<Search> = {}) =>
      withKept(home, id, (kept) =>
        grep(kept, "all", new Trial(pattern), { contextLines: 0, most: 1e9, maxChars: 1e9, complete: false, ...more }),
      ),
  };
}

test("matches and their neighbours are those that grep finds, and the last or first of them where not all have room", () => {
  for (let round = 0; round < 60; round += 1) {
    const random = new Random(`grep ${round}`);
    const log = newLog();
    const lines = Array.from({ length: random.below(400) + 1 }, () => random.pick(["a", "b", "ab", "", "c c"]));
    const text = `${lines.join("\n")}\n`;
    log.print(text);
    const file = join(log.home, "lines");
    writeFileSync(file, text);
    const pattern = random.pick(["a", "^ab$", "c", "^$"]);
    const contextLines = random.below(5);
    const grepped = (...options: string[]) =>
      Bun.spawnSync(["grep", "-n", ...options, "-e", pattern, file]).stdout.toString();
    const all = log.search(new RegExp(pattern, "m"), { contextLines });
    expect(all.text).toBe(contextLines > 0 ? grepped("-C", `${contextLines}`) : grepped());
    const most = random.below(5) + 1;
    const first = log.search(new RegExp(pattern, "m"), { contextLines: 0, most, since: 0 });
    expect(first.text).toBe(grepped("-m", `${most}`));
    let paged = "";
    for (let cursor = 0; cursor < text.length;) {
      const page = log.search(new RegExp(pattern, "m"), { most, maxChars: 40, since: cursor });
      paged += page.text;
      expect(page.nextCursor).toBeGreaterThan(cursor);
      cursor = page.nextCursor;
    }
    expect(paged).toBe(grepped());
  }
});

test("much beside each of many matches is found in one go", () => {
  const log = newLog();
  log.print(Array.from({ length: 20_000 }, (_, n) => `${n + 1}\n`).join(""));
  const { text, matches } = log.search(/./m, { contextLines: 1_000, most: 100, maxChars: 1e9 });
  expect(matches).toBe(20_000);
  expect(text.split("\n", 2)).toEqual([
    "[… 19,900 earlier matches left out; give a narrower grep or a larger tail_lines …]",
    "18901:18901",
  ]);
}, 20_000);

test("of a line that is longer than a block only its beginning is searched and shown, and it counts once", () => {
  const log = newLog();
  log.print(`NEEDLE ${"x".repeat(1_600_000)}\nafter\n`);
  for (const contextLines of [0, 1]) {
    expect(log.search(/NEEDLE/m, { contextLines }).text).toStartWith("1:NEEDLE xxx");
    expect(log.search(/x/m, { contextLines })).toMatchObject({ matches: 1, totalLines: 2 });
    expect(log.search(/^x/m, { contextLines })).toMatchObject({ matches: 0 });
    expect(log.search(/after/m, { contextLines }).text).toEndWith("2:after\n");
    expect(log.search(/NEEDLE/m, { contextLines, since: 0, most: 1 }).nextCursor).toBeGreaterThan(1_600_000);
  }
});

test("a line that was half there when it was searched is searched again once it is whole", () => {
  const log = newLog();
  log.print("one\nERR");
  const half = log.search(/ERROR/m, { since: 0 });
  expect(half).toMatchObject({ matches: 0, nextCursor: 4, remainingBytes: 3 });
  log.print("OR: disk\nend");
  expect(log.search(/ERROR/m, { since: half.nextCursor })).toMatchObject({ text: "2:ERROR: disk\n", matches: 1 });
  expect(log.search(/^end/m, { since: half.nextCursor }).nextCursor).toBe(19); // told of, and not again
  expect(log.search(/never/m, { since: 0, complete: true }).nextCursor).toBe(19);
});
