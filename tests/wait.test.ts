// One call waits for many tasks, and nobody looks at a clock meanwhile.

import { expect, test } from "bun:test";
import { existsSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kill, newHome, parentOf, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

interface Waited {
  reason: string;
  tasks: { task_id: string; status: string; exit_code?: number }[];
}

/** Five tasks that each end when their file appears. */
async function fiveTasks(server: Server, home: string) {
  const tasks = [];
  for (let n = 0; n < 5; n += 1)
    tasks.push(await server.start(`until [ -e '${home}/end-${n}' ]; do sleep 0.01; done; exit ${n}`));
  return { ids: tasks.map((task) => task.task_id), end: (n: number) => writeFileSync(join(home, `end-${n}`), "") };
}

test("wait for any answers once, when the first of five ends", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { ids, end } = await fiveTasks(server, home);
  for (const id of ids) await waitUntil("it works", async () => (await server.status(id)).status === "working");
  const waiting = server.call<Waited>("wait_task", { task_ids: ids, until: "any", timeout_seconds: 600 });
  end(3);
  const { reason, tasks } = await waiting;
  expect(reason).toBe("ended");
  expect(tasks.map((task) => task.task_id)).toEqual(ids);
  expect(tasks[3]).toMatchObject({ status: "failed", exit_code: 3 });
  for (const n of [0, 1, 2, 4]) expect(tasks[n]?.status).toMatch(/^(queued|working)$/);
  for (const n of [0, 1, 2, 4]) end(n);
  await server.ended(...ids);
  await server.close();
});

test("wait for all answers once, when the last of five has ended", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { ids, end } = await fiveTasks(server, home);
  const waiting = server.call<Waited>("wait_task", { task_ids: ids, timeout_seconds: 600 });
  for (const n of [4, 2, 0, 1]) {
    end(n);
    await waitUntil("it has ended", async () => (await server.status(ids[n] ?? "")).status !== "working");
  }
  expect(await Promise.race([waiting, server.status(ids[3] ?? "")])).toMatchObject({ task_id: ids[3] ?? "" });
  end(3);
  expect(await waiting).toMatchObject({ reason: "ended", tasks: [0, 1, 2, 3, 4].map((exit_code) => ({ exit_code })) });
  await server.close();
});

test("a wait that runs out says so and leaves the task running", async () => {
  const server = await Server.open(newHome());
  const task = await server.start("sleep 60");
  expect(await server.call<Waited>("wait_task", { task_ids: [task.task_id], timeout_seconds: 0.2 })).toMatchObject({
    reason: "timeout",
    tasks: [{ status: "working" }],
  });
  await server.cancel(task.task_id);
  await server.close();
});

test("a waiter on a queued task learns of its run and of its end, and of a cancel in the queue", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "1" });
  const { ids, end } = await fiveTasks(server, home);
  const waiting = ids.map((id) => server.call<Waited>("wait_task", { task_ids: [id], timeout_seconds: 600 }));
  await server.cancel(ids[4] ?? "");
  expect(await waiting[4]).toMatchObject({ tasks: [{ status: "cancelled" }] });
  for (const n of [0, 1, 2, 3]) {
    end(n);
    expect(await waiting[n]).toMatchObject({ reason: "ended", tasks: [{ exit_code: n }] });
  }
  await server.close();
});

test("waiting for one task while many others come and go misses nothing", async () => {
  const server = await Server.open(newHome(), { BACKBURNER_MAX_TASKS: "3" });
  const ids: string[] = [];
  for (let n = 0; n < 60; n += 1) ids.push((await server.start(`exit ${n}`)).task_id);
  const waited = await Promise.all(
    ids.map((id) => server.call<Waited>("wait_task", { task_ids: [id], timeout_seconds: 600 })),
  );
  expect(waited.map(({ tasks }) => tasks[0]?.exit_code)).toEqual(ids.map((_, n) => n));
  await server.close();
});

/** How often each thread of a process was woken so far: it had gone to sleep and was given the processor again (proc_pid_status(5)). */
function wakeUps(pid: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const status = readText(`/proc/${pid}/task/${thread}/status`);
    counts.set(thread, Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]));
  }
  return counts;
}

/** Wake-ups from one look to another; a thread that has begun or ended meanwhile counts as well. */
function between(before: Map<string, number>, after: Map<string, number>): number {
  let sum = 0;
  for (const thread of new Set([...before.keys(), ...after.keys()])) {
    sum += before.has(thread) && after.has(thread) ? (after.get(thread) ?? 0) - (before.get(thread) ?? 0) : 1;
  }
  return sum;
}

/** The runtime's own helper threads leave after ten idle seconds. */
const HELPERS_STAY_MS = 12_000;
/** The runtime of the server looks for garbage once a second, and when thirty looks have found none, twice a minute. */
const BETWEEN_COLLECTIONS_MS = 3_000;

async function untilStill(who: string, pid: number, stillMs: number): Promise<void> {
  let [since, last] = [performance.now(), wakeUps(pid)];
  const isStill = () => {
    const now = wakeUps(pid);
    if (between(last, now) > 0) since = performance.now();
    last = now;
    return performance.now() - since > stillMs;
  };
  await waitUntil(`${who} has settled`, isStill, 60_000);
}

test("whoever starts a task beside running ones, and waits for all of them, wakes none of their supervisors", async () => {
  const home = newHome();
  const server = await Server.open(home, { BACKBURNER_MAX_TASKS: "6" });
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.push((await server.start("exec sleep 120")).task_id);
  const supervisors: number[] = [];
  for (const id of ids) {
    supervisors.push(parentOf(await waitUntil("the command runs", async () => (await server.status(id)).pid)));
    await waitUntil("there is something to wait for", () => existsSync(join(home, "tasks", id, "hold")));
  }
  // The main thread is who answers; helper threads of the runtime come and go for ten seconds.
  const answered = () => supervisors.map((pid) => wakeUps(pid).get(String(pid)) ?? 0);
  const before = await waitUntil("they are quiet", async () => {
    const counts = answered();
    await Bun.sleep(500);
    return Bun.deepEquals(counts, answered()) && counts;
  });
  for (let n = 0; n < 3; n += 1) {
    const task = await server.start(`exit ${n}`);
    const own = await server.call<Waited>("wait_task", { task_ids: [task.task_id] });
    expect(own).toMatchObject({ reason: "ended", tasks: [{ exit_code: n }] });
    const next = await server.start("sleep 0.1");
    const any = await server.call<Waited>("wait_task", { task_ids: [...ids, next.task_id], until: "any" });
    expect(any.tasks.map(({ status }) => status)).toEqual([...ids.map(() => "working"), "completed"]);
  }
  const woken = answered().map((count, at) => count - (before[at] ?? 0));
  expect(woken.reduce((sum, count) => sum + count)).toBeLessThan(ids.length); // one may stir by itself; whoever asks wakes each
  for (const id of ids) await server.cancel(id);
  await server.close();
});

test("a settled supervisor never wakes in twenty seconds, also while somebody waits, and the server that waits hardly ever", async () => {
  const server = await Server.open(newHome());
  const task = await server.start("sleep 120");
  const supervisor = parentOf(await waitUntil("the command runs", async () => (await server.status(task.task_id)).pid));
  const waiting = server.call<Waited>("wait_task", { task_ids: [task.task_id], timeout_seconds: 600 });
  await untilStill("the supervisor", supervisor, HELPERS_STAY_MS);
  await untilStill("the server", server.pid, BETWEEN_COLLECTIONS_MS);
  const before = { supervisor: wakeUps(supervisor), server: wakeUps(server.pid) };
  await Bun.sleep(20_000);
  expect(between(before.supervisor, wakeUps(supervisor))).toBe(0);
  expect(between(before.server, wakeUps(server.pid))).toBeLessThanOrEqual(20);
  await server.cancel(task.task_id);
  expect(await waiting).toMatchObject({ reason: "ended", tasks: [{ status: "cancelled" }] });
  await server.close();
}, 120_000);

test("who waits again and again holds what it waits at once for each running task, and no longer than that runs", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { ids, end } = await fiveTasks(server, home);
  for (const id of ids) await waitUntil("it can be waited for", () => existsSync(join(home, "tasks", id, "hold")));
  /** How many descriptors of the server lead to something that is waited at. */
  const held = () =>
    readdirSync(`/proc/${server.pid}/fd`).filter((fd) => {
      try {
        return /\/hold( \(deleted\))?$/.test(readlinkSync(`/proc/${server.pid}/fd/${fd}`));
      } catch {
        return false;
      }
    }).length;
  const wait = (until: string, timeout_seconds: number) =>
    server.call<Waited>("wait_task", { task_ids: ids, until, timeout_seconds });
  expect(await wait("all", 0.05)).toMatchObject({ reason: "timeout" });
  const first = held();
  expect(first).toBeGreaterThanOrEqual(5);
  await Promise.all([1, 2, 3].map(() => wait("any", 0.05)));
  expect(held()).toBe(first);
  // Of two that end while nobody waits, one with its supervisor, the next wait learns.
  const pid = await waitUntil("it runs", async () => (await server.status(ids[1] ?? "")).pid);
  end(0);
  kill(parentOf(pid), "SIGKILL");
  await waitUntil("their ends are seen", () => held() === (first / 5) * 3);
  const waiting = wait("all", 60);
  for (const n of [2, 3, 4]) end(n);
  const ends = (await waiting).tasks.map((task) => task.exit_code ?? task.status);
  expect(ends).toEqual([0, "interrupted", 2, 3, 4]);
  await waitUntil("nothing is held any more", () => held() === 0);
  await server.close();
});
