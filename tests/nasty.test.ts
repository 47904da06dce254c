// Commands that do what no command should: to their supervisor, to themselves, to their descriptors, to their number.

import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isRunning, newHome, parentOf, processesWith, readText, waitUntil } from "./helpers/home.ts";
import { Server, type Shown } from "./helpers/server.ts";

const marked = (task: Shown) => processesWith(`BACKBURNER_TASK_ID=${task.task_id}`);
const logOf = (home: string, task: Shown) => join(home, "tasks", task.task_id, "output.log");

test("a command that kills its supervisor is interrupted, and nothing of it is left", async () => {
  const server = await Server.open(newHome());
  const task = await server.start("sleep 61 & kill -9 $PPID; sleep 62");
  const [ended] = await server.ended(task.task_id);
  expect(ended).toMatchObject({
    status: "interrupted",
    reason: "its supervisor died; how the command ended is not known",
  });
  expect(marked(task)).toEqual([]);
  expect(await server.run("echo next")).toMatchObject({ status: "completed", output: "next\n" });
  await server.close();
});

test("a command that kills its own process group has failed with that signal, and its supervisor goes on", async () => {
  const server = await Server.open(newHome(), { BACKBURNER_MAX_TASKS: "1" });
  const task = await server.start("echo before; sleep 61 & kill -9 0");
  const next = await server.start("echo next");
  expect(await server.ended(task.task_id, next.task_id)).toMatchObject([
    { status: "failed", signal: "SIGKILL", output: "before\n" },
    { status: "completed", output: "next\n" },
  ]);
  expect(marked(task)).toEqual([]);
  await server.close();
});

test("a command that closes its output, or all of its descriptors, has ended only when it has ended", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const goes = `until [ -e '${home}/go' ]; do sleep 0.02; done`;
  const closed = await server.start(`echo before; exec <&- >&- 2>&-; ${goes}; exit 3`);
  const python = `import os, time
os.write(1, b"before\\n")
os.closerange(0, 1024)
while not os.path.exists("${home}/go"): time.sleep(0.02)
os._exit(4)`;
  const all = await server.start(`exec python3 -c '${python}'`);
  for (const { task_id } of [closed, all]) {
    await waitUntil("it has printed", async () => (await server.status(task_id)).output_bytes === 7);
    expect(await server.status(task_id)).toMatchObject({ status: "working" });
  }
  await Bun.write(join(home, "go"), "");
  expect(await server.ended(closed.task_id, all.task_id)).toMatchObject([
    { status: "failed", exit_code: 3, output: "before\n" },
    { status: "failed", exit_code: 4, output: "before\n" },
  ]);
  await server.close();
});

test("a command that reads its own output from its start loses nothing of what it prints then", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const reads = "dd if=/dev/stdout of=/dev/null bs=64k count=1 iflag=nonblock 2>/dev/null";
  const task = await server.start(`${reads}; echo hi; until [ -e '${home}/go' ]; do sleep 0.02; done; echo there`);
  await waitUntil("what it has printed is there", async () => (await server.status(task.task_id)).output_bytes);
  await Bun.write(join(home, "go"), "");
  expect(await server.ended(task.task_id)).toMatchObject([{ status: "completed", output: "hi\nthere\n" }]);
  await server.close();
});

test("a command that is stopped as it wants to be traced has not ended", async () => {
  const server = await Server.open(newHome());
  const code =
    "import ctypes, os; print(1, flush=True); ctypes.CDLL(None).ptrace(0, 0, 0, 0); os.kill(os.getpid(), 10)";
  const task = await server.start(`exec python3 -c '${code}'`);
  const { pid } = await waitUntil("it is stopped", async () => {
    const now = await server.status(task.task_id);
    return now.pid !== undefined && / t /.test(readText(`/proc/${now.pid}/stat`)) && { pid: now.pid };
  });
  expect(await server.status(task.task_id)).toMatchObject({ status: "working", pid });
  expect(await server.cancel(task.task_id, 0.1)).toMatchObject({ status: "cancelled", signal: "SIGKILL" });
  await server.close();
});

test("a command whose children read its own output beside us lives on, and its supervisor leaves at its end", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const thieves = "for i in 1 2 3; do dd if=/dev/stdout of=/dev/null bs=1M 2>/dev/null & done";
  const task = await server.start(
    `yes & yes & ${thieves}; sleep 1.5; kill $(jobs -p); wait; echo MARK >>'${home}/end'`,
  );
  const { pid } = await waitUntil("it runs", async () => {
    const now = await server.status(task.task_id);
    return now.pid !== undefined && { pid: now.pid };
  });
  const supervisor = parentOf(pid);
  expect(await server.ended(task.task_id)).toMatchObject([{ status: "completed", exit_code: 0 }]);
  expect(readText(join(home, "end"))).toBe("MARK\n");
  await waitUntil("the supervisor has left", () => !isRunning(supervisor));
  await server.close();
});

test("a storm of 500 children is ended as a whole, also those that are just being born and hear no SIGTERM", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const storm = `trap '' TERM; for i in $(seq 500); do (trap '' TERM; echo >>'${home}/born'; exec sleep 63) & done; wait`;
  const task = await server.start(storm);
  await waitUntil("the storm is under way", () => readText(join(home, "born")).length > 100);
  const cancelled = await server.cancel(task.task_id, 0.2);
  expect(cancelled).toMatchObject({ status: "cancelled", signal: "SIGKILL" });
  expect(cancelled.survivors).toBeUndefined();
  expect(marked(task)).toEqual([]);
  await server.close();
});

test("500 children in sessions of their own, all standing, end when their task is cancelled", async () => {
  const server = await Server.open(newHome());
  const task = await server.start("for i in $(seq 500); do setsid sleep 63 & done; wait");
  await waitUntil("all stand", () => marked(task).length > 500);
  const cancelled = await server.cancel(task.task_id, 5);
  expect(cancelled).toMatchObject({ status: "cancelled", signal: "SIGTERM" });
  expect(cancelled.survivors).toBeUndefined();
  expect(marked(task)).toEqual([]);
  await server.close();
});

test("a stopped tree is ended by cancel, and ends by SIGTERM", async () => {
  const server = await Server.open(newHome());
  const task = await server.start("sleep 64 & (setsid sleep 65 & echo $!; wait) & sleep 0.2; kill -STOP 0");
  const stopped = await waitUntil("it is stopped", async () => {
    const { pid } = await server.status(task.task_id);
    return pid && /^State:\s+T/m.test(readText(`/proc/${pid}/status`)) && pid;
  });
  expect(marked(task).length).toBeGreaterThan(3);
  expect(await server.cancel(task.task_id, 5)).toMatchObject({ status: "cancelled", signal: "SIGTERM" });
  expect(isRunning(stopped)).toBe(false);
  expect(marked(task)).toEqual([]);
  await server.close();
});

test("a command that stops its supervisor is still cancelled, and so is what waits for it", async () => {
  const server = await Server.open(newHome(), { BACKBURNER_MAX_TASKS: "1" });
  const task = await server.start("sleep 0.2; kill -STOP $PPID; sleep 79");
  const next = await server.start("echo next");
  const supervisor = await waitUntil("its supervisor is stopped", async () => {
    const [pid] = processesWith(`BACKBURNER_TASK_ID=${task.task_id}`);
    const parent = pid === undefined ? 0 : parentOf(pid);
    return parent > 1 && /^State:\s+T/m.test(readText(`/proc/${parent}/status`)) && parent;
  });
  expect(await server.status(task.task_id)).toMatchObject({ status: "working" });
  expect(await server.cancel(task.task_id)).toMatchObject({ status: "cancelled" });
  expect(marked(task)).toEqual([]);
  expect(await server.ended(next.task_id)).toMatchObject([{ status: "completed", output: "next\n" }]);
  expect(supervisor).toBeGreaterThan(1);
  await server.close();
});

test("a task may delete its working directory, and a queued one whose directory went says so", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const cwd = mkdtempSync(join(home, "cwd-"));
  const both = join(home, "both");
  const first = await server.start(`until [ -e '${both}' ]; do sleep 0.02; done; rm -rf "$PWD"; ls; echo $?; exit 5`, {
    cwd,
  });
  const second = await server.start("echo never", { cwd });
  await Bun.write(both, "");
  const [deleter, victim] = await server.ended(first.task_id, second.task_id);
  expect(deleter).toMatchObject({ status: "failed", exit_code: 5, output: "0\n" });
  expect(victim).toMatchObject({ status: "failed", reason: `it could not start: the directory ${cwd} is gone` });
  expect(existsSync(cwd)).toBe(false);
  await server.close();
});

test("binary output is kept byte for byte, and readable all the same", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const task = await server.run(`head -c 3000000 /dev/urandom | tee '${home}/written'`);
  expect(task).toMatchObject({ status: "completed", output_bytes: 3_000_000 });
  expect(readFileSync(logOf(home, task)).equals(readFileSync(join(home, "written")))).toBe(true);
  await server.close();
});

test("20 MB on one line that never ends are kept, and reading them answers with a part", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const task = await server.run("head -c 20000000 /dev/zero | tr '\\0' x; printf '\\rno newline'");
  expect(task).toMatchObject({ status: "completed", output_bytes: 20_000_011, output_total_lines: 1 });
  expect(String(task.output).length).toBeLessThan(40_000);
  expect(String(task.output)).toEndWith("no newline");
  await server.close();
});

test("lines written one by one as fast as it goes all arrive, in order, while the task answers", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const python = 'import os\nfor n in range(500000): os.write(1, b"%d\\n" % n)';
  const task = await server.start(`exec python3 -c '${python}'`);
  let answers = 0;
  for (let now = task; now.status === "queued" || now.status === "working"; answers += 1)
    now = await server.status(task.task_id);
  expect(answers).toBeGreaterThan(1);
  expect(await server.status(task.task_id)).toMatchObject({ status: "completed", output_lines: 500_000 });
  const expected = `${Array.from({ length: 500_000 }, (_, n) => n).join("\n")}\n`;
  expect(readText(logOf(home, task)) === expected).toBe(true);
  await server.close();
});
