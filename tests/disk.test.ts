// A disk that is full, or cannot be written: what runs goes on, what is known is told, and nothing is lost that could be kept.

import { expect, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputState } from "../src/output/reader.ts";
import { OutputWriter } from "../src/output/writer.ts";
import { announceUnclaimedEnd } from "../src/supervisor/unclaimed.ts";
import { newTaskId } from "../src/task.ts";
import { cli } from "./helpers/cli.ts";
import { SmallDisk } from "./helpers/disk.ts";
import { isRunning, kill, newHome, parentOf, processesWith, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

const KB = 2 ** 10;
const MB = 2 ** 20;

test("a log that fills the disk does not stop its command: the end is true, and what was lost is counted", async () => {
  await SmallDisk.use(2 * MB, async ({ home }) => {
    const server = await Server.open(home);
    const task = await server.start("yes | head -c 8000000; exit 7");
    const [ended] = await server.ended(task.task_id);
    expect(ended).toMatchObject({ status: "failed", exit_code: 7 });
    const [, lost] = /^(\d+) bytes of output could not be written$/.exec(ended?.reason as string) ?? [];
    expect(Number(lost) + Number(ended?.output_bytes)).toBe(8_000_000);
    const log = readText(join(home, "tasks", task.task_id, "output.log"));
    expect(log).toBe("y\n".repeat(Number(ended?.output_bytes) / 2));
    await server.close();
  });
});

test("a disk that others fill while a task runs: its end is recorded once there is room again, with its true exit code", async () => {
  const outside = newHome();
  await SmallDisk.use(2 * MB, async (disk) => {
    const { home } = disk;
    const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
    const go = join(outside, "go");
    const task = await server.start(
      `until [ -e '${go}' ]; do sleep 0.02; done; echo last words; touch '${go}.done'; exit 9`,
    );
    const next = await server.start("echo next");
    const { pid } = await waitUntil("it runs", async () => {
      const now = await server.status(task.task_id);
      return now.pid !== undefined && { pid: now.pid };
    });
    const supervisor = parentOf(pid);
    disk.fill();
    writeFileSync(go, "");
    await waitUntil("the command has ended", () => existsSync(`${go}.done`) && !isRunning(pid));
    const during = await server.status(task.task_id);
    expect(["working", "failed"]).toContain(during.status); // SQLite's log may have had room of its own
    expect(isRunning(supervisor)).toBe(true);
    disk.free();
    expect(await server.ended(task.task_id, next.task_id)).toMatchObject([
      { status: "failed", exit_code: 9 },
      { status: "completed", output: "next\n" },
    ]);
    await server.close();
  });
});

test("on a full disk a start is refused with what to do and leaves nothing, reading works, and prune makes room", async () => {
  await SmallDisk.use(2 * MB, async (disk) => {
    const { home } = disk;
    const server = await Server.open(home);
    const old = await server.run("head -c 600000 /dev/zero");
    disk.fill();
    const refusal = /no space is left on the disk \(.*\); free some \("backburner prune" removes old tasks\)/;
    for (let round = 0; round < 50; round += 1) {
      const refused = await server.tool("start_task", { command: "true" });
      if (refused.isError) expect(refused.content[0]?.text).toMatch(refusal);
      if (refused.isError) break;
      expect(round).toBeLessThan(49);
    }
    const started = await cli(home, ["start", "--", "true"], { cwd: "/" });
    expect(started).toMatchObject({ code: 125, stdout: "" });
    expect(started.stderr).toMatch(refusal);
    const listed = await cli(home, ["list"], { cwd: "/" });
    expect(listed.code).toBe(0);
    expect(listed.stdout).toContain(old.task_id);
    expect((await cli(home, ["prune", "--keep", "0"], { cwd: "/" })).stderr).toBe("");
    expect(existsSync(join(home, "tasks", old.task_id))).toBe(false);
    expect(await server.run("echo room")).toMatchObject({ status: "completed", output: "room\n" });
    await server.close();
  });
});

test("a supervisor that dies while the disk is full: readers still read, and say interrupted once it can be recorded", async () => {
  await SmallDisk.use(2 * MB, async (disk) => {
    const { home } = disk;
    const server = await Server.open(home);
    const task = await server.start("echo begun; sleep 71");
    const { pid } = await waitUntil("it runs", async () => {
      const now = await server.status(task.task_id);
      return now.pid !== undefined && now.output_bytes === 6 && { pid: now.pid };
    });
    disk.fill();
    const supervisor = parentOf(pid);
    kill(supervisor, "SIGKILL");
    await waitUntil("its supervisor is gone", () => !isRunning(supervisor));
    const during = await server.status(task.task_id);
    expect(["working", "interrupted"]).toContain(during.status);
    disk.free();
    expect(await server.status(task.task_id)).toMatchObject({ status: "interrupted" });
    expect(processesWith(`BACKBURNER_TASK_ID=${task.task_id}`)).toEqual([]);
    await server.close();
  });
});

test("a home that can't be written: what was there is shown or refused with what to do, nothing hangs", async () => {
  await SmallDisk.use(4 * MB, async (disk) => {
    const server = await Server.open(disk.home);
    const old = await server.run("echo old");
    const view = disk.readOnlyView();
    const told = /(can't be (written|used)).*make it writable/;
    for (const args of [
      ["start", "--", "true"],
      ["cancel", old.task_id],
      ["prune", "--keep", "0"],
    ]) {
      const ran = await cli(view, args, { cwd: "/" });
      if (args[0] !== "cancel")
        expect({ args, ...ran }).toMatchObject({ code: 125, stderr: expect.stringMatching(told) });
    }
    const listed = await cli(view, ["list"], { cwd: "/" });
    if (listed.code === 0) expect(listed.stdout).toContain(old.task_id);
    else expect(listed.stderr).toMatch(told);
    await server.close();
    // Now that nobody has the store open, its log is gone, and a reader would have to make it.
    const alone = await cli(view, ["list"], { cwd: "/" });
    if (alone.code === 0) expect(alone.stdout).toContain(old.task_id);
    else expect(alone.stderr).toMatch(told);
  });
});

test("what a log gives up for the end of its task is its last bytes, and what is counted stays true", () => {
  const home = newHome();
  const id = newTaskId();
  mkdirSync(join(home, "tasks", id), { recursive: true });
  const log = join(home, "tasks", id, "output.log");
  for (const [given, taken, left] of [
    [4, 4, "first\nsecond\nthird"],
    [100, 9, "first\nsecond\n"],
    [0, 0, "first\nsecond\nthird\nfou"],
  ] as const) {
    rmSync(log, { force: true });
    rmSync(join(home, "tasks", id, "output.index"), { force: true });
    const writer = new OutputWriter(home, id);
    writer.append("stdout", Buffer.from("first\nsecond\n"));
    writer.append("stderr", Buffer.from("third\nfou"));
    expect(writer.giveUp(given)).toBe(taken);
    expect(readText(log)).toBe(left);
    const lines = left.trimEnd().split("\n").length;
    expect(outputState(home, id)).toMatchObject({ bytes: left.length, lines });
    expect([writer.bytes, writer.lines]).toEqual([left.length, lines]);
    writer.append("stdout", Buffer.from("more\n"));
    expect(readText(log)).toBe(`${left}more\n`);
    expect(outputState(home, id).bytes).toBe(left.length + 5);
    writer.close();
  }
});

/** What the descriptors of a process lead to. */
function filesOf(pid: number): string[] {
  return Bun.spawnSync(["find", `/proc/${pid}/fd`, "-printf", "%l\n"])
    .stdout.toString()
    .split("\n");
}

test("what can't be written on a full disk is not kept open either", async () => {
  await SmallDisk.use(2 * MB, async (disk) => {
    const [home, id] = [disk.home, newTaskId()];
    const directory = join(home, "tasks", id);
    mkdirSync(directory, { recursive: true });
    const writer = new OutputWriter(home, id, 256 * KB);
    const line = Buffer.from(`${"x".repeat(1023)}\n`);
    const append = () => writer.append("stdout", line);
    while (statSync(join(directory, "output.log")).size < 250 * KB) append();
    disk.fill();
    const openFiles = () => filesOf(process.pid).filter((file) => file.startsWith(home)).length;
    const before = openFiles();
    for (let round = 0; round < 5; round += 1) {
      expect(() => {
        for (let n = 0; n < 10; n += 1) append(); // a part more
      }).toThrow("ENOSPC");
      announceUnclaimedEnd(home, id);
    }
    rmSync(join(directory, "output.log"));
    expect(() => writer.restore()).toThrow("ENOSPC");
    expect(openFiles()).toBe(before);
    writer.close();
  });
});
