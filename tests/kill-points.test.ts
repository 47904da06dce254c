// Killed exactly before and after each durable step: what the next reader sees, what became of the processes, the slot and the
// queue, and that whoever waited was told.

import { beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KillPoint } from "../src/kill-points.ts";
import { SUPERVISE_VERB } from "../src/process/tree.ts";
import { openStore } from "../src/store/open.ts";
import { spawnCli } from "./helpers/cli.ts";
import { BINARY, kill, newHome, processesWith, readText, waitUntil } from "./helpers/home.ts";
import {
  buildKillPoints,
  dieAt,
  KILL_POINTS_BINARY,
  openMortal,
  slotsHeld,
  untilNoSlotIsHeld,
} from "./helpers/kill-points.ts";
import { Server, type Shown } from "./helpers/server.ts";

beforeAll(buildKillPoints, 60_000);

const ONE_SLOT = { BACKBURNER_MAX_TASKS: "1" };
/** A shell that has to be looked for: its supervisor starts the command, once it is up. */
const BY_SUPERVISOR = { BACKBURNER_SHELL: "bash -c" };
const died = (home: string) => waitUntil("the point is reached", () => !existsSync(join(home, "die-at")));

/** A socket and a FIFO that nobody holds may stay in the directory of a task whose end was recorded before the supervisor died, and what told of the end of one that nobody had claimed. */
const KEPT = /^(task\.json|output\..*|ctl|hold|ended)$/;

interface Seen {
  first: Shown;
  second: Shown;
  output: string | undefined;
  ran: string;
}

/**
 * One slot, a task that runs `command` (which can say where it is in `$SEEN`) and one behind it. Its supervisor dies at the point.
 * A wait of another server must be answered; after that no process, slot or environment of either is left.
 */
async function killAt(point: KillPoint, command: string, env: Record<string, string> = {}): Promise<Seen> {
  const home = newHome();
  const server = await openMortal(home, { ...ONE_SLOT, ...env, SEEN: join(home, "seen") });
  const other = await Server.open(home, ONE_SLOT);
  dieAt(home, point);
  const first = await server.start(`echo ran >> "$SEEN"; until [ -e '${home}/go' ]; do sleep 0.01; done; ${command}`);
  const second = await server.start("echo second");
  const waiting = other.ended(first.task_id, second.task_id);
  await Bun.write(join(home, "go"), "");
  await died(home);
  if (point === "supervisor: before claim" && env === BY_SUPERVISOR) {
    overdue(home);
    await other.call("list_tasks");
  }
  const [firstSeen, secondSeen] = (await waiting) as [Shown, Shown];
  expect(processesWith(`BACKBURNER_TASK_ID=${first.task_id}`)).toEqual([]);
  for (const { task_id } of [first, second]) {
    const files = () => readdirSync(join(home, "tasks", task_id)).filter((name) => !KEPT.test(name));
    await waitUntil(`nothing but output and the card are left, not ${files().join()}`, () => files().length === 0);
  }
  await untilNoSlotIsHeld(home);
  const { output } = await other.call("task_result", { task_id: first.task_id });
  await Promise.all([server.close(), other.close()]);
  return { first: firstSeen, second: secondSeen, output, ran: readText(join(home, "seen")) };
}

/** Pids of the supervisors that live; between the point and the death there is a moment. */
function supervisorsOf(home: string): number[] {
  const isSupervisor = (pid: number) => readText(`/proc/${pid}/cmdline`).includes(`\0${SUPERVISE_VERB}\0`);
  return processesWith(`BACKBURNER_HOME=${home}`).filter(isSupervisor);
}

/** As if the launch had been longer ago than any takes. */
function overdue(home: string): void {
  openStore(home).run("UPDATE tasks SET reserved_at_ms = reserved_at_ms - 60000 WHERE slot = 1 AND status = 'queued'");
}

const INTERRUPTED = { status: "interrupted", reason: "its supervisor died; how the command ended is not known" };
/** Prints, and stays with a child that has left the group and one that does not hear SIGTERM. */
const STAYS = `echo out; (setsid sleep 61 &) ; (trap '' TERM; sleep 62; sleep 63) & sleep 64`;
const ENDS = "echo out; exit 3";

test("before the claim: another supervisor is sent, and the command runs once, to its true end", async () => {
  const { first, second, output, ran } = await killAt("supervisor: before claim", ENDS, BY_SUPERVISOR);
  expect(first).toMatchObject({ status: "failed", exit_code: 3 });
  expect({ output, ran }).toEqual({ output: "out\n", ran: "ran\n" });
  expect(second.status).toBe("completed");
}, 30_000);

test.each(["supervisor: after claim", "supervisor: before spawn"] as const)(
  "%s: it is interrupted, its command never ran, and the queue goes on",
  async (point) => {
    const { first, second, output, ran } = await killAt(point, ENDS, BY_SUPERVISOR);
    expect(first).toMatchObject(INTERRUPTED);
    expect(first.exit_code).toBeUndefined();
    expect({ output, ran }).toEqual({ output: "", ran: "" });
    expect(second.status).toBe("completed");
  },
  30_000,
);

test.each(["supervisor: before claim", "supervisor: after claim", "supervisor: before spawn"] as const)(
  "%s, of a command that had begun by then: it is interrupted, its whole tree is gone, and it does not run again",
  async (point) => {
    const { first, second, output, ran } = await killAt(point, STAYS);
    expect(first).toMatchObject(INTERRUPTED);
    expect(output).toBe("");
    expect(["", "ran\n"]).toContain(ran); // it may have been at its first line
    expect(second.status).toBe("completed");
  },
  30_000,
);

test.each(["supervisor: after spawn", "supervisor: before first byte"] as const)(
  "%s: it is interrupted without output, and its whole tree is gone",
  async (point) => {
    const { first, second, output } = await killAt(point, STAYS);
    expect(first).toMatchObject(INTERRUPTED);
    expect(output).toBe("");
    expect(second.status).toBe("completed");
  },
  30_000,
);

test("after the first byte: it is interrupted with that byte in its output, and its whole tree is gone", async () => {
  const { first, second, output, ran } = await killAt("supervisor: after first byte", STAYS);
  expect(first).toMatchObject(INTERRUPTED);
  expect({ output, ran }).toEqual({ output: "out\n", ran: "ran\n" });
  expect(second.status).toBe("completed");
}, 30_000);

test.each(["supervisor: before end", "supervisor: after end", "supervisor: before record"] as const)(
  "%s: an exit code that nobody recorded is not guessed: interrupted, with all output that was read",
  async (point) => {
    const { first, second, output } = await killAt(point, `echo out; sleep 0.3; exit 3`);
    expect(first).toMatchObject(INTERRUPTED);
    expect(first.exit_code).toBeUndefined();
    expect(output).toBe("out\n");
    expect(second.status).toBe("completed");
  },
  30_000,
);

test("before the next claim, in the same transaction: nothing of it took place, the next one is still in the queue and runs", async () => {
  const { first, second } = await killAt("supervisor: before next claim", ENDS);
  expect(first).toMatchObject(INTERRUPTED);
  expect(second).toMatchObject({ status: "completed", exit_code: 0 });
}, 30_000);

test.each(["supervisor: after record", "supervisor: after next claim"] as const)(
  "%s: the end stands and its waiters are told, and the next, which was claimed with it, is interrupted",
  async (point) => {
    const { first, second, output } = await killAt(point, ENDS);
    expect(first).toMatchObject({ status: "failed", exit_code: 3 });
    expect(output).toBe("out\n");
    expect(second).toMatchObject(INTERRUPTED);
  },
  30_000,
);

test("after the record, with nothing in the queue: the end stands, and its waiters are told", async () => {
  const home = newHome();
  const server = await openMortal(home);
  dieAt(home, "supervisor: after record");
  const { task_id } = await server.start("sleep 0.3; exit 3");
  expect(await server.ended(task_id)).toMatchObject([{ status: "failed", exit_code: 3 }]);
  await died(home);
  await untilNoSlotIsHeld(home);
  expect(await server.run("true")).toMatchObject({ status: "completed" });
  await server.close();
}, 30_000);

test("at the end of a queue, with its slot kept: the end stands, and who comes next gets the slot and runs", async () => {
  const home = newHome();
  const starting = await openMortal(home, ONE_SLOT);
  dieAt(home, "supervisor: before it gives its slot back");
  const { task_id } = await starting.start(`until [ -e '${home}/go' ]; do sleep 0.01; done; exit 3`);
  await starting.close(); // it looks for dead supervisors soon after a start, and would take the slot back
  await Bun.write(join(home, "go"), "");
  await died(home);
  await waitUntil("its supervisor is dead", () => supervisorsOf(home).length === 0);
  expect(slotsHeld(home)).toBe(1);
  const server = await Server.open(home, ONE_SLOT);
  const next = await server.start("echo next");
  expect(await server.ended(task_id, next.task_id)).toMatchObject([
    { status: "failed", exit_code: 3 },
    { status: "completed", output: "next\n" },
  ]);
  await untilNoSlotIsHeld(home);
  expect(existsSync(join(home, "tasks", task_id, "ctl"))).toBe(false);
  await server.close();
}, 30_000);

test("at the end of a queue, with the store damaged meanwhile: the supervisor leaves, and a reader sees to the rest", async () => {
  const home = newHome();
  const server = await openMortal(home, ONE_SLOT);
  dieAt(home, "supervisor: before it gives its slot back", "SIGSTOP");
  await server.start("true");
  await died(home);
  await server.close();
  for (const name of ["backburner.db-wal", "backburner.db-shm"]) rmSync(join(home, name), { force: true });
  writeFileSync(join(home, "backburner.db"), "no database".repeat(1_000));
  for (const pid of supervisorsOf(home)) kill(pid, "SIGCONT");
  await waitUntil("the supervisor has left", () => supervisorsOf(home).length === 0);
  const other = await Server.open(home, ONE_SLOT);
  expect(await other.run("echo next")).toMatchObject({ status: "completed", output: "next\n" });
  await other.close();
}, 30_000);

test("a supervisor that is stopped with its slot kept: who waits takes that back, and it leaves when it goes on", async () => {
  const home = newHome();
  const server = await openMortal(home, ONE_SLOT);
  dieAt(home, "supervisor: before it gives its slot back", "SIGSTOP");
  await server.start("true");
  await died(home);
  const next = await server.start("echo next"); // nobody else looks
  expect(await server.ended(next.task_id)).toMatchObject([{ status: "completed", output: "next\n" }]);
  for (const pid of supervisorsOf(home)) kill(pid, "SIGCONT");
  await waitUntil("every supervisor has left", () => supervisorsOf(home).length === 0);
  await untilNoSlotIsHeld(home);
  await server.close();
}, 30_000);

test("a server that dies before the insert has started nothing, and one that dies after it has", async () => {
  for (const [point, rows] of [
    ["start: before insert", 0],
    ["start: after insert", 1],
  ] as const) {
    const home = newHome();
    const server = await openMortal(home, ONE_SLOT);
    dieAt(home, point);
    server.askTool("start_task", { command: `echo ran >> '${home}/seen'` });
    await died(home);
    const other = await Server.open(home, ONE_SLOT);
    const behind = await other.start("echo behind");
    expect(await other.call("list_tasks")).toMatchObject({ total: rows + 1 });
    overdue(home);
    expect(await other.ended(behind.task_id)).toMatchObject([{ status: "completed" }]);
    expect(readText(join(home, "seen"))).toBe("ran\n".repeat(rows));
    await untilNoSlotIsHeld(home);
    await other.close();
  }
}, 30_000);

test("a CLI that dies in start after the insert: the task is there, and runs for whoever looks next", async () => {
  const home = newHome();
  dieAt(home, "start: after insert");
  const start = Bun.spawn([KILL_POINTS_BINARY, "start", "--name", "orphan", "--", "exit 7"], {
    env: { ...process.env, BACKBURNER_HOME: home },
    stdout: "pipe",
  });
  await start.exited;
  expect({ signal: start.signalCode, said: await start.stdout.text() }).toEqual({ signal: "SIGKILL", said: "" });
  overdue(home);
  expect(await spawnCli(home, ["wait", "orphan"]).exited).toBe(7);
}, 30_000);

test("a command that is between fork and exec when its supervisor dies is ended as well", async () => {
  const home = newHome();
  const server = await openMortal(home, ONE_SLOT);
  const blocker = await server.start(`until [ -e '${home}/go' ]; do sleep 0.01; done`);
  const { task_id } = await server.start("true");
  // What such a command looks like: its supervisor's argv and environment, and one thread. This one takes its time.
  const birth = `
import os, time
open("${home}/unborn", "w")
while not os.path.exists("${home}/birth"): time.sleep(0.01)
os.environ["BACKBURNER_TASK_ID"] = "${task_id}"
os.execlp("sleep", "sleep", "67")`;
  const unborn = Bun.spawn(["python3", "-c", birth, "__supervise", task_id], {
    env: { ...process.env, BACKBURNER_HOME: home },
    detached: true,
  });
  await waitUntil("it is there", () => existsSync(join(home, "unborn")));
  dieAt(home, "supervisor: after next claim");
  await Bun.write(join(home, "go"), "");
  await died(home);
  const waiting = server.ended(blocker.task_id, task_id);
  await Bun.sleep(200);
  await Bun.write(join(home, "birth"), "");
  expect(await waiting).toMatchObject([{ status: "completed" }, INTERRUPTED]);
  expect(await Promise.race([unborn.exited, Bun.sleep(10_000)])).toBe(143); // SIGTERM
  await server.close();
}, 30_000);

test("the shell that sends the supervisor is killed: another is sent, and the command runs once", async () => {
  const home = newHome();
  const server = await openMortal(home, BY_SUPERVISOR);
  dieAt(home, "launch: the shell in between");
  const { task_id } = await server.start(`echo ran >> '${home}/seen'; exit 4`);
  await died(home);
  overdue(home);
  expect(await server.ended(task_id)).toMatchObject([{ status: "failed", exit_code: 4 }]);
  expect(readText(join(home, "seen"))).toBe("ran\n");
  await server.close();
}, 30_000);

test.each(["start: after insert", "launch: the shell in between", "supervisor: before claim"] as const)(
  "%s: who is stopped there for long is not waited for, and when it goes on the command is not run again",
  async (point) => {
    const home = newHome();
    const server = await openMortal(home, BY_SUPERVISOR);
    const other = await Server.open(home, BY_SUPERVISOR);
    dieAt(home, point, "SIGSTOP");
    const starting = server.start(`echo ran >> '${home}/seen'; exit 5`);
    await died(home);
    overdue(home);
    const [task] = (await other.call<{ tasks: Shown[] }>("list_tasks")).tasks;
    expect(await other.ended(task?.task_id ?? "")).toMatchObject([{ status: "failed", exit_code: 5 }]);
    for (const pid of processesWith(`BACKBURNER_HOME=${home}`)) kill(pid, "SIGCONT");
    expect((await starting).task_id).toBe(task?.task_id ?? "");
    await Promise.all([server.close(), other.close()]);
    await waitUntil("everybody has left", () => processesWith(`BACKBURNER_HOME=${home}`).length === 0);
    expect(readText(join(home, "seen"))).toBe("ran\n");
    await untilNoSlotIsHeld(home);
  },
  30_000,
);

test.each(["reader: before interrupted", "reader: after interrupted"] as const)(
  "%s: who finds a dead supervisor dies as well: the next reader ends the tree, and whoever waits in the queue is told",
  async (point) => {
    const home = newHome();
    const server = await openMortal(home, ONE_SLOT);
    const first = await server.start(`until [ -e '${home}/go' ]; do sleep 0.01; done; ${STAYS}`);
    const second = await server.start("echo second");
    await server.close(); // it looks for dead supervisors soon after a start, and must not be the one to find it
    dieAt(home, "supervisor: after first byte");
    await Bun.write(join(home, "go"), "");
    await died(home);
    await waitUntil("its supervisor is dead", () => supervisorsOf(home).length === 0);
    const mortal = await openMortal(home, ONE_SLOT);
    const other = await Server.open(home, ONE_SLOT);
    dieAt(home, point);
    mortal.askTool("task_status", { task_id: first.task_id });
    await died(home);
    overdue(home);
    const [one, two] = await other.ended(first.task_id, second.task_id);
    expect(one).toMatchObject(INTERRUPTED);
    expect(two).toMatchObject({ status: "completed" });
    expect(processesWith(`BACKBURNER_TASK_ID=${first.task_id}`)).toEqual([]);
    await untilNoSlotIsHeld(home);
    await other.close();
  },
  30_000,
);

test("who cancels a queued task dies before: it is still queued", async () => {
  const { home, server, other, blocker, queued, mortal } = await withQueued();
  dieAt(home, "cancel: before it ends a queued task");
  mortal.askTool("cancel_task", { task_id: queued.task_id });
  await died(home);
  expect(await other.status(queued.task_id)).toMatchObject({ status: "queued" });
  await other.cancel(blocker.task_id);
  expect(await other.ended(queued.task_id)).toMatchObject([{ status: "completed" }]);
  await Promise.all([server.close(), other.close()]);
}, 30_000);

test("who cancels a queued task dies after: it is cancelled, whoever waits is told, and its environment is gone", async () => {
  const { home, server, other, blocker, queued, mortal } = await withQueued();
  const waiting = other.ended(queued.task_id);
  dieAt(home, "cancel: after it ended a queued task");
  mortal.askTool("cancel_task", { task_id: queued.task_id });
  await died(home);
  expect(await waiting).toMatchObject([{ status: "cancelled" }]);
  expect(existsSync(join(home, "tasks", queued.task_id, "environment"))).toBe(false);
  await other.cancel(blocker.task_id);
  await Promise.all([server.close(), other.close()]);
}, 30_000);

async function withQueued() {
  const home = newHome();
  const server = await openMortal(home, ONE_SLOT);
  const other = await Server.open(home, ONE_SLOT);
  const mortal = await openMortal(home, ONE_SLOT);
  const blocker = await server.start("sleep 60");
  const queued = await server.start("true");
  return { home, server, other, mortal, blocker, queued };
}

/** What only the build with kill points may hold. The last is in both: the search finds what there is. */
test("the product holds nothing of the kill points", async () => {
  const needles = ["die-at", "supervisor: before claim", "start: after insert", "reader: after interrupted"];
  const found = async (binary: string) => {
    const bytes = Buffer.from(await Bun.file(binary).arrayBuffer());
    return [...needles, "its supervisor died"].map((needle) => bytes.includes(needle));
  };
  expect(await found(KILL_POINTS_BINARY)).toEqual([true, true, true, true, true]);
  expect(await found(BINARY)).toEqual([false, false, false, false, true]);
}, 30_000);

test("the product's bundle is byte for byte what it is without the calls and the ways of other systems", async () => {
  const bundle = async (kind: "product" | "kill-points", withCalls: boolean) => {
    const strip = {
      name: "without the calls",
      setup(build: Bun.PluginBuilder) {
        build.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
          const source = await Bun.file(path).text();
          const stripped = source
            .replaceAll(/^ *if \(process\.env\.BACKBURNER_BUILD === [^\n]*\n|^import \{ dieAt \}[^\n]*\n/gm, "")
            .replaceAll(/process\.env\.BACKBURNER_BUILD ([=!])== "mac-paths"/g, (_, sign) => String(sign === "!"));
          if (stripped.includes("BACKBURNER_BUILD") && !path.endsWith("kill-points.ts"))
            throw new Error(`not stripped: ${path}`);
          return { contents: stripped, loader: "ts" as const };
        });
      },
    };
    const built = await Bun.build({
      entrypoints: [join(import.meta.dir, "../src/main.ts")],
      target: "bun",
      minify: { syntax: true, whitespace: true }, // identifiers get their short names by the count of all names
      splitting: true,
      define: { "process.env.BACKBURNER_BUILD": JSON.stringify(kind) },
      plugins: withCalls ? [] : [strip],
    });
    const files = await Promise.all(built.outputs.map((output) => output.text()));
    return files.map((text) => text.replaceAll(/chunk-\w+/g, "chunk")).toSorted();
  };
  const [product, without, mortal] = await Promise.all([
    bundle("product", true),
    bundle("product", false),
    bundle("kill-points", true),
  ]);
  expect(product.length).toBeGreaterThan(3);
  expect([without.join("\n") === product.join("\n"), mortal.join("\n") === product.join("\n")]).toEqual([true, false]);
});
