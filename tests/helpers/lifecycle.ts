// What a task goes through from start to end, as tests for a build that this machine runs in an unusual way: emulated, with
// another C library, or on the code paths of another system. One list for all of them.

import { expect, test } from "bun:test";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { join } from "node:path";
import { cli } from "./cli.ts";
import { FIXTURES, isRunning, kill, newHome, parentOf, processesWith, readText, waitUntil } from "./home.ts";
import { Server, type Shown } from "./server.ts";

export interface Platform {
  /** Path of a program that runs the build with the arguments it is given. */
  binary: string;
  /** What `--version` says it was built for. */
  target: string;
  /** What the tests are called by, when that is not the target. */
  name?: string;
  /** For one test, in milliseconds: emulation is slow. */
  timeoutMs?: number;
}

const KINDS = ["daemon", "double", "plain", "setsid"];

/** Registers the tests. The program may be made in a `beforeAll`. */
export function testLifecycle({ binary, target, name: platform = target, timeoutMs = 60_000 }: Platform): void {
  const open = async (home: string, env: Record<string, string> = {}) => {
    const server = new Server(home, { env, binary });
    await server.shakeHands();
    return server;
  };
  const situation = (name: string, body: () => Promise<void>) => test(`${platform}: ${name}`, body, timeoutMs);

  situation("--version tells what it was built for", async () => {
    const { stdout, code } = await cli(newHome(), ["--version"], { binary });
    expect([stdout.trimEnd().endsWith(`, ${target})`), code]).toEqual([true, 0]);
  });

  situation("a person runs a command: both of its streams, its directory, its code", async () => {
    const home = newHome();
    const run = await cli(home, ["start", "--wait", "--", "pwd; echo out; echo err >&2; exit 3"], { binary });
    expect(run.code).toBe(3);
    expect(run.stdout.split("\n").toSorted()).toEqual(["", home, "err", "out"]);
    const { stdout } = await cli(home, ["list", "--json"], { binary });
    expect(JSON.parse(stdout)).toMatchObject({ total: 1, tasks: [{ status: "failed", exit_code: 3 }] });
  });

  situation("an official client starts a task, waits for it and reads a signal as its end", async () => {
    const home = newHome();
    const client = new Client({ name: "test", version: "1" });
    const env = { PATH: process.env.PATH ?? "", BACKBURNER_HOME: home };
    await client.connect(new StdioClientTransport({ command: binary, args: ["mcp"], env, cwd: home }));
    const call = async (name: string, args: Record<string, unknown>) =>
      (await client.callTool({ name, arguments: args })).structuredContent as Record<string, unknown>;
    const { task_id } = await call("start_task", { command: "echo bye; kill -KILL $$" });
    expect(await call("wait_task", { task_ids: [task_id] })).toMatchObject({
      reason: "ended",
      tasks: [{ status: "failed", signal: "SIGKILL", output: "bye\n" }],
    });
    await client.close();
  });

  situation("slots are kept, and one supervisor goes on with the queue", async () => {
    const home = newHome();
    const server = await open(home, { BACKBURNER_MAX_TASKS: "1" });
    const tasks = [];
    for (const code of [0, 1, 2, 3])
      tasks.push(await server.start(`until [ -e '${home}/go' ]; do sleep 0.02; done; echo $PPID; exit ${code}`));
    expect(tasks.map((task) => task.status)).toMatchObject({ 1: "queued", 2: "queued", 3: "queued" });
    await Bun.write(join(home, "go"), "");
    const ended = await server.ended(...tasks.map((task) => task.task_id));
    expect(ended.map((task) => task.exit_code)).toEqual([0, 1, 2, 3]);
    expect(new Set(ended.map((task) => task.output)).size).toBe(1);
    await server.close();
  });

  situation("input reaches a command on pipes and one on a terminal", async () => {
    const server = await open(newHome());
    const piped = await server.start("read line; echo got $line; cat", { interactive: true });
    const typed = await server.start("read line; tty; echo got $line", { pty: true });
    await server.call("send_input", { task_id: piped.task_id, input: "one\ntwo", eof: true });
    await server.call("send_input", { task_id: typed.task_id, input: "three\n" });
    await server.ended(piped.task_id, typed.task_id);
    const outputOf = async ({ task_id }: Shown) => (await server.call("task_result", { task_id })).output;
    expect(await outputOf(piped)).toBe("got one\ntwo");
    expect(await outputOf(typed)).toMatch(/^three\n\/dev\/\S+\ngot three\n$/);
    await server.close();
  });

  for (const how of ["polite", "deaf"] as const) {
    situation(`cancel ends four kinds of children, ${how} to SIGTERM`, async () => {
      const home = newHome();
      const server = await open(home);
      const { task, pids } = await startTree(server, home, how);
      expect(await server.cancel(task.task_id, 0.5)).toMatchObject({ status: "cancelled" });
      expect(pids.filter(isRunning)).toEqual([]); // no waiting here
      expect((await server.status(task.task_id)).survivors).toBeUndefined();
      await server.close();
    });
  }

  situation("a timeout ends four kinds of children", async () => {
    const home = newHome();
    const server = await open(home);
    const { task, pids } = await startTree(server, home, "polite", { timeout_seconds: 3 });
    expect(await server.ended(task.task_id)).toMatchObject([{ status: "timed_out" }]);
    expect(pids.filter(isRunning)).toEqual([]);
    await server.close();
  });

  situation("what a command leaves running is named, goes on printing, and ends at a cancel", async () => {
    const home = newHome();
    const server = await open(home);
    const pidFile = join(home, "leftover");
    const { task_id } = await server.start(`sh '${FIXTURES}/leaves-grandchild.sh' '${pidFile}'`);
    const [task] = await server.ended(task_id);
    const pid = Number(readText(pidFile));
    expect(task).toMatchObject({ status: "completed", exit_code: 0 });
    expect(task?.left_running?.map((one) => one.pid)).toContain(pid);
    const log = join(home, "tasks", task_id, "output.log");
    const before = readText(log).length;
    await waitUntil("it has printed more", () => readText(log).length > before + 50);
    expect(await server.cancel(task_id)).toMatchObject({ status: "completed" });
    expect(isRunning(pid)).toBe(false);
    await server.close();
  });

  situation("a task outlives its server, and the next one tells its true exit code", async () => {
    const home = newHome();
    const first = await open(home);
    const { task_id } = await first.start(`until [ -e '${home}/go' ]; do sleep 0.02; done; echo survived; exit 42`);
    const pid = await waitUntil("the command runs", async () => (await first.status(task_id)).pid);
    await first.kill();
    const second = await open(home);
    expect(await second.status(task_id)).toMatchObject({ status: "working", pid });
    await Bun.write(join(home, "go"), "");
    expect(await second.ended(task_id)).toMatchObject([{ status: "failed", exit_code: 42, output: "survived\n" }]);
    await second.close();
  });

  situation("a killed supervisor: its waiter learns of it, the tree is ended, and the queue goes on", async () => {
    const home = newHome();
    const server = await open(home, { BACKBURNER_MAX_TASKS: "1" });
    const { task, pids } = await startTree(server, home, "deaf");
    const queued = await server.start("echo next");
    const pid = await waitUntil("the command runs", async () => (await server.status(task.task_id)).pid);
    const waiting = server.ended(task.task_id, queued.task_id);
    kill(parentOf(pid), "SIGKILL");
    expect(await waiting).toMatchObject([{ status: "interrupted" }, { status: "completed", output: "next\n" }]);
    expect(pids.filter(isRunning)).toEqual([]);
    await server.close();
  });

  /** Starts the tree of four kinds of children, and gives all of its pids once they run. */
  async function startTree(server: Server, home: string, how: "polite" | "deaf", more = {}) {
    const pidDir = join(home, "pids");
    const command = `mkdir '${pidDir}'; exec sh '${FIXTURES}/four-children.sh' '${pidDir}' ${how}`;
    const task = await server.start(command, more);
    const pids = await waitUntil("four children run", () => {
      const found = KINDS.map((kind) => Number(readText(join(pidDir, kind))));
      return found.every((pid) => pid > 0 && isRunning(pid)) && found;
    });
    return { task, pids: [...pids, ...processesWith(`BACKBURNER_TASK_ID=${task.task_id}`)] };
  }
}
