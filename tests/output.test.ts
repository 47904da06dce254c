// The log, its index, and reading from the end.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { mkdirSync } from "node:fs";
import { logPath, taskDir } from "../src/home.ts";
import { countNewlines } from "../src/output/newlines.ts";
import { outputState, readFrom, tailStart } from "../src/output/reader.ts";
import { OutputWriter } from "../src/output/writer.ts";
import { newTaskId } from "../src/task.ts";
import { newHome } from "./helpers/home.ts";

function newLog() {
  const home = newHome();
  const id = newTaskId();
  mkdirSync(taskDir(home, id), { recursive: true });
  return { home, id, writer: new OutputWriter(home, id) };
}

type Log = ReturnType<typeof newLog>;
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (read: Uint8Array) => new TextDecoder().decode(read);
const read = (log: Log, from: number, most: number) => text(readFrom(log.home, log.id, from, most).bytes);
const tail = (log: Log, lines: number) => {
  const start = tailStart(log.home, log.id, lines);
  return [read(log, start, 1e9), start];
};

test("newlines are counted wherever they lie, among bytes that look like them", () => {
  const lookalikes = [0x0a, 0x0a, 0x8a, 0x0b, 0x09, 0x00, 0x80, 0xff, 0xf5, 0x1a];
  const pieces = fc.array(fc.constantFrom(...lookalikes), { maxLength: 3_000, size: "max" });
  fc.assert(
    fc.property(pieces, fc.nat(7), (values, offset) => {
      const piece = new Uint8Array([...Array.from({ length: offset }, () => 0x0a), ...values]).subarray(offset);
      return countNewlines(piece) === values.filter((value) => value === 0x0a).length;
    }),
    { numRuns: 500 },
  );
  expect(countNewlines(new Uint8Array(100_001).fill(0x0a))).toBe(100_001);
});

test("a log that was not written to is empty, and so is one that is not there", () => {
  const log = newLog();
  expect(outputState(log.home, log.id)).toEqual({ bytes: 0, lines: 0 });
  expect(tail(log, 100)).toEqual(["", 0]);
  expect(outputState(log.home, newTaskId())).toEqual({ bytes: 0, lines: 0 });
  expect(readFrom(log.home, newTaskId(), 0, 10)).toMatchObject({ startBytes: 0, nextBytes: 0 });
});

test("bytes, lines and time are known while it is written, a last line without its newline counts", () => {
  const log = newLog();
  log.writer.append("stdout", bytes("one\ntwo\nthr"));
  expect(outputState(log.home, log.id)).toMatchObject({ bytes: 11, lines: 3 });
  log.writer.append("stderr", bytes("ee\n"));
  expect(outputState(log.home, log.id)).toMatchObject({ bytes: 14, lines: 3 });
  expect([log.writer.bytes, log.writer.lines]).toEqual([14, 3]);
  expect(Math.abs((outputState(log.home, log.id).lastAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
});

test("the tail is the last whole lines, with or without a newline at the end", () => {
  const log = newLog();
  log.writer.append("stdout", bytes("1\n22\n\n333\n"));
  expect(tail(log, 1)).toEqual(["333\n", 6]);
  expect(tail(log, 2)).toEqual(["\n333\n", 5]);
  expect(tail(log, 3)).toEqual(["22\n\n333\n", 2]);
  for (const lines of [4, 5, 100_000]) expect(tail(log, lines)).toEqual(["1\n22\n\n333\n", 0]);
  expect(tail(log, 0)).toEqual(["", 10]);
  log.writer.append("stdout", bytes("44"));
  expect(tail(log, 1)).toEqual(["44", 10]);
  expect(tail(log, 2)).toEqual(["333\n44", 6]);
});

test("the tail over many blocks is found exactly", () => {
  const log = newLog();
  const lines = Array.from({ length: 50_000 }, (_, n) => `${n} ${"x".repeat(n % 60)}`);
  log.writer.append("stdout", bytes(`${lines.join("\n")}\n`));
  for (const count of [1, 999, 1_000, 31_234, 50_000]) {
    expect(tail(log, count)[0]).toBe(`${lines.slice(-count).join("\n")}\n`);
  }
});

test("reading from a position gives the bytes that are there", () => {
  const log = newLog();
  log.writer.append("stdout", bytes("0123456789"));
  expect(read(log, 3, 4)).toBe("3456");
  expect(read(log, 8, 100)).toBe("89");
  expect(read(log, 10, 100)).toBe("");
  expect(read(log, 99, 100)).toBe("");
});

test("the index stays small when a stream writes many small pieces", async () => {
  const log = newLog();
  for (let n = 0; n < 5_000; n += 1) log.writer.append("stdout", bytes("ab\n"));
  const size = Bun.file(logPath(log.home, log.id).replace(".log", ".index")).size;
  expect(size).toBeLessThan(5_000);
  expect(outputState(log.home, log.id)).toMatchObject({ bytes: 15_000, lines: 5_000 });
  for (let n = 0; n < 10; n += 1) log.writer.append(n % 2 === 0 ? "stderr" : "stdout", bytes("x\n"));
  expect(Bun.file(logPath(log.home, log.id).replace(".log", ".index")).size).toBe(size + 10 * 32);
});
