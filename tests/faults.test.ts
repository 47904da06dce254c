// Random faults in short form (the long one is `bun run faults`), and the proof that who judges them would see what is wrong.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environmentPath, logPath } from "../src/home.ts";
import type { TaskRow } from "../src/store/row.ts";
import { told } from "./faults/calls.ts";
import { MAX_TASKS, ServerClient } from "./faults/clients.ts";
import { INVARIANTS, type Invariant } from "./faults/ledger.ts";
import { actionsOf, faultsOf } from "./faults/plan.ts";
import { Trial } from "./faults/trial.ts";
import { tokenOf } from "./faults/witness.ts";
import { kill, waitUntil } from "./helpers/home.ts";

test("a few hundred random faults violate nothing", async () => {
  const seed = crypto.randomUUID().slice(0, 8);
  const trial = new Trial();
  try {
    await trial.run({ seed, faults: 200, seconds: 15 });
    trial.judge();
    const faults = trial.ledger.faults().length;
    console.log(`seed ${seed}: ${faults} signals, ${trial.ledger.rows().length} tasks`);
    expect({ seed, violations: trial.ledger.violations }).toEqual({ seed, violations: [] });
    expect(faults).toBeGreaterThan(0);
  } finally {
    await trial.remove();
  }
}, 120_000);

test("a seed plans the same actions and faults again, another seed others", () => {
  const plan = (seed: string) => {
    const [actions, faults] = [actionsOf(seed, "s0"), faultsOf(seed)];
    return Array.from({ length: 500 }, () => [actions.next().value, faults.next().value]);
  };
  expect(plan("one")).toEqual(plan("one"));
  expect(plan("one")).not.toEqual(plan("other"));
});

const trial = new Trial();
const { place, ledger } = trial;
let ended: TaskRow;
let printed: TaskRow;

beforeAll(async () => {
  await trial.run({ seed: "judge", faults: 0, seconds: 2, servers: 2, clis: 1 });
  trial.judge();
  expect(ledger.violations).toEqual([]);
  const rows = ledger.rows().filter((row) => ledger.accepted.has(row.id));
  ended = rows.find(({ status }) => status === "completed") as TaskRow;
  printed = rows.find(({ status, output_bytes }) => status === "completed" && (output_bytes ?? 0) > 20) as TaskRow;
  expect(printed).toBeDefined();
}, 120_000);

afterAll(() => trial.remove());

/** The invariants that are found violated once something is amiss. */
async function found(tamper: () => void | Promise<void>, judged = () => trial.judge()): Promise<Invariant[]> {
  ledger.violations.length = 0;
  await tamper();
  judged();
  return [...new Set(ledger.violations.map(({ invariant }) => invariant))].toSorted();
}

/** Changes rows, looks, and changes them back. */
async function withRow(sql: string, row = ended): Promise<Invariant[]> {
  try {
    return await found(() => void ledger.store.run(sql, [row.id]));
  } finally {
    const columns = Object.keys(row);
    ledger.store.run("DELETE FROM tasks WHERE id = ?", [row.id]);
    ledger.store.run(
      `INSERT INTO tasks (${columns.join()}) VALUES (${columns.map(() => "?").join()})`,
      Object.values(row),
    );
  }
}

test("the judge finds nothing where nothing is amiss", async () => {
  expect(await found(() => {})).toEqual([]);
});

test("the judge sees a lost row", async () => {
  expect(await withRow("DELETE FROM tasks WHERE id = ?")).toEqual(["row of each start"]);
});

test("the judge sees a wrong exit code, a wrong status, and a task without an end", async () => {
  const wrong: Invariant[] = ["one true end", "terminal stays"];
  expect(await withRow("UPDATE tasks SET status = 'failed', exit_code = 9 WHERE id = ?")).toEqual(wrong);
  expect(await withRow("UPDATE tasks SET status = 'interrupted' WHERE id = ?")).toEqual(wrong);
  expect(await withRow("UPDATE tasks SET status = 'timed_out', timeout_ms = NULL WHERE id = ?")).toEqual(wrong);
  expect(
    await withRow("UPDATE tasks SET status = 'failed', exit_code = NULL, signal = 'SIGKILL' WHERE id = ?"),
  ).toEqual(wrong);
  expect(await withRow("UPDATE tasks SET started_at_ms = NULL WHERE id = ?")).toEqual(["one true end"]);
  expect(await withRow("UPDATE tasks SET status = 'queued' WHERE id = ?")).toContain("one true end");
});

test("the judge sees a terminal status that changes", async () => {
  expect(await withRow("UPDATE tasks SET finished_at_ms = finished_at_ms + 1 WHERE id = ?")).toEqual([
    "terminal stays",
  ]);
});

test("the judge sees a slot that is not given back, a task that runs without one, and one slot too many", async () => {
  expect(await withRow("UPDATE tasks SET slot = 1 WHERE id = ?")).toEqual(["no slot leaks"]);
  expect(await withRow("UPDATE tasks SET slot = 0, status = 'working' WHERE id = ?")).toContain("no slot leaks");
  expect(await withRow(`UPDATE tasks SET slot = ${MAX_TASKS + 1} WHERE id = ?`)).toEqual(["no slot leaks"]);
});

test("the judge sees a command that ran twice", async () => {
  const witness = join(place.work, tokenOf(ended.command) ?? "");
  const before = readFileSync(witness);
  expect(await found(() => appendFileSync(witness, "begin 1\n"))).toEqual(["runs once"]);
  writeFileSync(witness, before);
});

test("the judge sees output that was changed, lost or made up", async () => {
  const log = logPath(place.home, printed.id);
  const before = readFileSync(log);
  const other = Buffer.from(before);
  other[7] = 1 ^ (other[7] ?? 0);
  expect(await found(() => writeFileSync(log, other))).toEqual(["output as witnessed"]);
  expect(await found(() => truncateSync(log, before.length - 1))).toEqual(["log only grows", "output as witnessed"]);
  expect(await found(() => writeFileSync(log, Buffer.concat([before, Buffer.from("more\n")])))).toEqual([
    "output as witnessed",
  ]);
  ledger.logBytes.clear();
  writeFileSync(log, before);
});

test("the judge sees a process that was left, be it a command's, a supervisor or a server", async () => {
  for (const [argv, cwd] of [
    [["sleep", "60"], place.work],
    [["bash", "-c", "sleep 60; true", "backburner", "__supervise"], "/"],
    [["bash", "-c", "sleep 60; true", "mcp"], "/"],
  ] as const) {
    const left = Bun.spawn([...argv], {
      cwd,
      env: { ...process.env, BACKBURNER_HOME: cwd === "/" ? place.home : "" },
      detached: true,
    });
    expect(await found(() => {})).toEqual(["no process left"]);
    process.kill(-left.pid, "SIGKILL");
    await left.exited;
    await waitUntil("its children are gone too", async () => (await found(() => {})).length === 0);
  }
});

test("the judge sees an environment that stayed on disk", async () => {
  const path = environmentPath(place.home, ended.id);
  expect(await found(() => writeFileSync(path, "{}"))).toEqual(["no secret left"]);
  rmSync(path);
});

test("whoever shows a task as working although its supervisor was killed before is seen", async () => {
  const dead = Bun.spawn(["true"]);
  await dead.exited;
  const fault = {
    target: "supervisor",
    signal: "KILL",
    pid: dead.pid,
    startedAt: "1",
    atMs: Date.now() - 5_000,
    ambushed: false,
  };
  const log = join(place.home, "../faults.jsonl");
  writeFileSync(log, `${JSON.stringify(fault)}\n`);
  const show = async (supervisor: number) => {
    ledger.violations.length = 0;
    ledger.store.run("UPDATE tasks SET status = 'working', supervisor_pid = ?, supervisor_started = '1' WHERE id = ?", [
      supervisor,
      ended.id,
    ]);
    ledger.shownWorking(ended.id, Date.now());
    return ledger.violations.map(({ invariant }) => invariant);
  };
  expect(await show(dead.pid)).toEqual(["live supervisor"]);
  expect(await show(process.pid)).toEqual([]); // lives, or nobody killed it
  await withRow("UPDATE tasks SET id = id WHERE id = ?");
  rmSync(log);
});

test("a wait that is not told of the end it waits for is seen", async () => {
  const server = new ServerClient(place);
  const { task_id } = (await server.call("start_task", { command: "sleep 0.5", cwd: place.work })) as {
    task_id: string;
  };
  const waiting = server.call("wait_task", { task_ids: [task_id], timeout_seconds: 60 });
  ledger.violations.length = 0;
  const watched = told(ledger, server, [task_id], { until: "all", seconds: 60 }, waiting, 500);
  kill(server.pid, "SIGSTOP"); // one that hears nothing, as if nobody told it
  while (ledger.violations.length === 0) {
    ledger.look();
    await Bun.sleep(50);
  }
  expect(ledger.violations.map(({ invariant }) => invariant)).toEqual(["calls are answered"]);
  kill(server.pid, "SIGCONT");
  await watched;
  await server.close();
}, 30_000);

test("each invariant has a test above that makes it fire", () => {
  const source = readFileSync(import.meta.path, "utf8");
  for (const name of Object.keys(INVARIANTS)) expect(source).toContain(`"${name}"`);
});
