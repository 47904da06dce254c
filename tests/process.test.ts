// The process table in its two forms, ending processes, and what of them belongs to a task.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { psTable } from "../src/process/table.ps.ts";
import { procTable } from "../src/process/table.linux.ts";
import { terminate } from "../src/process/terminate.ts";
import { descendantsOf, ownDescendants, processesOf } from "../src/process/tree.ts";
import { newTaskId } from "../src/task.ts";
import { FIXTURES, isRunning, readText, waitUntil } from "./helpers/home.ts";

const tables = [
  ["proc(5)", procTable],
  ["ps(1)", psTable],
] as const;

test.each(tables)("%s knows a child: whose it is, its group, its argv and its environment", async (_, table) => {
  const child = Bun.spawn(["sleep", "60"], { env: { ...process.env, MARK: "needle" }, detached: true });
  const found = await waitUntil("sleep runs", () => {
    const info = table.find(child.pid);
    return table.commandLine(child.pid)[0]?.endsWith("sleep") && info;
  });
  expect(found).toMatchObject({ pid: child.pid, parentPid: process.pid, groupId: child.pid });
  expect(table.list().find((one) => one.pid === child.pid)).toEqual(found);
  expect(table.commandLine(child.pid)).toEqual(["sleep", "60"]);
  expect(table.hasInEnvironment(child.pid, "MARK=needle")).toBe(true);
  expect(table.hasInEnvironment(child.pid, "MARK=need")).toBe(false);
  child.kill("SIGKILL");
  await child.exited;
  expect(table.find(child.pid)).toBeUndefined();
  expect(table.commandLine(child.pid)).toEqual([]);
});

test("proc(5): who is between two programs is known by its mark too", async () => {
  // The next program begins as soon as the one before has: much of its life it is amid execve(2).
  const again = 'exec /bin/sh -c "$AGAIN"';
  const child = Bun.spawn(["/bin/sh", "-c", again], { env: { AGAIN: again, MARK: "needle" } });
  let missed = 0;
  for (let looks = 0; looks < 2_000; looks += 1) if (!procTable.hasInEnvironment(child.pid, "MARK=needle")) missed += 1;
  child.kill("SIGKILL");
  await child.exited;
  expect(missed).toBe(0);
});

test.each(tables)("%s: a start time stays the same and tells two processes apart", async (_, table) => {
  const own = table.find(process.pid);
  expect(own?.startedAt).toBeTruthy();
  expect(table.find(process.pid)).toEqual(own);
  expect(table.bootId()).toBe(table.bootId());
  expect(table.bootId()).not.toBe("");
  expect(table.find(1)?.startedAt).not.toBe(own?.startedAt);
});

test("ps(1): the look itself is not in the list, and a line break in a value hides nobody and accuses nobody", async () => {
  const [child, other] = ["DECOY=a\n1 MARK=needle\n", "MARK=other"].map((entry) => {
    const [name = "", value] = entry.split(/=([^]*)/);
    return Bun.spawn(["sleep", "60"], { env: { [name]: value, LAST: "needle" } });
  });
  if (!child || !other) throw new Error("no child");
  await waitUntil("they run", () => [child, other].every(({ pid }) => psTable.commandLine(pid)[0] === "sleep"));
  const below = psTable.list().filter((one) => one.parentPid === process.pid);
  expect(new Set(below.map((one) => one.pid))).toEqual(new Set([child.pid, other.pid]));
  expect([child, other].map(({ pid }) => psTable.hasInEnvironment(pid, "LAST=needle"))).toEqual([true, true]);
  expect([1, other.pid].map((pid) => psTable.hasInEnvironment(pid, "MARK=needle"))).toEqual([false, false]);
  for (const one of [child, other]) one.kill("SIGKILL");
  await Promise.all([child.exited, other.exited]);
});

test("ps(1): who has come since the list of this turn was made is found all the same", async () => {
  await Bun.sleep(0);
  const own = [psTable.find(process.pid), psTable.find(process.pid)]; // the second is of the list
  expect(own[1]).toEqual(own[0]);
  const child = Bun.spawn(["sleep", "60"]);
  expect(psTable.find(child.pid)).toMatchObject({ pid: child.pid, parentPid: process.pid });
  child.kill("SIGKILL");
  await child.exited;
  expect(psTable.find(child.pid)).toBeUndefined();
});

test("who has no descriptors left for all pipes of a command keeps none of them", async () => {
  const fixture = join(FIXTURES, "starved-spawn.ts");
  const shell = Bun.spawn(["sh", "-c", 'ulimit -n 64 && exec "$0" "$1"', process.execPath, fixture]);
  expect(JSON.parse(await shell.stdout.text())).toEqual({ said: expect.stringContaining("pipe(2) failed"), more: 0 });
});

test("a zombie is nobody", async () => {
  // The shell's child has ended, and the shell does not ask for it while it is stopped.
  const shell = Bun.spawn(["sh", "-c", "sleep 0.05 & echo $!; kill -STOP $$"], { stdout: "pipe" });
  const reader = shell.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await reader.read()).value));
  await waitUntil("it has ended", () => !isRunning(pid));
  for (const [, table] of tables) expect(table.find(pid)).toBeUndefined();
  shell.kill("SIGKILL");
  await shell.exited;
});

test("who has lost its first thread runs on as long as another does", async () => {
  const program = `
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
print("ready", flush=True)
ctypes.CDLL(None).syscall(${process.arch === "arm64" ? 93 : 60}, 0) # _exit(2) of this thread alone`;
  const child = Bun.spawn(["python3", "-c", program], { stdout: "pipe" });
  await child.stdout.getReader().read();
  await waitUntil("its first thread has ended", () => readText(`/proc/${child.pid}/stat`).includes(") Z "));
  expect(procTable.find(child.pid)).toMatchObject({ pid: child.pid, threads: 2 });
  expect(ownDescendants()?.map((one) => one.pid)).toEqual([child.pid]);
  child.kill("SIGKILL");
  await child.exited;
  expect(procTable.find(child.pid)).toBeUndefined();
});

test("children are listed of every thread, also when they are many", async () => {
  const program = `
import os, signal, threading
def start(count):
    for _ in range(count):
        pid = os.fork()
        if pid == 0: signal.pause()
        print(pid, flush=True)
def other(): start(20); done.set(); threading.Event().wait()
done = threading.Event()
threading.Thread(target=other).start()
done.wait(); start(${MANY}); print("ready", flush=True); signal.pause()`;
  const { parent, started } = await startMany(["python3", "-c", program]);
  try {
    const inOrder = (pids: number[] | undefined) => pids?.toSorted((a, b) => a - b);
    expect(started).toHaveLength(MANY + 20);
    expect(inOrder(procTable.childrenOf?.(parent.pid))).toEqual(inOrder(started));
    expect(inOrder(ownDescendants()?.map((one) => one.pid))).toEqual(inOrder([parent.pid, ...started]));
  } finally {
    process.kill(-parent.pid, "SIGKILL");
    await parent.exited;
  }
});

/** Their pids take more than a page. */
const MANY = 800;

test("nobody is missed below this process who loses its parent while it is looked for", async () => {
  const looking = Bun.spawn([process.execPath, join(FIXTURES, "looks-below.ts")], { stdout: "pipe" });
  const { looks, missed } = (await looking.stdout.json()) as { looks: number; missed: number };
  expect([looks > 0, missed]).toEqual([true, 0]);
});

/** Starts a program, in a group of its own, that prints pids and then "ready". */
async function startMany(argv: string[]): Promise<{ parent: Bun.Subprocess; started: number[] }> {
  const parent = Bun.spawn(argv, { stdout: "pipe", detached: true });
  const reader = parent.stdout.getReader();
  let printed = "";
  while (!printed.includes("ready\n")) printed += new TextDecoder().decode((await reader.read()).value);
  return {
    parent,
    started: printed
      .split("\n")
      .map(Number)
      .filter((pid) => pid > 0),
  };
}

test("descendants are found at any depth, and a group by its leader", async () => {
  const shell = Bun.spawn(["sh", "-c", "sh -c 'sleep 60 & wait' & wait"], { detached: true });
  const found = await waitUntil("the tree stands", () => {
    const below = descendantsOf(shell.pid);
    return below.length === 2 && below;
  });
  const members = processesOf(newTaskId(), shell.pid).map((one) => one.pid);
  expect(new Set(members)).toEqual(new Set([shell.pid, ...found.map((one) => one.pid)]));
  const { survivors } = await terminate(
    () => processesOf(newTaskId(), shell.pid),
    shell.pid,
    () => 2_000,
  );
  expect(survivors).toEqual([]);
  expect(found.some((one) => isRunning(one.pid))).toBe(false);
  await shell.exited;
});
