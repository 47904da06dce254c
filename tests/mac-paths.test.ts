// The ways of macOS, run on Linux by a build that takes them there (src/process/system.ts): the process table through ps(1), no child
// subreaper, no /proc, sockets whose paths end at 103 bytes. docs/platforms.md says what only a Mac can show.

import { expect, test } from "bun:test";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { cli } from "./helpers/cli.ts";
import { isRunning, kill, newHome, parentOf, processesWith, readText, waitUntil } from "./helpers/home.ts";
import { testLifecycle } from "./helpers/lifecycle.ts";
import { ROOT } from "./helpers/release.ts";
import { Server } from "./helpers/server.ts";

const BUILD = join(ROOT, "dist/mac-paths/backburner");
const build = Bun.spawnSync([process.execPath, "build.ts", "--mac-paths", "--if-missing"], { cwd: ROOT });
if (!build.success) throw new Error(`the build with the ways of macOS failed: ${build.stderr.toString()}`);

async function open(home: string, env: Record<string, string> = {}): Promise<Server> {
  const server = new Server(home, { env, binary: BUILD });
  await server.shakeHands();
  return server;
}

testLifecycle({ binary: BUILD, target: `linux-${process.arch}`, name: "the ways of macOS" });

test("nobody is adopted: a daemonised grandchild is found by its mark alone, and ended", async () => {
  const home = newHome();
  const server = await open(home);
  const { task_id } = await server.start(
    `(setsid sh -c 'echo $$ >"$0"; exec sleep 61' '${home}/daemon' &); exec sleep 62`,
  );
  const daemon = await waitUntil("it runs", () => Number(readText(join(home, "daemon"))));
  const pid = await waitUntil("the command runs", async () => (await server.status(task_id)).pid);
  await waitUntil("its parent has ended", () => parentOf(daemon) !== pid);
  expect(parentOf(daemon)).not.toBe(parentOf(pid));
  expect(await server.cancel(task_id)).toMatchObject({ status: "cancelled" });
  expect([isRunning(pid), isRunning(daemon)]).toEqual([false, false]);
  await server.close();
});

test("a child that left the group and hides its environment is still known when its parent has been ended", async () => {
  const home = newHome();
  const server = await open(home);
  const deaf = `trap "" TERM; echo $$ >"${home}/hidden"; while :; do sleep 0.1; done`;
  const { task_id } = await server.start(`env -i PATH="$PATH" setsid sh -c '${deaf}' & sleep 63`);
  const hidden = await waitUntil("it runs", () => Number(readText(join(home, "hidden"))));
  expect(await server.cancel(task_id, 0.3)).toMatchObject({ status: "cancelled" });
  expect(isRunning(hidden)).toBe(false);
  await server.close();
});

test("a tree that grows while it is cancelled ends, however slow each look is", async () => {
  const server = await open(newHome());
  const { task_id } = await server.start("trap '' TERM; while :; do (trap '' TERM; sleep 30) & sleep 0.01; done");
  const members = () => processesWith(`BACKBURNER_TASK_ID=${task_id}`);
  await waitUntil("it has grown", () => members().length > 20);
  expect(await server.cancel(task_id, 0.2)).toMatchObject({ status: "cancelled" });
  expect(members()).toEqual([]);
  await server.close();
});

test("who was left running in a terminal and prints all the time does not hold up the end", async () => {
  const server = await open(newHome());
  const task = await server.run("trap '' HUP; (while :; do echo tick; sleep 0.01; done) & seq 200; echo last", {
    pty: true,
  });
  expect(task).toMatchObject({ status: "completed", left_running: [{ pid: expect.any(Number) }] });
  expect(task.output?.replaceAll(/tick\n|\[.*same line.*\]\n/g, "")).toMatch(/\n200\nlast\n/);
  await server.cancel(task.task_id);
  expect(processesWith(`BACKBURNER_TASK_ID=${task.task_id}`)).toEqual([]);
  await server.close();
});

test("who looks in another time zone and another language sees the same supervisor", async () => {
  const home = newHome();
  const server = await open(home, { TZ: "Asia/Tokyo", LC_ALL: "C.UTF-8" });
  const { task_id } = await server.start("sleep 64");
  await waitUntil("the command runs", async () => (await server.status(task_id)).pid);
  const other = await open(home, { TZ: "America/New_York", LC_ALL: "C" });
  expect(await other.status(task_id)).toMatchObject({ status: "working" });
  await other.cancel(task_id);
  await Promise.all([server.close(), other.close()]);
});

test("that a command waits for input is not claimed where it can't be seen, but a password prompt can", async () => {
  const server = await open(newHome());
  const reads = await server.start("echo name?; read name", { interactive: true });
  const asks = await server.start("printf 'Password: '; stty -echo; read word", { pty: true });
  await server.waitsForInput(asks.task_id);
  await waitUntil("it has asked", async () => (await server.status(reads.task_id)).output_lines);
  expect((await server.status(reads.task_id)).waiting_for_input).toBeUndefined();
  await Promise.all([reads, asks].map((task) => server.cancel(task.task_id)));
  await server.close();
});

test("output can be searched, and what searches leaves with its server", async () => {
  const server = await open(newHome());
  const { task_id } = await server.run("seq 1000");
  expect(await server.call("task_result", { task_id, grep: "^9.9$" })).toMatchObject({ matches: 10 });
  await server.close();
});

test("doctor finds nothing amiss in what this system does not have", async () => {
  const home = newHome();
  const { stdout, code } = await cli(home, ["doctor"], { binary: BUILD });
  expect(stdout).toMatch(/^ok +subreaper +this system has none;/m);
  expect(stdout).toMatch(/^ok +processes +\d+ are seen$/m);
  expect(code).toBe(0);
});

/** A home whose sockets would have paths of more than 103 bytes, and a directory for temporary files. */
function deepHome(): { home: string; temporary: string; env: Record<string, string> } {
  const top = newHome();
  const home = join(top, "h".repeat(80));
  const temporary = join(top, "t");
  for (const path of [home, temporary]) mkdirSync(path, { mode: 0o700 });
  return { home, temporary, env: { TMPDIR: temporary, BACKBURNER_MAX_TASKS: "1" } };
}

/** Paths of the sockets that somebody is bound to below the directory. */
const boundBelow = (directory: string) =>
  readText("/proc/net/unix")
    .split("\n")
    .map((line) => line.split(/\s+/)[7] ?? "")
    .filter((path) => path.startsWith(directory));

test("in a home that is too deep for a socket's path everything works, and its socket lies where only its user looks", async () => {
  const { home, temporary, env } = deepHome();
  const server = await open(home, env);
  const first = await server.start("read line; echo got $line", { interactive: true });
  const second = await server.start("sleep 65");
  await waitUntil("it runs", async () => (await server.status(first.task_id)).pid);
  const own = join(temporary, `backburner-${process.getuid?.()}`);
  const [socket = "", ...more] = new Set(boundBelow(join(home, "..")));
  expect([socket.startsWith(own), socket.length <= 103, more]).toEqual([true, true, []]);
  expect([lstatSync(own).mode & 0o777, lstatSync(socket).mode & 0o777]).toEqual([0o700, 0o600]);
  // Somebody else's TMPDIR is no matter: the link says where it is.
  const other = await open(home, { ...env, TMPDIR: "/tmp" });
  await other.call("send_input", { task_id: first.task_id, input: "one\n" });
  expect(await other.ended(first.task_id)).toMatchObject([{ output: "got one\n" }]);
  const pid = await waitUntil("the next runs", async () => (await server.status(second.task_id)).pid);
  expect(new Set(boundBelow(own))).toEqual(new Set([socket])); // it has moved on
  const waiting = other.ended(second.task_id);
  kill(parentOf(pid), "SIGKILL");
  expect(await waiting).toMatchObject([{ status: "interrupted" }]);
  expect(readdirSync(own)).toEqual([]);
  const third = await server.start("sleep 66");
  expect(await other.cancel(third.task_id)).toMatchObject({ status: "cancelled" });
  await Promise.all([server.close(), other.close()]);
  await waitUntil("nothing of it is left", () => readdirSync(own).length === 0);
});

test("doctor removes a socket that nobody listens on from where it lies, with what leads there", async () => {
  const { home, temporary, env } = deepHome();
  expect((await cli(home, ["start", "--wait", "--", "true"], { binary: BUILD, env })).code).toBe(0);
  const [id = ""] = readdirSync(join(home, "tasks"));
  const own = join(temporary, `backburner-${process.getuid?.()}`);
  const socket = join(own, "stale-socket0");
  const control = join(home, "tasks", id, "ctl");
  await waitUntil("its supervisor has left", () => readdirSync(own).length === 0);
  const program = `Bun.listen({ unix: ${JSON.stringify(socket)}, socket: { data() {} } }); process.kill(process.pid, "SIGKILL")`;
  await Bun.spawn([process.execPath, "-e", program]).exited;
  symlinkSync(socket, control);
  const { stdout, code } = await cli(home, ["doctor", "--fix"], { binary: BUILD, env });
  expect(stdout).toContain(`${control} removed\n`);
  expect(code).toBe(0);
  expect([readdirSync(own), existsSync(control)]).toEqual([[], false]);
});

test("a directory that others can open is not used for a socket, and the task says so", async () => {
  const { home, temporary, env } = deepHome();
  const own = join(temporary, `backburner-${process.getuid?.()}`);
  mkdirSync(own);
  chmodSync(own, 0o755);
  const ran = await cli(home, ["start", "--wait", "--", `touch '${home}/ran'`], { binary: BUILD, env });
  expect(ran.code).toBe(125);
  expect(ran.stderr).toContain(`${own} is in the way: it has to be a directory that only its user can open`);
  expect(existsSync(join(home, "ran"))).toBe(false);
});
