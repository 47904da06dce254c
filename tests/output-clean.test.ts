// What is read of real logs: cleaned, folded, shortened and cut. npm, pytest and cargo as they printed on a terminal or with colours
// forced (npm 11, pytest 9.0, cargo 1.95, tqdm 4.64); docker build (BuildKit) written after its format, as no engine could be run.

import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { cleanLine, shortenLine, size, unfinishedBytes } from "../src/output/clean.ts";
import { since, tail } from "../src/output/excerpt.ts";
import { withKept } from "../src/output/kept.ts";
import { OutputWriter } from "../src/output/writer.ts";
import { taskDir } from "../src/home.ts";
import { newTaskId } from "../src/task.ts";
import { newHome } from "./helpers/home.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** The output as an agent reads it. */
function shown(text: string | Uint8Array, { lines = 100, chars = 30_000, complete = true } = {}) {
  const home = newHome();
  const id = newTaskId();
  mkdirSync(taskDir(home, id), { recursive: true });
  const writer = new OutputWriter(home, id);
  writer.append("stdout", typeof text === "string" ? bytes(text) : text);
  writer.close();
  return withKept(home, id, (kept) => ({
    ...tail(kept, "all", lines, chars, complete),
    page: since(kept, "all", 0, chars, complete),
  }));
}

test("npm: the spinner is gone, the errors stay", () => {
  const log =
    "⠙\u001b[1G\u001b[0K⠹\u001b[1G\u001b[0K\u001b[1mnpm\u001b[22m \u001b[31merror\u001b[39m \u001b[94mcode\u001b[39m ETARGET\r\n" +
    "⠹\u001b[1G\u001b[0K\u001b[1mnpm\u001b[22m \u001b[31merror\u001b[39m \u001b[94mnotarget\u001b[39m No matching version found for left-pad@999.0.0.\r\n" +
    "⠹\u001b[1G\u001b[0K";
  expect(shown(log).text).toBe(
    "npm error code ETARGET\nnpm error notarget No matching version found for left-pad@999.0.0.\n",
  );
});

test("pytest: without its colours", () => {
  const log =
    "\u001b[32m.\u001b[0m\u001b[32m.\u001b[0m\u001b[32m.\u001b[0m\u001b[31mF\u001b[0m\u001b[31m       [100%]\u001b[0m\n" +
    ">   \u001b[0m\u001b[94mdef\u001b[39;49;00m\u001b[90m \u001b[39;49;00m\u001b[92mtest_bad\u001b[39;49;00m(): \u001b[94massert\u001b[39;49;00m \u001b[94m1\u001b[39;49;00m == \u001b[94m2\u001b[39;49;00m\u001b[90m\u001b[39;49;00m\n" +
    "\u001b[31m\u001b[31m\u001b[1m1 failed\u001b[0m, \u001b[32m3 passed\u001b[0m\u001b[31m in 0.68s\u001b[0m\u001b[0m\n";
  expect(shown(log).text).toBe("...F       [100%]\n>   def test_bad(): assert 1 == 2\n1 failed, 3 passed in 0.68s\n");
});

test("cargo: of its progress bar nothing is left but what came after", () => {
  const log =
    "\u001b[1m\u001b[92m   Compiling\u001b[0m hello v0.1.0 (/tmp/hello)\n" +
    "\u001b[1m\u001b[96m    Building\u001b[0m [                             ] 0/1: hello(b…\r\u001b[K\u001b[1m\u001b[92m    Finished\u001b[0m `dev` profile [unoptimized + debuginfo] target(s) in 0.68s\n";
  expect(shown(log).text).toBe(
    "   Compiling hello v0.1.0 (/tmp/hello)\n    Finished `dev` profile [unoptimized + debuginfo] target(s) in 0.68s\n",
  );
});

test("tqdm: a thousand updates are their last one", () => {
  const updates = Array.from(
    { length: 1_001 },
    (_, n) =>
      `\r${String(Math.floor(n / 10)).padStart(3)}%|${"█".repeat(Math.floor(n / 100)).padEnd(10)}| ${n}/1000 [00:10<00:00, 99.5it/s]`,
  );
  const last = "100%|██████████| 1000/1000 [00:10<00:00, 99.5it/s]";
  expect(shown(`${updates.join("")}\ndone\n`).text).toBe(`${last}\ndone\n`);
  expect(shown(updates.join(""), { complete: false })).toMatchObject({ text: last, totalLines: 1 });
});

test("tqdm 4.64, as it wrote to a pipe: the bar's last state and what was printed after it", () => {
  const written =
    "\rtrain:   0%|                          | 0/4 [00:00<?, ?it/s]\rtrain:  25%|████▌             | 1/4 [00:00<00:00,  6.65it/s]" +
    "\rtrain:  50%|█████████         | 2/4 [00:00<00:00,  6.64it/s]\rtrain:  75%|█████████████▌    | 3/4 [00:00<00:00,  6.64it/s]" +
    "\rtrain: 100%|██████████████████| 4/4 [00:00<00:00,  6.64it/s]\rtrain: 100%|██████████████████| 4/4 [00:00<00:00,  6.64it/s]\ndone\n";
  expect(shown(written).text).toBe("train: 100%|██████████████████| 4/4 [00:00<00:00,  6.64it/s]\ndone\n");
});

test("docker build: plain progress as it is, and a terminal's rewriting without its cursor moves", () => {
  const plain =
    "#5 [2/3] RUN apt-get update\n#5 0.312 Get:1 http://example.org/debian bookworm InRelease [151 kB]\n#5 DONE 2.4s\n";
  expect(shown(plain).text).toBe(plain);
  const terminal =
    "\u001b[?25l[+] Building 0.1s (1/2)\u001b[?25h\r\n\u001b[34m => [internal] load build definition from Dockerfile\u001b[0m\r\n" +
    "\u001b[1A\u001b[1A\u001b[0G\u001b[?25l[+] Building 0.2s (2/2) FINISHED\r\n";
  expect(shown(terminal).text).toBe(
    "[+] Building 0.1s (1/2)\n => [internal] load build definition from Dockerfile\n[+] Building 0.2s (2/2) FINISHED\n",
  );
});

test.each([
  [
    "titles and links",
    "\u001b]0;a title\u0007\u001b]8;;https://example.org\u001b\\a link\u001b]8;;\u001b\\.",
    "a link.",
  ],
  ["backspaces and overstriking", "passworf\bd _\bN_\bA", "password NA"],
  ["bells and other controls", "a\u0007b\u0000c\u000b\u007f\u0085d\te", "abcd\te"],
  ["a line ended with CR LF", "text\r", "text"],
  ["an erased line", "loading 3/9\r\u001b[K", ""],
  ["a line erased as a whole", "loading\u001b[2K\u001b[1Gready", "ready"],
])("cleaning: %s", (_, line, expected) => {
  expect(cleanLine(line)).toBe(expected);
});

test("bytes that are no UTF-8 are replaced, and what is cut by the end waits for its rest", () => {
  expect(shown(Uint8Array.of(0x61, 0xff, 0xe5, 0xae, 0x89, 0x0a)).text).toBe("a\ufffd安\n");
  for (const [half, length] of [
    ["a\u001b[3", 3],
    ["a\u001b]0;ti", 6],
    ["a\r", 1],
    ["a", 0],
    ["\u001b[0m", 0],
  ] as const)
    expect(unfinishedBytes(bytes(half))).toBe(length);
  expect(unfinishedBytes(bytes("é").subarray(0, 1))).toBe(1);
  expect(shown("ready\u001b[3", { complete: false })).toMatchObject({ text: "ready", nextCursor: 5 });
  expect(shown("ready\u001b[3", { complete: false }).page).toMatchObject({
    text: "ready",
    nextCursor: 5,
    remainingBytes: 3,
  });
});

test("equal lines are folded, from four on", () => {
  expect(shown("a\na\na\nb\n").text).toBe("a\na\na\nb\n");
  expect(shown("a\na\na\na\nb\n").text).toBe("a\n[… the same line 3 more times …]\nb\n");
  expect(shown(`start\n${"retrying\n".repeat(1_235)}end`, { lines: 10_000 }).text).toBe(
    "start\nretrying\n[… the same line 1,234 more times …]\nend",
  );
  expect(shown("y\n".repeat(5), { lines: 4 })).toMatchObject({
    text: "y\n[… the same line 3 more times …]\n",
    omittedLines: 1,
  });
});

test("a long line is shortened in its middle, between characters", () => {
  const line = shortenLine(`${"a".repeat(5_000)}${"z".repeat(5_000)}`, 2_000);
  expect(line).toMatch(/^a+ \[… 8,0\d\d characters of this line left out …\] z+$/);
  expect(line.length).toBeLessThanOrEqual(2_000);
  expect(shortenLine("😀".repeat(100), 80).isWellFormed()).toBe(true);
  expect(shown(`${"x".repeat(3_000_000)}\nend\n`).text).toEndWith("\nend\n");
});

test("a tail that is too long keeps its head and its end, whole lines, and says what shows the rest", () => {
  const text = Array.from({ length: 5_000 }, (_, n) => `line ${n + 1}\n`).join("");
  const cut = shown(text, { lines: 1_000, chars: 500 });
  expect(cut.text.length).toBeLessThanOrEqual(500);
  const [, head, count, cursor, end] =
    /^((?:line \d+\n)+)\[… (\S+) lines \(\S+ \S+\) left out; task_result with since=(\d+) shows them …\]\n((?:line \d+\n)+)$/.exec(
      cut.text,
    ) ?? [];
  expect(head).toStartWith("line 4001\nline 4002\n");
  expect(end).toEndWith("line 4999\nline 5000\n");
  const shownLines = `${head}${end}`.split("\n").length - 1;
  expect(Number(count?.replace(",", ""))).toBe(1_000 - shownLines);
  expect(cut.omittedLines).toBe(5_000 - shownLines);
  expect(text.slice(Number(cursor))).toStartWith(`line ${4_000 + (head?.split("\n").length ?? 0)}\n`);
});

test("a tail of many megabytes is cut in the same way, without reading its middle", () => {
  const text = Array.from({ length: 200_000 }, (_, n) => `number ${n + 1} of many lines\n`).join("");
  const cut = shown(text, { lines: 150_000, chars: 1_000 });
  expect(cut.text).toStartWith("number 50001 of many lines\n");
  expect(cut.text).toEndWith("number 200000 of many lines\n");
  const lines = cut.text.split("\n").filter((line) => line.startsWith("number")).length;
  expect(cut.omittedLines).toBe(200_000 - lines);
});

test("sizes are said in few words", () => {
  expect([1, 1023, 1024, 57_344, 1.5 * 2 ** 20, 2 ** 40].map(size)).toEqual([
    "1 bytes",
    "1023 bytes",
    "1 KB",
    "56 KB",
    "1.5 MB",
    "1 TB",
  ]);
});
