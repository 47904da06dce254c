// Reading by cursor: whatever is written, whenever it is read and in whatever steps, nothing is lost and nothing comes twice.

import { expect, test } from "bun:test";
import { appendFileSync, mkdirSync } from "node:fs";
import { since, tail } from "../src/output/excerpt.ts";
import { logPath, taskDir } from "../src/home.ts";
import type { View } from "../src/output/index.ts";
import { withKept } from "../src/output/kept.ts";
import { OutputWriter } from "../src/output/writer.ts";
import { rawSince, rawTail } from "../src/output/raw.ts";
import { newTaskId } from "../src/task.ts";
import { Gate } from "./helpers/mcp.ts";
import { newHome, readText, waitUntil } from "./helpers/home.ts";
import { Random } from "./helpers/random.ts";
import { Server } from "./helpers/server.ts";

function newLog(cap?: number) {
  const home = newHome();
  const id = newTaskId();
  mkdirSync(taskDir(home, id), { recursive: true });
  return { home, id, writer: new OutputWriter(home, id, cap) };
}

const rounds = Array.from({ length: 20 }, (_, round) => `round ${round}`);

test.each(rounds)("raw: what is written comes byte for byte (seed: %s)", (seed) => {
  const random = new Random(seed);
  const log = newLog();
  const written: Record<View, Uint8Array[]> = { all: [], stdout: [], stderr: [] };
  const read: Record<View, Uint8Array[]> = { all: [], stdout: [], stderr: [] };
  const cursors: Record<View, number> = { all: 0, stdout: 0, stderr: 0 };
  const isText = random.below(2) === 0;
  const readOn = (view: View, writesMeanwhile = false): boolean =>
    withKept(log.home, log.id, (kept) => {
      if (writesMeanwhile) write();
      const page = rawSince(kept, view, cursors[view], random.below(3_000) + 1);
      read[view].push(Buffer.from(page.text, page.base64 ? "base64" : "utf8"));
      const moved = page.nextCursor > cursors[view];
      cursors[view] = page.nextCursor;
      return moved;
    });
  const write = () => {
    const stream = random.pick(["stdout", "stdout", "stdout", "stderr"] as const);
    const length = random.below(random.pick([3, 50, 20_000]));
    const chunk = isText
      ? new TextEncoder().encode("wörter 安 😀\n".repeat(length / 8 + 1)).subarray(0, length)
      : random.bytes(length);
    log.writer.append(stream, chunk);
    written.all.push(chunk);
    written[stream].push(chunk);
  };
  for (let step = 0; step < 200; step += 1) {
    write();
    readOn(random.pick(["all", "stdout", "stderr"]), random.below(2) === 0);
  }
  for (const view of ["all", "stdout", "stderr"] as const) {
    while (readOn(view));
    expect(Buffer.concat(read[view]).equals(Buffer.concat(written[view]))).toBe(true);
  }
});

test.each(rounds)("cleaned: every line comes once and in order (seed: %s)", (seed) => {
  const random = new Random(seed);
  const cap = random.pick([undefined, undefined, 16 * 1024]);
  const view = cap === undefined ? random.pick(["all", "stdout"] as const) : "all";
  const log = newLog(cap);
  let count = 0;
  let pending = Buffer.alloc(0);
  let text = "";
  let cursor = 0;
  const readOn = (complete: boolean): boolean =>
    withKept(log.home, log.id, (kept) => {
      if (!complete && view !== "all") write(); // what is seen is what was there before
      const last = tail(kept, view, 5, 100_000, complete);
      expect(last.text.split("\n").length).toBeGreaterThanOrEqual(Math.min(5, last.totalLines));
      const page = since(kept, view, cursor, random.below(2_000) + 40, complete);
      text += page.text;
      const moved = page.nextCursor > cursor;
      cursor = page.nextCursor;
      return moved;
    });
  const write = () => {
    for (let n = random.below(20); n > 0; n -= 1) {
      count += 1;
      const line = random.pick([
        `line ${count}`,
        `\u001b[31mline ${count}\u001b[0m`,
        `line ${count}\r`,
        `line ${count} 安😀`,
      ]);
      pending = Buffer.concat([pending, Buffer.from(`${line}\n`)]);
    }
    const part = random.below(pending.length + 1);
    log.writer.append(view === "all" ? random.pick(["stdout", "stderr"]) : view, pending.subarray(0, part));
    pending = pending.subarray(part);
    if (view !== "all" && random.below(2) === 0) log.writer.append("stderr", Buffer.from("noise\n"));
  };
  for (let step = 0; step < 300; step += 1) {
    write();
    if (random.below(3) > 0) readOn(false);
  }
  log.writer.append("stdout", pending);
  while (readOn(true));
  const plain = text.replaceAll(/ 安😀$/gm, "");
  const expected = Array.from({ length: count }, (_, n) => `line ${n + 1}`);
  if (!plain.includes("dropped here")) return expect(plain.split("\n").slice(0, -1)).toEqual(expected);
  // Over a gap: whole lines in order, each at most once, and pieces of lines only beside the gap.
  const numbers = plain.split("\n").map((line) => Number(/^line (\d+)$/.exec(line)?.[1] ?? 0));
  const whole = numbers.filter((number) => number > 0);
  expect(whole.every((number, at) => at === 0 || number > (whole[at - 1] ?? 0))).toBe(true);
  expect(whole.at(-1)).toBe(count);
  const gaps = plain.split("dropped here").length - 1;
  expect(numbers.filter((number) => number === 0).length).toBeLessThanOrEqual(1 + 3 * gaps);
});

test("raw reads end at a gap and go on behind it, and the gap is told", () => {
  const log = newLog(8 * 1024);
  const all = Buffer.from(Array.from({ length: 5_000 }, (_, n) => `${n}\n`).join(""));
  for (let at = 0; at < all.length; at += 100) log.writer.append("stdout", all.subarray(at, at + 100));
  withKept(log.home, log.id, (kept) => {
    const [gap = { startBytes: 0, endBytes: 0 }] = kept.gaps;
    const head = rawSince(kept, "all", 0, 100_000);
    expect(head).toMatchObject({ text: all.subarray(0, gap.startBytes).toString(), nextCursor: gap.endBytes });
    expect(head.droppedBytes).toBe(gap.endBytes - gap.startBytes);
    const rest = all.subarray(gap.endBytes).toString();
    expect(rawSince(kept, "all", gap.startBytes + 5, 100_000)).toMatchObject({ text: rest, nextCursor: all.length });
    expect(rawTail(kept, "all", 100_000, 100_000).text).toBe(rest);
  });
});

test("what is dropped while it is read is read anew, and passed over by nobody", () => {
  for (const view of ["all", "stdout"] as const) {
    const log = newLog(8 * 1024);
    const all = Buffer.from(Array.from({ length: 5_000 }, (_, n) => `${n}\n`).join(""));
    log.writer.append("stdout", all.subarray(0, 7_000));
    let tries = 0;
    const { page, gap } = withKept(log.home, log.id, (kept) => {
      tries += 1;
      if (tries === 1)
        for (let at = 7_000; at < all.length; at += 100) log.writer.append("stdout", all.subarray(at, at + 100));
      return { page: rawSince(kept, view, 0, 100_000), gap: kept.gaps[0] };
    });
    expect(tries).toBe(2);
    expect(page).toMatchObject({ text: all.subarray(0, gap?.startBytes).toString(), nextCursor: gap?.endBytes });
  }
});

test("stdout and stderr of a program that interleaves them are each what it wrote, byte for byte", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const [out, err] = [`${home}/out`, `${home}/err`];
  const program = `for n in $(seq 300); do printf '%s \\377o%s' $n $((n % 7)) | tee -a ${out}; printf 'e%s\\n' $n | tee -a ${err} >&2; done`;
  const task = await server.run(program);
  for (const [stream, path] of [
    ["stdout", out],
    ["stderr", err],
  ] as const) {
    const parts: Buffer[] = [];
    for (let cursor = 0, last = -1; cursor !== last;) {
      last = cursor;
      const page = await server.call("task_result", {
        task_id: task.task_id,
        stream,
        since: cursor,
        raw: true,
        max_chars: 400,
      });
      parts.push(Buffer.from(String(page.output), page.encoding === "base64" ? "base64" : "utf8"));
      cursor = Number(page.next_cursor);
    }
    expect(Buffer.concat(parts).equals(Buffer.from(await Bun.file(path).arrayBuffer()))).toBe(true);
  }
  const both = Buffer.from(await Bun.file(String(task.log_path)).arrayBuffer());
  expect(both.length).toBe(Bun.file(out).size + Bun.file(err).size);
  expect(readText(err).split("\n").length).toBe(301);
  await server.close();
});

test("new_only is what this connection has not read yet; since goes where it is told", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const [one, other] = [new Gate(home, "one"), new Gate(home, "other")];
  const { task_id } = await server.start(`echo begin; ${one.command.replace("exit 0", "true")}; ${other.command}`, {
    name: "job",
  });
  const read = (more: Record<string, unknown> = { new_only: true }) =>
    server.call("task_result", { task_id: "job", ...more });
  await waitUntil("it has begun", async () => (await server.status(task_id)).output_bytes);
  expect(await read()).toMatchObject({ output: "begin\n", next_cursor: 6 });
  expect(await read()).toMatchObject({ output: "", next_cursor: 6 });
  one.open();
  await waitUntil("there is more", async () => Number((await server.status(task_id)).output_bytes) > 6);
  expect(await read()).toMatchObject({ output: "one is through\n" });
  other.open();
  await server.ended(task_id);
  const second = await Server.open(home);
  expect((await second.call("task_result", { task_id, new_only: true })).output).toBe(
    "begin\none is through\nother is through\n",
  );
  expect(await read()).toMatchObject({ output: "other is through\n" });
  expect(await read({ since: 6, max_chars: 20 })).toMatchObject({ output: "one is through\n", remaining_bytes: 17 });
  expect(await read()).toMatchObject({ output: "" });
  await Promise.all([server.close(), second.close()]);
});

test("a search leaves unread what it passed over; all output from the start on is read", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const gate = new Gate(home, "next");
  const { task_id } = await server.start(`echo begin; echo middle; ${gate.command}`);
  const read = (more: Record<string, unknown>) => server.call("task_result", { task_id, ...more });
  await waitUntil("it has begun", async () => (await server.status(task_id)).output_bytes === 13);
  expect((await read({ tail_lines: 0 })).output).toBe("");
  expect((await read({ grep: "middle" })).output).toBe("2:middle\n");
  expect((await read({ grep: "middle", new_only: true })).output).toBe("2:middle\n");
  expect((await read({ tail_lines: 0, new_only: true, grep: "nothing" })).output).toBe("");
  expect((await read({ since: 0, tail_lines: 0 })).output).toBe("begin\nmiddle\n");
  expect((await read({ new_only: true })).output).toBe("");
  gate.open();
  await server.ended(task_id);
  expect((await read({ new_only: true, tail_lines: 0 })).output).toBe("next is through\n");
  expect((await read({ new_only: true })).output).toBe("");
  await server.close();
});

test("a cursor beyond the end is the end, for the next read and for a wait for words", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const gates = ["first", "second"].map((name) => new Gate(home, name));
  const command = gates.map((gate) => gate.command.replace("exit 0", "true")).join("; ");
  const { task_id } = await server.start(`echo begin; ${command}; exec sleep 60`);
  const read = (more: Record<string, unknown>) => server.call("task_result", { task_id, ...more });
  const printed = (bytes: number) =>
    waitUntil("it is printed", async () => (await server.status(task_id)).output_bytes === bytes);
  await printed(6);
  for (const form of [{}, { raw: true }, { grep: "begin" }, { stream: "stdout" }])
    expect(await read({ since: 5_000, ...form })).toMatchObject({ output: "", next_cursor: 6 });
  gates[0]?.open();
  await printed(23);
  expect(await read({ new_only: true })).toMatchObject({ output: "first is through\n", next_cursor: 23 });
  expect(await read({ since: 5_000 })).toMatchObject({ output: "", next_cursor: 23 });
  gates[1]?.open();
  const words = { task_ids: [task_id], pattern: "is through", timeout_seconds: 20 };
  expect(await server.call("wait_task", words)).toMatchObject({ matches: [{ line: "second is through" }] });
  await server.cancel(task_id);
  await server.close();
});

test("a cursor of the whole output stays where it is for one stream that ends before it", () => {
  const log = newLog();
  log.writer.append("stdout", Buffer.from("out\n"));
  log.writer.append("stderr", Buffer.from("error\n"));
  appendFileSync(logPath(log.home, log.id), "not in the index yet\n");
  withKept(log.home, log.id, (kept) => {
    expect(kept.endBytes("stdout")).toBeLessThan(kept.endBytes());
    for (const cursor of [31, 32, 5_000]) {
      expect(since(kept, "stdout", cursor, 100, false)).toMatchObject({ text: "", nextCursor: 31 });
      expect(rawSince(kept, "stdout", cursor, 100)).toMatchObject({ text: "", nextCursor: 31 });
    }
  });
});

test("grep gives matching lines with their numbers, the last of them, and says when an expression is none", async () => {
  const server = await Server.open(newHome());
  const command = "seq 1000; printf '\\033[31mError: disk full\\033[0m\\n'; echo warning >&2; seq 3";
  const { task_id } = await server.run(command);
  const grep = (pattern: string, more = {}) => server.call("task_result", { task_id, grep: pattern, ...more });
  expect(await grep("^error", {})).toMatchObject({ output: "", matches: 0 });
  expect(await grep("(?i)^error: .* full$", { stream: "stdout", context_lines: 1 })).toMatchObject({
    output: "1000-1000\n1001:Error: disk full\n1002-1\n",
    matches: 1,
  });
  expect(await grep("^99", { tail_lines: 2 })).toMatchObject({
    output: "[… 9 earlier matches left out; give a narrower grep or a larger tail_lines …]\n998:998\n999:999\n",
    matches: 11,
  });
  expect(await grep("99$", { tail_lines: 3, since: 0 })).toMatchObject({ output: "99:99\n199:199\n299:299\n" });
  expect((await grep("warn", { stream: "stderr" })).output).toBe("1:warning\n");
  expect((await grep("\\D{4}", { stream: "stdout" })).output).toBe("1001:Error: disk full\n");
  expect(grep("a(b")).rejects.toThrow(
    'the pattern "a(b" is no regular expression (missing )); mend it, or put "\\" before characters that stand for themselves',
  );
  expect(grep("a", { raw: true })).rejects.toThrow("raw and grep can't be combined; leave out one of them");
  await server.close();
});
