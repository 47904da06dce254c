// backburner doctor: each trouble with a home, its store and its tasks really happens, is told, and is gone once its advice was followed.

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { environmentPath, taskDir } from "../src/home.ts";
import { openStore } from "../src/store/open.ts";
import { insertTask } from "../src/store/write.ts";
import { newTaskId } from "../src/task.ts";
import { cliJson, gate, startTask, TerminalRun } from "./helpers/cli.ts";
import { Patient } from "./helpers/doctor.ts";
import { SmallDisk } from "./helpers/disk.ts";
import { BINARY, kill, parentOf, readText, processesWith, waitUntil } from "./helpers/home.ts";
import { Stranger } from "./helpers/user.ts";

/** All that lies in a directory, with modes; of files their sizes and times too. */
const listing = (path: string) =>
  Bun.spawnSync([
    "find",
    path,
    "-type",
    "d",
    "-printf",
    "%p %m\n",
    "-o",
    "-printf",
    "%p %m %s %T@\n",
  ]).stdout.toString();

const statusOf = (home: string, id: string) => {
  const db = new Database(join(home, "backburner.db"));
  db.run("PRAGMA busy_timeout = 10000");
  const row = db.query<{ status: string }, [string]>("SELECT status FROM tasks WHERE id = ?").get(id);
  db.close();
  return row?.status;
};

function change(home: string, sql: string): void {
  const db = new Database(join(home, "backburner.db"));
  db.run(sql);
  db.close();
}

test("a home that is as it should be: every check is ok, it leaves with 0, and nothing is changed", () => {
  const patient = new Patient();
  expect(patient.run(["start", "--wait", "--", "true"]).code).toBe(0);
  const before = listing(patient.home);
  const { code, ok, checks, repaired } = patient.ask();
  expect({ code, ok, repaired }).toEqual({ code: 0, ok: true, repaired: [] });
  // Where /tmp is in memory the disk's check has a warning.
  expect(checks.filter(({ check, status }) => status !== "ok" && check !== "disk")).toEqual([]);
  expect(checks.map(({ check }) => check)).toEqual(
    "version settings environment home disk store tasks shell terminal processes subreaper limits clock clients".split(
      " ",
    ),
  );
  expect(checks.find(({ check }) => check === "store")?.message).toMatch(/^it is sound: 1 task, \d+KB, schema \d+$/);
  expect(checks.find(({ check }) => check === "tasks")?.message).toBe("none running; 1 ended");
  expect(listing(patient.home)).toBe(before);
  const { stdout } = patient.run(["doctor", "--json"]);
  expect(Object.keys(JSON.parse(stdout))).toEqual(["ok", "version", "home", "checks", "repaired"]);
});

test("a person reads a line for each check, and what to do below it", async () => {
  const patient = new Patient();
  chmodSync(patient.home, 0o777);
  patient.run(["list"]); // closes it, as nothing is in it yet
  chmodSync(patient.home, 0o755);
  const { text, code } = await new TerminalRun(patient.home, ["doctor"], { env: { HOME: patient.user } }).left();
  expect(code).toBe(0);
  expect(text).toContain(
    `\u001b[33mwarning\u001b[39m  home         others can see what is in it (${patient.home} is 0755)\n                      → chmod 700 ${patient.home}\n`,
  );
  expect(text).toMatch(/\n\n1 warning; "backburner doctor --fix" repairs 1 of them\n$|\n\n2 warnings; /);
  const { stdout } = patient.run(["doctor", "--fix"]);
  expect(stdout).toStartWith(`fixed    home: ${patient.home} was 0755 and is 0700 now\n\nok       version      `);
});

test("a home that is not there is not made; one that can't be made is a problem", () => {
  const patient = new Patient();
  patient.home = join(patient.user, "deep/er");
  expect(patient.askOf("home")).toMatchObject([{ status: "ok", message: expect.stringContaining("is not there yet") }]);
  expect(existsSync(patient.home)).toBe(false);
  writeFileSync(join(patient.user, "file"), "");
  patient.home = join(patient.user, "file");
  expect(patient.ask()).toMatchObject({ code: 1, ok: false });
  expect(patient.askOf("home")).toMatchObject([{ status: "problem", message: `${patient.home} is not a directory` }]);
});

test("a home that others can look into is a warning, one that they can write into a problem; its advice helps, and so does --fix", () => {
  const patient = new Patient();
  patient.home = join(patient.user, "it's a home");
  patient.run(["start", "--wait", "--", "true"]);
  for (const [mode, status, code] of [
    [0o755, "warning", 0],
    [0o777, "problem", 1],
  ] as const) {
    for (const heal of [(advice?: string) => patient.follow(advice), () => patient.ask({ fix: true })]) {
      chmodSync(patient.home, mode);
      const [found] = patient.askOf("home");
      expect(found).toMatchObject({ status, fixable: true });
      expect(found?.advice).toMatch(/^chmod 700 '/);
      expect(patient.ask().code).toBe(code);
      expect(statSync(patient.home).mode & 0o777).toBe(mode);
      heal(found?.advice);
      expect(patient.askOf("home")).toMatchObject([{ status: "ok" }]);
      expect(statSync(patient.home).mode & 0o777).toBe(0o700);
    }
  }
});

test("a store that others may read, and settings that they may write, are told", () => {
  const patient = new Patient();
  patient.run(["start", "--wait", "--", "true"]);
  writeFileSync(join(patient.home, "config.toml"), "max_tasks = 3\n", { mode: 0o644 });
  expect(patient.askOf("home")).toMatchObject([{ status: "ok" }]); // settings are no secret
  chmodSync(join(patient.home, "backburner.db"), 0o644);
  chmodSync(join(patient.home, "config.toml"), 0o666);
  const found = patient.askOf("home");
  expect(found.map(({ message }) => message)).toEqual([
    `others may read ${join(patient.home, "backburner.db")} (0644)`,
    `others may write ${join(patient.home, "config.toml")} (0666)`,
  ]);
  for (const { advice } of found) patient.follow(advice);
  expect(patient.askOf("home")).toMatchObject([{ status: "ok" }]);
});

test("a home of another user, and one that can't be written, are problems", async () => {
  const patient = new Patient();
  chownSync(patient.home, 2_000_000_001, 2_000_000_001);
  expect(patient.askOf("home")).toMatchObject([
    { status: "problem", message: expect.stringContaining("belongs to the user 2000000001") },
  ]);
  chownSync(patient.home, 0, 0);
  expect(patient.askOf("home")).toMatchObject([{ status: "ok" }]);

  await Stranger.use(async (stranger) => {
    stranger.run(["start", "--wait", "--", "true"]);
    chmodSync(stranger.home, 0o500);
    const found = stranger.run(["doctor", "--json"]);
    expect(found.code).toBe(1);
    const home = JSON.parse(found.stdout).checks.filter((one: { check: string }) => one.check === "home");
    expect(home).toMatchObject([{ status: "problem", message: expect.stringMatching(/can't be used \(EACCES/) }]);
    expect(home[0].advice).toContain(`chmod 700 ${stranger.home}`);
    chmodSync(stranger.home, 0o700);
    expect(stranger.run(["doctor"]).code).toBe(0);
  });

  await SmallDisk.use(80 * 2 ** 20, async (disk) => {
    patient.home = disk.home;
    patient.run(["start", "--wait", "--", "true"]);
    patient.home = disk.readOnlyView();
    expect(patient.askOf("home")).toMatchObject([
      { status: "problem", message: expect.stringMatching(/can't be used \(EROFS/) },
    ]);
  });
});

test.each([
  ["is no database at all", (path: string) => writeFileSync(path, "no database ".repeat(9_000))],
  ["has lost its end", (path: string) => truncateSync(path, statSync(path).size - 8_192)],
])(
  "a store that %s is a problem and left as it is; the advice and --fix make it again, and the old one is kept",
  (_, damage) => {
    for (const how of ["advice", "--fix"]) {
      const patient = new Patient();
      for (let task = 0; task < 3; task += 1) patient.run(["start", "--wait", "--", "true"]);
      const path = join(patient.home, "backburner.db");
      damage(path);
      const bytes = readText(path);
      const [found] = patient.askOf("store");
      expect(found).toMatchObject({ status: "problem", fixable: true });
      expect(found?.message).toStartWith(`${path} is damaged (`);
      expect(patient.ask().code).toBe(1);
      expect(readText(path)).toBe(bytes);
      if (how === "advice") patient.run(["list"]);
      else expect(patient.ask({ fix: true }).repaired).toMatchObject([expect.stringContaining("was damaged")]);
      const after = patient.askOf("store");
      expect(after.map(({ status }) => status)).toEqual(["ok", "warning"]);
      expect(after[0]?.message).toStartWith("it is sound: 3 tasks");
      const [, aside = ""] = /^(\S+) was put aside/.exec(after[1]?.message ?? "") ?? [];
      expect(existsSync(aside)).toBe(true);
      patient.follow(`rm ${aside}*`);
      expect(patient.askOf("store").map(({ status }) => status)).toEqual(["ok"]);
    }
  },
);

test("a store of a newer version, and one that is kept locked", () => {
  const patient = new Patient();
  patient.run(["start", "--wait", "--", "true"]);
  const db = new Database(join(patient.home, "backburner.db"));
  db.run("BEGIN IMMEDIATE");
  expect(patient.askOf("store")).toMatchObject([{ status: "warning", message: expect.stringContaining("locked") }]);
  db.run("ROLLBACK");
  expect(patient.askOf("store")).toMatchObject([{ status: "ok" }]);
  db.run("PRAGMA user_version = 999");
  db.close();
  expect(patient.askOf("store")).toMatchObject([
    { status: "problem", message: expect.stringContaining("of a newer backburner (schema 999, ") },
  ]);
});

test("a supervisor that was killed: the task is named, nothing is done; a reading verb or --fix records it", async () => {
  for (const heal of ["list", "--fix"]) {
    const patient = new Patient();
    const id = await startTask(patient.home, ["--name", "victim", "--", "sleep 1000"]);
    const pid = await waitUntil("it runs", async () => (await cliJson(patient.home, ["status", id])).pid as number);
    expect(patient.askOf("tasks")).toMatchObject([
      { status: "ok", message: "1 running, each with its supervisor; 0 ended" },
    ]);
    kill(parentOf(pid), "SIGKILL");
    const [found] = patient.askOf("tasks");
    expect(found).toMatchObject({ status: "problem", fixable: true });
    expect(found?.message).toBe(`task ${id} (victim) is recorded as working, and the supervisor is gone`);
    expect(found?.advice).toContain('"backburner list"');
    expect(statusOf(patient.home, id)).toBe("working");
    if (heal === "list") patient.follow(found?.advice);
    else
      expect(patient.ask({ fix: true })).toMatchObject({
        code: 0,
        repaired: [`tasks: task ${id} (victim) recorded as interrupted, and what was left of it ended`],
      });
    expect(statusOf(patient.home, id)).toBe("interrupted");
    expect(patient.askOf("tasks")).toMatchObject([{ status: "ok", message: "none running; 1 ended" }]);
  }
});

test("a supervisor that never came: it is told, and the advice sends another", async () => {
  const patient = new Patient();
  const store = openStore(patient.home);
  const id = newTaskId();
  mkdirSync(taskDir(patient.home, id), { mode: 0o700 });
  writeFileSync(environmentPath(patient.home, id), JSON.stringify({ env: {}, umask: 0o22 }));
  const shell = ["/bin/sh", "-c"];
  const more = { shell, cwd: "/", maxTasks: 1, maxOutputBytes: 1e6, interactive: false, pty: false };
  insertTask(store, { id, command: "true", ...more });
  store.close();
  expect(patient.askOf("tasks")).toMatchObject([{ status: "ok" }]); // it may be on its way
  change(patient.home, "UPDATE tasks SET reserved_at_ms = reserved_at_ms - 60000");
  const [found] = patient.askOf("tasks");
  expect(found).toMatchObject({
    status: "problem",
    message: expect.stringContaining(`no supervisor has come for task ${id}`),
  });
  patient.follow(found?.advice);
  await waitUntil("it has run", () => statusOf(patient.home, id) === "completed");
  expect(patient.askOf("tasks")).toMatchObject([{ status: "ok" }]);
});

test("a slot that was not given back, as its supervisor was killed at the end of a queue: it is told, and the advice frees it", async () => {
  const patient = new Patient();
  const id = await startTask(patient.home, ["--", "true"]);
  patient.run(["wait", id]);
  await waitUntil("its supervisor has left", () => processesWith(`BACKBURNER_HOME=${patient.home}`).length === 0);
  change(patient.home, "UPDATE tasks SET slot = 1");
  const [found] = patient.askOf("tasks");
  expect(found).toMatchObject({
    status: "problem",
    message: `the slot of task ${id} was not given back at its end: the supervisor is gone`,
    fixable: true,
  });
  patient.follow(found?.advice);
  expect(patient.askOf("tasks")).toMatchObject([{ status: "ok", message: "none running; 1 ended" }]);
});

test("what is left of tasks that are over: a socket, an environment, a directory without a task", async () => {
  const patient = new Patient();
  const id = await startTask(patient.home, ["--", "true"]);
  patient.run(["wait", id]);
  const directory = join(patient.home, "tasks", id);
  const socket = join(directory, "ctl");
  const make = () => {
    Bun.spawnSync(["python3", "-c", "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", socket]);
    writeFileSync(join(directory, "environment"), "{}");
    const stray = join(patient.home, "tasks", newTaskId());
    mkdirSync(stray);
    writeFileSync(join(stray, "output.log"), "");
    utimesSync(stray, new Date(0), new Date(0));
    return stray;
  };
  let stray = make();
  const found = patient.askOf("tasks");
  expect(found.map(({ status, message }) => [status, message])).toEqual([
    ["warning", `${socket} was left by a task that is over, and nobody listens there`],
    [
      "problem",
      `${join(directory, "environment")} was left by a task that is over: it holds an environment, which may hold secrets`,
    ],
    ["warning", `1 directory below ${join(patient.home, "tasks")} without a task, such as ${stray.slice(-14)}`],
  ]);
  for (const { advice } of found) patient.follow(advice);
  expect([socket, stray].map(existsSync)).toEqual([false, false]);
  expect(patient.askOf("tasks")).toMatchObject([{ status: "ok" }]);
  stray = make();
  expect(patient.ask({ fix: true })).toMatchObject({ code: 0, repaired: { length: 3 } });
  expect([socket, stray, join(directory, "environment"), join(directory, "output.log")].map(existsSync)).toEqual([
    false,
    false,
    false,
    true,
  ]);
});

test("what supervisors complained about within a day is told", async () => {
  const patient = new Patient();
  const id = await startTask(patient.home, ["--", "true"]);
  patient.run(["wait", id]);
  change(patient.home, "PRAGMA user_version = 999");
  const trace = join(patient.home, "trace.log");
  const { exited } = Bun.spawn([BINARY, "__supervise", id], {
    env: { BACKBURNER_HOME: patient.home },
    stderr: Bun.file(trace),
  });
  await exited;
  change(patient.home, "PRAGMA user_version = 5");
  const [found] = patient.askOf("tasks");
  expect(found).toMatchObject({ status: "warning", advice: expect.stringContaining(trace) });
  expect(found?.message).toMatch(/^supervisors have complained once within a day, last: .* no supervisor for task /);
  patient.follow(`rm ${trace}`);
  expect(patient.askOf("tasks")).toMatchObject([{ status: "ok" }]);
});

test("a running task, one that waits, and what a task left running are no trouble", async () => {
  const patient = new Patient();
  const { command, begun, open } = gate(patient.home);
  const id = await startTask(patient.home, ["--", command], { env: { BACKBURNER_MAX_TASKS: "1" } });
  await begun();
  await startTask(patient.home, ["--", "sleep 300 & true"], { env: { BACKBURNER_MAX_TASKS: "1" } });
  expect(patient.askOf("tasks")).toMatchObject([
    { status: "ok", message: "1 running, each with its supervisor; 1 waiting; 0 ended" },
  ]);
  open();
  patient.run(["wait", id]);
  await waitUntil("both are over", () => patient.askOf("tasks")[0]?.message === "none running; 2 ended");
});
