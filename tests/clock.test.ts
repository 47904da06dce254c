// The clock jumps, forward and back, under whoever starts, runs and reads a task: what is measured is measured all the same.

import { expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environmentPath, taskDir } from "../src/home.ts";
import { openStore } from "../src/store/open.ts";
import { insertTask } from "../src/store/write.ts";
import { newTaskId } from "../src/task.ts";
import { cliJson } from "./helpers/cli.ts";
import { BINARY, newHome, waitUntil } from "./helpers/home.ts";
import { Server, type Shown } from "./helpers/server.ts";

/** Debian's libfaketime: the time of day as a file says, other clocks untouched. */
const LIBRARY = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/faketime/libfaketime.so.1`;

class Clock {
  readonly env: Record<string, string>;
  readonly #path: string;

  constructor(home: string) {
    if (!existsSync(LIBRARY)) throw new Error(`${LIBRARY} is missing: apt-get install libfaketime`);
    this.#path = join(home, "clock");
    this.env = {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: this.#path,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
    this.set("+0d");
  }

  set(offset: string): void {
    writeFileSync(this.#path, `${offset}\n`);
  }
}

/** A task whose supervisor lives by the clock: launched by hand, as the product hands on no such variables. */
function superviseBy(
  clock: Clock,
  home: string,
  command: string,
  limits: { timeoutMs?: number; idleTimeoutMs?: number },
) {
  const store = openStore(home);
  const id = newTaskId();
  mkdirSync(taskDir(home, id), { mode: 0o700 });
  writeFileSync(environmentPath(home, id), JSON.stringify({ env: { PATH: process.env.PATH }, umask: 0o22 }));
  insertTask(store, {
    id,
    command,
    cwd: home,
    shell: ["/bin/sh", "-c"],
    maxTasks: 10,
    maxOutputBytes: 1e6,
    interactive: false,
    pty: false,
    ...limits,
  });
  store.close();
  Bun.spawn([BINARY, "__supervise", id], {
    env: { PATH: process.env.PATH ?? "", ...clock.env, BACKBURNER_HOME: home },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return id;
}

for (const [way, offset] of [
  ["forward", "+400d"],
  ["back", "-400d"],
] as const) {
  test(`a clock that jumps ${way} ends no task before its time, keeps none beyond it, and bends no duration`, async () => {
    const home = newHome();
    const clock = new Clock(home);
    const go = join(home, "go");
    const ids = [
      superviseBy(clock, home, `echo begun; until [ -e '${go}' ]; do sleep 0.02; done; echo through; exit 4`, {
        timeoutMs: 3_600_000,
        idleTimeoutMs: 3_600_000,
      }),
      superviseBy(clock, home, "echo begun; sleep 77", { timeoutMs: 1_000 }),
      superviseBy(clock, home, "echo begun; sleep 78", { idleTimeoutMs: 1_000 }),
    ];
    const server = await Server.open(home);
    for (const id of ids) await waitUntil("it has begun", async () => (await server.status(id)).output_bytes === 6);
    clock.set(offset);
    const limited = await server.ended(...ids.slice(1));
    expect(limited).toMatchObject([
      { status: "timed_out", reason: "it ran longer than its timeout of 1 s" },
      { status: "timed_out", reason: "it printed nothing for 1 s" },
    ]);
    expect(await server.status(ids[0] ?? "")).toMatchObject({ status: "working" });
    writeFileSync(go, "");
    const [ended] = await server.ended(ids[0] ?? "");
    expect(ended).toMatchObject({ status: "failed", exit_code: 4, output: "begun\nthrough\n" });
    for (const { duration_seconds } of [...limited, ended as Shown]) {
      expect(duration_seconds).toBeGreaterThan(0);
      expect(duration_seconds).toBeLessThan(60);
    }
    await server.close();
  });

  test(`a server whose clock jumps ${way} starts, waits and shows as before, and takes no supervisor for lost`, async () => {
    const home = newHome();
    const clock = new Clock(home);
    const server = await Server.open(home, clock.env);
    const task = await server.start(`until [ -e '${home}/go' ]; do sleep 0.02; done`);
    await waitUntil("it runs", async () => (await server.status(task.task_id)).pid);
    const waiting = server.ended(task.task_id);
    clock.set(offset);
    const now = await server.status(task.task_id);
    expect(now.status).toBe("working");
    expect(Number(now.running_for_seconds)).toBeGreaterThanOrEqual(0);
    expect(Number(now.seconds_since_output)).toBeGreaterThanOrEqual(0);
    expect(await server.run("exit 3", { timeout_seconds: 60 })).toMatchObject({ status: "failed", exit_code: 3 });
    expect(await server.call("wait_task", { task_ids: [task.task_id], timeout_seconds: 0.2 })).toMatchObject({
      reason: "timeout",
    });
    writeFileSync(join(home, "go"), "");
    expect(await waiting).toMatchObject([{ status: "completed", exit_code: 0 }]);
    const { tasks } = (await cliJson(home, ["list"])) as { tasks: Shown[] };
    expect(tasks.map(({ exit_code }) => exit_code)).toEqual([3, 0]); // newest first is by order, not by time
    await server.close();
  });
}
