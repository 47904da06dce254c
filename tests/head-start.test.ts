// A command begins while its supervisor is still being loaded: what nobody may notice of it, and what becomes of it when one of those who
// know of it dies or is stopped in that very moment, for which there is the build with kill points.

import { beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SUPERVISE_VERB } from "../src/process/tree.ts";
import { openStore } from "../src/store/open.ts";
import {
  BINARY,
  FIXTURES,
  isRunning,
  kill,
  newHome,
  parentOf,
  processesWith,
  readText,
  waitUntil,
} from "./helpers/home.ts";
import { buildKillPoints, dieAt, openMortal, untilNoSlotIsHeld } from "./helpers/kill-points.ts";
import { Server, type Shown } from "./helpers/server.ts";

beforeAll(buildKillPoints, 60_000);

const ONE_SLOT = { BACKBURNER_MAX_TASKS: "1" };
const marked = ({ task_id }: Shown) => processesWith(`BACKBURNER_TASK_ID=${task_id}`);

/** The next supervisor of the home is stopped, or killed, before it claims its task. `begun` tells that the command runs all the same. */
async function startUnclaimed(command: string, signal: "SIGSTOP" | "SIGKILL") {
  const home = newHome();
  const server = await openMortal(home, ONE_SLOT);
  dieAt(home, "supervisor: before claim", signal);
  const task = await server.start(`echo begun >> '${home}/seen'; ${command}`);
  const seen = () => readText(join(home, "seen"));
  await waitUntil("the command has begun", () => seen() === "begun\n");
  await waitUntil("its supervisor is there", () => !existsSync(join(home, "die-at")));
  return { home, server, task, seen };
}

const isSupervisor = (pid: number) => readText(`/proc/${pid}/cmdline`).includes(`\0${SUPERVISE_VERB}\0`);

function goOn(task: Shown): void {
  kill(parentOf(marked(task)[0] ?? 0), "SIGCONT");
}

test("a command runs before its supervisor is up, and prints from then on, both streams in their order", async () => {
  const command = "for i in 1 2 3; do echo out $i; sleep 0.02; echo err $i >&2; sleep 0.02; done; exit 3";
  const { home, server, task } = await startUnclaimed(command, "SIGSTOP");
  const [pid = 0] = marked(task);
  await waitUntil("it waits until it may print", () => readText(`/proc/${pid}/wchan`).includes("pipe_write"));
  expect(await server.status(task.task_id)).toMatchObject({ status: "queued" });
  goOn(task);
  expect(await server.ended(task.task_id)).toMatchObject([
    { status: "failed", exit_code: 3, pid, output: "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n" },
  ]);
  await untilNoSlotIsHeld(home);
  await server.close();
});

const SURROUNDINGS = `
  env | grep -v ^BACKBURNER_TASK_ID | sort; pwd; umask; ulimit -a; cat /proc/$$/oom_score_adj
  grep -E 'SigBlk|SigIgn|SigCgt|NoNewPrivs|Seccomp:' /proc/self/status
  for fd in /proc/$$/fd/*; do link=$(readlink "$fd") && echo "$fd $link"; done | sed -E 's/.*fd.//; s/[0-9]{3,}/N/g'
  for fd in 0 1 2; do grep flags /proc/$$/fdinfo/$fd; done
  set -- $(sed 's/.*) //' /proc/$$/stat); echo leads: $(($3 == $$)) $(($4 == $$)) terminal: $5 nice: \${16}
  tr '\\0' '\\n' </proc/$PPID/cmdline | grep -c ${SUPERVISE_VERB}; readlink -f /proc/$PPID/cwd; wc -l </proc/$$/task/$$/children`;

test("it finds all as one that its supervisor starts", async () => {
  const home = newHome();
  const env = { "with.dot": "a=b\nc", UMLAUT: "ä", EMPTY: "" };
  const surroundings = async (shell: string) => {
    const server = await Server.open(home, { ...env, BACKBURNER_SHELL: shell });
    const { output } = await server.run(SURROUNDINGS, { cwd: "/usr" });
    await server.close();
    return output?.replaceAll(/^(BACKBURNER_SHELL|_)=.*/gm, "");
  };
  const bash = Bun.which("bash") ?? "";
  const [ahead, after] = [await surroundings(`${bash} -c`), await surroundings("bash -c")];
  expect(ahead).toContain("leads: 1 1");
  expect(ahead).toContain("UMLAUT=ä");
  expect(ahead).toEqual(after);
});

test("when both streams are silent, or full of it, all of it arrives", async () => {
  const server = await Server.open(newHome());
  const big = await server.run("head -c 300000 /dev/zero | tr '\\0' x; head -c 300000 /dev/zero | tr '\\0' y >&2");
  expect(big).toMatchObject({ status: "completed", output_bytes: 600_000 });
  const log = readText((await server.call<{ log_path: string }>("task_result", { task_id: big.task_id })).log_path);
  expect(log).toMatch(/^x+y+$/);
  expect(await server.run("exec >&- 2>&-; sleep 0.1; exit 6")).toMatchObject({ exit_code: 6, output: "" });
  await server.close();
});

test("who loses its parent before the supervisor is up is the task's all the same", async () => {
  const pids = join(newHome(), "pids");
  mkdirSync(pids, { recursive: true });
  const { server, task } = await startUnclaimed(`exec sh '${FIXTURES}/four-children.sh' '${pids}' polite`, "SIGSTOP");
  const children = await waitUntil("four children run", () => {
    const found = readdirSync(pids).map((name) => Number(readText(join(pids, name))));
    return found.length === 4 && found.every((pid) => pid > 0 && isRunning(pid)) && found;
  });
  goOn(task);
  expect(await server.cancel(task.task_id)).toMatchObject({ status: "cancelled" });
  expect(children.filter(isRunning)).toEqual([]);
  await server.close();
});

test("its supervisor is killed as it is loaded: interrupted within moments, nothing is left, and it is not begun again", async () => {
  const { home, server, task, seen } = await startUnclaimed("(setsid sleep 61 &); sleep 62", "SIGKILL");
  const next = await server.start("echo next");
  const [one, two] = await server.ended(task.task_id, next.task_id);
  expect(one).toMatchObject({
    status: "interrupted",
    reason: "its supervisor died; how the command ended is not known",
    started_at: expect.any(String),
  });
  expect(two).toMatchObject({ status: "completed", output: "next\n" });
  expect(marked(task)).toEqual([]);
  expect(seen()).toBe("begun\n");
  await untilNoSlotIsHeld(home);
  await server.close();
});

test("its supervisor is slow to come: it is waited for, and the command is begun once", async () => {
  const { home, server, task, seen } = await startUnclaimed("exit 5", "SIGSTOP");
  const other = await Server.open(home, ONE_SLOT);
  for (let times = 1; times <= 2; times += 1) {
    openStore(home).run("UPDATE tasks SET reserved_at_ms = reserved_at_ms - 15000");
    expect(await other.call("list_tasks")).toMatchObject({ tasks: [{ status: "queued" }] });
  }
  const supervisors = processesWith(`BACKBURNER_HOME=${home}`).filter(isSupervisor);
  expect(supervisors.length).toBe(1);
  for (const pid of supervisors) kill(pid, "SIGCONT");
  expect(await other.ended(task.task_id)).toMatchObject([{ status: "failed", exit_code: 5 }]);
  expect(seen()).toBe("begun\n");
  await Promise.all([server.close(), other.close()]);
});

test("cancelled in its first moment it is dead when that is answered, and the queue goes on", async () => {
  const server = await Server.open(newHome(), ONE_SLOT);
  for (let times = 0; times < 10; times += 1) {
    const task = await server.start("(setsid sleep 61 &); sleep 62");
    expect(await server.cancel(task.task_id)).toMatchObject({ status: "cancelled" });
    expect(marked(task)).toEqual([]);
  }
  expect(await server.run("echo next")).toMatchObject({ output: "next\n" });
  await server.close();
});

test("a command that stops its supervisor before that is up is still cancelled, and what waits for it goes on", async () => {
  const server = await Server.open(newHome(), ONE_SLOT);
  const task = await server.start("kill -STOP $PPID; sleep 79");
  const next = await server.start("echo next");
  await waitUntil("its supervisor is stopped", () => {
    const [pid] = marked(task);
    return pid !== undefined && /^State:\s+T/m.test(readText(`/proc/${parentOf(pid)}/status`));
  });
  expect(await server.cancel(task.task_id)).toMatchObject({ status: "cancelled" });
  expect(marked(task)).toEqual([]);
  expect(await server.ended(next.task_id)).toMatchObject([{ status: "completed", output: "next\n" }]);
  await server.close();
});

test("a command that keeps its supervisor from ever coming up is cancelled, and said to have begun", async () => {
  const server = await Server.open(newHome(), ONE_SLOT);
  const task = await server.start("while kill -STOP $PPID; do :; done");
  await waitUntil("its command runs", () => marked(task).length > 0);
  expect(await server.cancel(task.task_id)).toMatchObject({ status: "cancelled", started_at: expect.any(String) });
  expect(marked(task)).toEqual([]);
  await server.close();
});

test("one that can't be executed says why, and leaves nothing behind", async () => {
  const server = await Server.open(newHome(), { BACKBURNER_SHELL: "/nowhere/sh -c" });
  const [missing] = await server.ended((await server.start("echo never; true")).task_id);
  expect(missing).toMatchObject({ status: "failed", reason: "it could not start: ENOENT (shell: /nowhere/sh -c)" });
  expect(missing?.exit_code).toBeUndefined();
  await server.close();
  const other = await Server.open(newHome());
  const env = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`LARGE${at}`, "x".repeat(120_000)]));
  const [large] = await other.ended((await other.start("echo never; true", { env })).task_id);
  expect(large?.reason).toMatch(/^it could not start: E2BIG/);
  await other.close();
});

test("where whoever starts it ignores the ends of children, its own is seen all the same", async () => {
  const home = newHome();
  const ignoring =
    "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])";
  const codes = Array.from({ length: 10 }, async (_, code) => {
    const argv = ["python3", "-c", ignoring, BINARY, "start", "--wait", "--", `exit ${code}`];
    return Bun.spawn(argv, { env: { ...process.env, BACKBURNER_HOME: home }, stdio: ["ignore", "ignore", "ignore"] })
      .exited;
  });
  expect(await Promise.all(codes)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const starting = Bun.spawn(["python3", "-c", ignoring, BINARY, "start", "--wait", "--", "sleep 0.4"], {
    env: { ...process.env, BACKBURNER_HOME: home },
    stdio: ["ignore", "ignore", "ignore"],
  });
  const supervisors = new Set<number>();
  while (starting.exitCode === null) {
    for (const pid of processesWith(`BACKBURNER_HOME=${home}`)) if (isSupervisor(pid)) supervisors.add(pid);
    await Bun.sleep(5);
  }
  expect([starting.exitCode, supervisors.size]).toEqual([0, 1]);
});

test("a command that enlarges its pipe before anybody reads it loses nothing of what it prints then", async () => {
  const enlarges =
    "import fcntl, sys; fcntl.fcntl(1, 1031, 1 << 20); print('first'); sys.stdout.flush(); print('last')";
  const { home, server, task } = await startUnclaimed(`python3 -c "${enlarges}"`, "SIGSTOP");
  await waitUntil("it has printed and ended", () => marked(task).every((pid) => !isRunning(pid)));
  for (const pid of processesWith(`BACKBURNER_HOME=${home}`)) kill(pid, "SIGCONT");
  expect(await server.ended(task.task_id)).toMatchObject([{ status: "completed", output: "first\nlast\n" }]);
  await server.close();
});

test("a burst of starts, many of them under way at once, leaves its server alive and every task at its end", async () => {
  const server = await Server.open(newHome(), { BACKBURNER_MAX_TASKS: "4" });
  const tasks = [];
  for (let times = 0; times < 500; times += 1) tasks.push((await server.start("true")).task_id);
  const ended = await server.ended(...tasks);
  expect(ended.filter(({ status }) => status !== "completed")).toEqual([]);
  await server.close();
});

test("a server that is killed right after its reply has started it for good", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { task_id } = await server.start("sleep 0.2; echo survived; exit 42");
  await server.kill();
  const other = await Server.open(home);
  expect(await other.ended(task_id)).toMatchObject([{ status: "failed", exit_code: 42, output: "survived\n" }]);
  await other.close();
});

test("a server that has started many keeps no descriptor, thread or child of them, and no file where Bun keeps its own", async () => {
  const temporary = newHome();
  const server = await Server.open(newHome(), { TMPDIR: temporary, BACKBURNER_MAX_TASKS: "100" });
  const figures = () => ({
    descriptors: readdirSync(`/proc/${server.pid}/fd`).length,
    threads: readdirSync(`/proc/${server.pid}/task`).length,
    children: readText(`/proc/${server.pid}/task/${server.pid}/children`),
  });
  const startMany = async () => {
    await Promise.all(Array.from({ length: 40 }, () => server.run("sleep 0")));
    await Bun.sleep(100);
  };
  await startMany();
  const before = figures();
  await startMany();
  const after = figures();
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 5);
  expect(after.threads).toBeLessThanOrEqual(before.threads + 2);
  expect(after.children).toBe("");
  expect(readdirSync(temporary)).toEqual([]);
  await server.close();
});
