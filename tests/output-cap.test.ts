// The cap: the head and the newest stay, what is between them is counted, and every position keeps its meaning.

import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { since, tail } from "../src/output/excerpt.ts";
import { grep } from "../src/output/grep.ts";
import { Trial } from "../src/output/trial.ts";
import { logPath, taskDir } from "../src/home.ts";
import { RECORD_BYTES, type Stream, type View } from "../src/output/index.ts";
import { withKept } from "../src/output/kept.ts";
import { outputState, readFrom } from "../src/output/reader.ts";
import { OutputWriter } from "../src/output/writer.ts";
import { newTaskId } from "../src/task.ts";
import { cli, cliJson, startTask } from "./helpers/cli.ts";
import { newHome, parentOf, readText, waitUntil } from "./helpers/home.ts";
import { Random } from "./helpers/random.ts";

const CAP = 64 * 1024;

function newLog(cap?: number) {
  const home = newHome();
  const id = newTaskId();
  mkdirSync(taskDir(home, id), { recursive: true });
  return { home, id, writer: new OutputWriter(home, id, cap) };
}
type Log = ReturnType<typeof newLog>;

const bytes = (text: string) => new TextEncoder().encode(text);
const onDisk = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.startsWith("output."))
    .reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);

/** Reads forward in steps of random size until nothing comes any more. */
function readAll(log: Log, view: View, random: Random) {
  const pieces: { startBytes: number; bytes: Uint8Array }[] = [];
  for (let at = 0; ;) {
    const { nextBytes, ...piece } = readFrom(log.home, log.id, at, random.below(5_000) + 1, view);
    pieces.push(piece);
    if (nextBytes === at) return { bytes: Buffer.concat(pieces.map((one) => one.bytes)), pieces };
    at = nextBytes;
  }
}

test("below the cap there is one plain log", async () => {
  const log = newLog(CAP);
  log.writer.append("stdout", bytes("x".repeat(CAP - 4096)));
  expect(readdirSync(taskDir(log.home, log.id)).toSorted()).toEqual(["output.index", "output.log"]);
  expect(await Bun.file(logPath(log.home, log.id)).text()).toBe("x".repeat(CAP - 4096));
});

test("whatever is written, head and newest are kept exactly, within the cap, and read alike by all views", () => {
  for (let round = 0; round < 12; round += 1) {
    const random = new Random(`cap ${round}`);
    const cap = [4096, CAP, 10 * CAP][round % 3] ?? CAP;
    const log = newLog(cap);
    const written: { stream: Stream; bytes: Uint8Array }[] = [];
    let total = 0;
    for (const goal = random.below(cap * 5); total < goal;) {
      const chunk = { stream: random.pick(["stdout", "stderr"] as const), bytes: random.bytes(random.below(cap / 8)) };
      log.writer.append(chunk.stream, chunk.bytes);
      written.push(chunk);
      total += chunk.bytes.length;
      expect(onDisk(taskDir(log.home, log.id))).toBeLessThanOrEqual(cap + cap / 8 + 64);
    }
    const all = Buffer.concat(written.map((one) => one.bytes));
    const kept = readAll(log, "all", random);
    const gaps = withKept(log.home, log.id, (one) => one.gaps);
    expect(gaps.length).toBeLessThanOrEqual(1);
    const [gap = { startBytes: total, endBytes: total }] = gaps;
    const isKept = (at: number) => at < gap.startBytes || at >= gap.endBytes;
    expect(kept.bytes.equals(Buffer.concat([all.subarray(0, gap.startBytes), all.subarray(gap.endBytes)]))).toBe(true);
    for (const piece of kept.pieces) {
      expect(all.subarray(piece.startBytes, piece.startBytes + piece.bytes.length).equals(piece.bytes)).toBe(true);
    }
    if (gap.endBytes > gap.startBytes) {
      expect(gap.startBytes).toBeGreaterThan(cap / 4);
      expect(total - gap.endBytes).toBeGreaterThan(cap / 20);
    }
    for (const view of ["stdout", "stderr"] as const) {
      let at = 0;
      const expected: number[] = [];
      for (const chunk of written) {
        if (chunk.stream === view)
          for (const [offset, byte] of chunk.bytes.entries()) if (isKept(at + offset)) expected.push(byte);
        at += chunk.bytes.length;
      }
      expect(readAll(log, view, random).bytes.equals(Buffer.from(expected))).toBe(true);
    }
    const newlines = all.filter((byte) => byte === 10).length;
    expect(outputState(log.home, log.id)).toMatchObject({
      bytes: total,
      lines: newlines + (total > 0 && all.at(-1) !== 10 ? 1 : 0),
    });
  }
});

test("lines keep their numbers over the gap, and the gap is told", () => {
  const log = newLog(CAP);
  for (let n = 1; n <= 100_000; n += 1) log.writer.append(n % 10 === 0 ? "stderr" : "stdout", bytes(`line ${n}\n`));
  withKept(log.home, log.id, (kept) => {
    const end = tail(kept, "all", 3, 30_000, true);
    expect(end).toMatchObject({
      text: "line 99998\nline 99999\nline 100000\n",
      totalLines: 100_000,
      omittedLines: 99_997,
    });
    expect(tail(kept, "stderr", 2, 30_000, true)).toMatchObject({
      text: "line 99990\nline 100000\n",
      totalLines: 10_000,
      omittedLines: 9_998,
    });
    const [gap] = kept.gaps;
    expect(kept.gaps.length).toBe(1);
    const before = since(kept, "all", (gap?.startBytes ?? 0) - 27, 400, true);
    expect(before.text).toMatch(
      /^[ine ]*\d+\n(line \d+\n)+\[… 1 MB dropped here: more than BACKBURNER_MAX_OUTPUT was printed …\]\nline /,
    );
    expect(before.droppedBytes).toBe((gap?.endBytes ?? 0) - (gap?.startBytes ?? 0));
    const found = grep(kept, "all", new Trial(/^line 9999[79]$/m), {
      contextLines: 1,
      most: 10,
      maxChars: 1_000,
      complete: true,
    });
    expect(found.text).toBe(
      "99996-line 99996\n99997:line 99997\n99998-line 99998\n99999:line 99999\n100000-line 100000\n",
    );
    const all = tail(kept, "all", 100_000, 1_000, true);
    expect(all.text).toStartWith("line 1\nline 2\n");
    expect(all.text).toMatch(
      /\n\[… [\d,]+ lines \(\S+ \w+\) left out; task_result with since=\d+ shows what is kept of them …\]\n/,
    );
    expect(all.text).toEndWith("line 100000\n");
    expect(all.text.length).toBeLessThanOrEqual(1_000);
    const shown = all.text.split("\n").filter((line) => line.startsWith("line ")).length;
    expect(shown + all.omittedLines).toBe(100_000);
  });
});

test("much output leaves its supervisor as small as it was", async () => {
  const home = newHome();
  const [go, done] = [join(home, "go"), join(home, "done")];
  const print = `head -c 256M /dev/zero | tr '\\0' 'x'`;
  const id = await startTask(home, [
    "--",
    `until [ -e ${go} ]; do sleep 0.01; done; ${print}; touch ${done}; sleep 60`,
  ]);
  const supervisor = parentOf(
    await waitUntil("it runs", async () => (await cliJson(home, ["status", id])).pid as number | undefined),
  );
  const residentMiB = () => Number(/^VmRSS:\s+(\d+)/m.exec(readText(`/proc/${supervisor}/status`))?.[1]) / 1024;
  const before = residentMiB();
  writeFileSync(go, "");
  await waitUntil("all is printed", () => existsSync(done), 30_000);
  expect(residentMiB() - before).toBeLessThan(24); // left to the collector: 40
  await cli(home, ["cancel", id]);
}, 60_000);

test("yes for ten seconds stays within the cap on disk; its head and its newest lines are there", async () => {
  const home = newHome();
  const cap = 1024 * 1024;
  const id = await startTask(home, ["--", "echo begin; timeout 10 yes; echo the end"], {
    env: { BACKBURNER_MAX_OUTPUT: "1MB" },
  });
  let most = 0;
  await waitUntil(
    "it has ended",
    async () => {
      try {
        most = Math.max(most, onDisk(taskDir(home, id)));
      } catch {} // a part was dropped while we looked
      return !["queued", "working"].includes(String((await cliJson(home, ["status", id])).status));
    },
    40_000,
  );
  expect(most).toBeLessThanOrEqual(cap + cap / 8 + RECORD_BYTES); // that of the piece that is being written
  const shown = await cliJson(home, ["logs", id, "-n", "2"]);
  expect(shown).toMatchObject({ status: "completed", output: "y\nthe end\n" });
  expect(Number(shown.output_bytes)).toBeGreaterThan(20 * cap);
  expect(Number(shown.dropped_bytes)).toBeGreaterThan(19 * cap);
  expect((await cliJson(home, ["logs", id, "--since", "0"])).output).toStartWith("begin\ny\n");
  const all = await cli(home, ["logs", id]);
  expect(all.stdout.length).toBe(Number(shown.output_bytes) - Number(shown.dropped_bytes));
  expect(all.stderr).toBe(
    `backburner: ${String(shown.dropped_bytes)} bytes in the middle were dropped: more than BACKBURNER_MAX_OUTPUT was printed\n`,
  );
}, 60_000);
