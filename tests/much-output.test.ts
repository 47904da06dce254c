// A command that prints much is read another way than a quiet one, and back: nothing is lost, doubled or exchanged, and nobody else waits long.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { commonBlock } from "../src/output/block.ts";
import { countNewlines } from "../src/output/newlines.ts";
import { cli, cliJson, gate, startTask } from "./helpers/cli.ts";
import { FIXTURES, newHome, parentOf, readText, waitUntil } from "./helpers/home.ts";

const bursts = (seed: number, bytes: number) =>
  `exec '${process.execPath}' '${join(FIXTURES, "prints-in-bursts.ts")}' ${seed} ${bytes}`;
const numbered = (stream: number, count: number) =>
  Array.from({ length: count }, (_, at) => `${stream} ${at + 1}\n`).join("");
const limitDescriptors = (pid: number, most: number) => {
  const { exitCode, stderr } = Bun.spawnSync(["prlimit", "--pid", String(pid), `--nofile=${most}:`]);
  if (exitCode !== 0) throw new Error(stderr.toString());
};
const running = (home: string, id: string) =>
  waitUntil("it runs", async () => (await cliJson(home, ["status", id])).pid as number | undefined);

for (const seed of [1, 2, 3])
  test(`bursts on both streams are in the log to the last byte, each stream in its order (${seed})`, async () => {
    const home = newHome();
    const id = await startTask(home, ["--", bursts(seed, 24_000_000)]);
    expect((await cli(home, ["wait", id])).code).toBe(0);
    const log = readText(join(home, "tasks", id, "output.log"));
    for (const [stream, flag] of ["--stdout", "--stderr"].entries()) {
      const { stdout } = await cli(home, ["logs", id, flag, "--raw"]);
      expect(stdout === numbered(stream, stdout.split("\n").length - 1)).toBe(true);
      expect(stdout.length).toBeGreaterThan(1_000_000);
    }
    const { output_bytes, output_lines } = await cliJson(home, ["status", id]);
    expect([output_bytes, output_lines]).toEqual([log.length, log.split("\n").length - 1]);
    expect(log.length).toBeGreaterThanOrEqual(24_000_000);
  }, 60_000);

test("a supervisor without a free descriptor goes on reading much output, and none is left open behind it", async () => {
  const home = newHome();
  const [first, second] = [gate(home, "first"), gate(home, "second")];
  const numbers = Array.from({ length: 300_000 }, (_, at) => `${at + 1}\n`).join("");
  const id = await startTask(home, [
    "--",
    `echo begin; ${first.command}; seq 1 300000; ${second.command}; seq 1 300000`,
  ]);
  await first.begun();
  const supervisor = parentOf(await running(home, id));
  const log = join(home, "tasks", id, "output.log");
  const descriptors = () => readdirSync(`/proc/${supervisor}/fd`).length;
  await waitUntil("its index is there", () => existsSync(join(home, "tasks", id, "output.index")));
  const before = descriptors();
  limitDescriptors(supervisor, 8);
  first.open();
  await waitUntil("all is in the log", () => statSync(log).size === `begin\n${numbers}`.length);
  expect(descriptors()).toBeLessThan(before); // the stream's is missing: it could not be opened again
  limitDescriptors(supervisor, 1024);
  await waitUntil("all are as before", () => descriptors() === before);
  second.open();
  expect((await cli(home, ["wait", id])).code).toBe(0);
  expect(readText(log) === `begin\n${numbers}${numbers}`).toBe(true);
}, 60_000);

test("while a command prints without end it can be looked at and cancelled", async () => {
  const home = newHome();
  const id = await startTask(home, ["--", "trap '' TERM; yes"], { env: { BACKBURNER_MAX_OUTPUT: "1MB" } });
  await running(home, id);
  await waitUntil("much is printed", async () => Number((await cliJson(home, ["status", id])).output_bytes) > 1e8);
  expect((await cli(home, ["cancel", id, "--grace", "0.2s"])).code).toBe(0);
  expect(await cliJson(home, ["status", id])).toMatchObject({ status: "cancelled" });
}, 60_000);

test("newlines in the common block are counted wherever they lie, among bytes that look like them", () => {
  const block = commonBlock();
  const lookalikes = [0x0a, 0x0a, 0x8a, 0x0b, 0x09, 0x00, 0x80, 0xff, 0xf5, 0x1a];
  const values = fc.array(fc.constantFrom(...lookalikes), { maxLength: 6_000, size: "max" });
  fc.assert(
    fc.property(values, fc.nat(100), (piece, offset) => {
      block.fill(0x0a, 0, 8_000);
      block.set(piece, offset);
      return (
        countNewlines(block.subarray(offset, offset + piece.length)) === piece.filter((one) => one === 0x0a).length
      );
    }),
    { numRuns: 500 },
  );
  block.fill(0x0a);
  expect(countNewlines(block)).toBe(block.length);
  expect(countNewlines(block.subarray(1))).toBe(block.length - 1);
});
