// backburner doctor on the machine it runs on: each trouble really happens, is told, and is gone with its cause.

import { expect, test } from "bun:test";
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kindOf } from "../src/operations/checks/disk.ts";
import { type Circumstances, Patient } from "./helpers/doctor.ts";
import { SmallDisk } from "./helpers/disk.ts";
import { BINARY, FIXTURES, newHome, readText, waitUntil } from "./helpers/home.ts";
import { Wire } from "./helpers/mcp.ts";

/** A program of these lines. */
function script(patient: Patient, name: string, ...lines: string[]): string {
  const path = join(patient.user, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${lines.join("\n")}\n`, { mode: 0o755 });
  return path;
}

/** In a mount namespace of its own, after these commands. */
const mounted = (...commands: string[]): string[] => [
  "unshare",
  "-m",
  "sh",
  "-c",
  `${commands.join(" && ")} && exec "$@"`,
  "sh",
];

/** Asks in the circumstances and without them: the trouble is there, then not. */
function troubled(patient: Patient, check: string, how: Circumstances) {
  const found = patient.askOf(check, how);
  expect(patient.askOf(check).map(({ status }) => status)).toEqual(["ok"]);
  expect(found.every(({ status, advice }) => status === "ok" || advice !== undefined)).toBe(true);
  return found;
}

test("a shell that is not there, fails, hangs, chatters or is slow is told, each in its own words", () => {
  const patient = new Patient();
  const hangs = script(patient, "hangs", "sleep 100");
  const chatty = script(patient, "chatty", "echo welcome", 'exec sh "$@"');
  const slow = script(patient, "slow", "sleep 0.6", 'exec sh "$@"');
  for (const [shell, status, message] of [
    ["/no/such/shell -c", "problem", /^BACKBURNER_SHELL \(\/no\/such\/shell\) can't be started \(.*ENOENT.*\)$/],
    ["/bin/false", "problem", /^BACKBURNER_SHELL \(\/bin\/false\) does not run a command: it left with 1$/],
    ["/bin/sh -x y", "problem", /does not run a command: it left with \d+, saying .*/],
    ["/bin/echo -c", "problem", /does not run a command/],
    [`${hangs} -c`, "problem", /did not run a command within 2 s$/],
    [`${chatty} -c`, "warning", /prints something of its own before each command/],
    [`${slow} -c`, "warning", /takes [01]\.\d s to start, which every task waits for$/],
    ["/bin/sh -c", "ok", /^BACKBURNER_SHELL \(\/bin\/sh\) runs commands, in \d+ ms$/],
  ] as const) {
    // Another setting that is wrong does not hide it.
    const found = troubled(patient, "shell", { env: { BACKBURNER_SHELL: shell, BACKBURNER_MAX_TASKS: "many" } });
    expect(found).toMatchObject([{ status, message: expect.stringMatching(message) }]);
  }
});

test("no bash is a warning", () => {
  const found = troubled(new Patient(), "shell", { via: mounted("mount --bind /dev/null /usr/bin/bash") });
  expect(found).toMatchObject([{ status: "warning", message: "there is no bash: commands run with /bin/sh -c" }]);
});

test("where no terminal can be opened, that is a problem", () => {
  const found = troubled(new Patient(), "terminal", { via: mounted("mount -t tmpfs none /dev/pts") });
  expect(found).toMatchObject([
    { status: "problem", message: expect.stringMatching(/^no terminal can be opened for a task \(/) },
  ]);
});

test("where the kernel refuses to let us adopt orphans, that is a warning", () => {
  if (process.arch !== "x64") throw new Error("the filter is for x86-64");
  const via = ["/usr/bin/env", "python3", join(FIXTURES, "refuses-subreaper.py")];
  const found = troubled(new Patient(), "subreaper", { via, env: { PATH: process.env.PATH ?? "" } });
  expect(found).toMatchObject([
    { status: "warning", message: expect.stringContaining("does not let us adopt orphans") },
  ]);
});

test("where nothing can be started in the background, that is a problem, and nobody else is ended", () => {
  const patient = new Patient();
  // In a process group of its own: were that ended, so would be this test.
  const via = ["setsid", "--wait", ...mounted("mount --bind /usr/bin/true /bin/sh")];
  expect(troubled(patient, "subreaper", { via })).toMatchObject([
    { status: "problem", message: "/bin/sh can't start a process in the background (it left with 0)" },
  ]);
});

test("a process table that can't be read is a problem", () => {
  const via = mounted("mount -t tmpfs none /proc/sys/kernel/random");
  expect(troubled(new Patient(), "processes", { via })).toMatchObject([
    { status: "problem", message: expect.stringMatching(/^the process table can't be read \(ENOENT/) },
  ]);
});

test("few open files and few processes are told", () => {
  const patient = new Patient();
  const limited = (limit: string) =>
    troubled(patient, "limits", { via: ["bash", "-c", `ulimit ${limit}; exec "$@"`, "bash"] });
  expect(limited("-n 100")).toMatchObject([{ status: "problem", message: "only 100 files may be open at once" }]);
  expect(limited("-n 600")).toMatchObject([{ status: "warning", message: "only 600 files may be open at once" }]);
  expect(limited("-u 200")).toMatchObject([
    { status: "warning", message: expect.stringContaining("only 200 processes and threads") },
  ]);
});

test("a clock that was set back behind a task, or behind this program, is a warning", () => {
  const patient = new Patient();
  const library = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/faketime/libfaketime.so.1`;
  if (!existsSync(library)) throw new Error(`${library} is missing: apt-get install libfaketime`);
  const later = { LD_PRELOAD: library, FAKETIME: "+2d", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
  expect(troubled(patient, "clock", { env: { ...later, FAKETIME: "-3d" } })).toMatchObject([
    { status: "warning", message: expect.stringMatching(/^it is .*, and this program is from /) },
  ]);
  patient.run(["start", "--", "true"], { env: later });
  expect(patient.askOf("clock")).toMatchObject([
    { status: "warning", message: expect.stringMatching(/^it is .*, and a task is from .*: the clock was set back$/) },
  ]);
  expect(patient.askOf("clock", { env: later })).toMatchObject([{ status: "ok" }]);
});

test("a disk that is nearly full, or out of files, is a problem; memory is a warning", async () => {
  await SmallDisk.use(8 * 2 ** 20, async (disk) => {
    const patient = new Patient();
    patient.home = disk.home;
    const [memory, full] = patient.askOf("disk");
    expect(memory).toMatchObject({ status: "warning", message: expect.stringContaining("is in memory (tmpfs)") });
    expect(full).toMatchObject({ status: "problem", message: expect.stringMatching(/^only [78]MB free for /) });
    expect(patient.ask().code).toBe(1);
    const remount = (options: string) => Bun.spawnSync(["mount", "-o", `remount,${options}`, disk.home]);
    remount("size=500M");
    expect(patient.askOf("disk")[1]).toMatchObject({ status: "warning", message: expect.stringContaining("free") });
    remount("size=4G,nr_inodes=50");
    expect(patient.askOf("disk")[1]).toMatchObject({
      status: "problem",
      message: expect.stringMatching(/^only \d\d more files can be made/),
    });
    remount("size=4G,nr_inodes=100k");
    expect(patient.askOf("disk")).toHaveLength(1);
  });
});

test("a home on a FUSE file system is a warning", async () => {
  const patient = new Patient();
  const elsewhere = patient.home;
  const server = Bun.spawn(["python3", join(FIXTURES, "fuse-mount.py"), patient.home], { stderr: "inherit" });
  try {
    await waitUntil("it is mounted", () => readText("/proc/mounts").includes(` ${patient.home} fuse`));
    expect(patient.askOf("disk")).toMatchObject([
      { status: "warning", message: expect.stringMatching(/is on a FUSE file system; sshfs and its like are network/) },
    ]);
    patient.home = join(patient.user, "on a disk");
    expect(patient.askOf("disk").some(({ message }) => message.includes("FUSE"))).toBe(false);
  } finally {
    Bun.spawnSync(["umount", "-l", elsewhere]);
    server.kill("SIGKILL");
    await server.exited;
  }
});

test("kinds of file systems, by the numbers of statfs(2)", () => {
  expect(
    [0xef53, 0x6969, 0xff534d42, -11317950, 0x01021997, 0x65735546, 0x01021994, 7].map((one) => kindOf(one).kind),
  ).toEqual(["local", "network", "network", "network", "network", "fuse", "memory", "unknown"]);
});

test("settings: every wrong one is a problem, one that does nothing a warning; and what takes a Bun program over", () => {
  const patient = new Patient();
  const env = { BACKBURNER_DENY: "ok,(", BACKBURNER_TIMEOUT: "soon", BACKBURNER_MAX_TASK: "3" };
  const found = troubled(patient, "settings", { env });
  expect(found.map(({ status, message, advice }) => [status, message.split(";")[0], advice])).toEqual([
    ["problem", 'BACKBURNER_DENY is "ok,("', "change or unset BACKBURNER_DENY"],
    ["problem", 'BACKBURNER_TIMEOUT is "soon"', "change or unset BACKBURNER_TIMEOUT"],
    ["warning", "BACKBURNER_MAX_TASK is no setting and does nothing", "did you mean BACKBURNER_MAX_TASKS?"],
  ]);
  writeFileSync(join(patient.home, "config.toml"), "max_tasks = many\n");
  expect(patient.askOf("settings")).toMatchObject([
    { status: "problem", message: expect.stringContaining("config.toml can't be read") },
  ]);
  writeFileSync(join(patient.home, "config.toml"), 'max_tasks = 3\ndeny = ["^sudo"]\n');
  expect(patient.askOf("settings")).toMatchObject([
    { status: "ok", message: "config.toml sets deny, max_tasks; the environment sets home" },
  ]);
  expect(troubled(patient, "environment", { env: { BUN_OPTIONS: "--smol" } })).toMatchObject([
    { status: "warning", message: expect.stringMatching(/^BUN_OPTIONS is set/), advice: "unset BUN_OPTIONS" },
  ]);
});

test("another backburner on the PATH is told; this one under another name and a copy of it are not", () => {
  const patient = new Patient();
  const bin = join(patient.user, "bin");
  const env = { PATH: `${bin}:/usr/bin:/bin` };
  const other = script(patient, "bin/backburner", "echo 0.0.1");
  expect(troubled(patient, "version", { env })).toMatchObject([
    { status: "ok" },
    { status: "warning", message: `the PATH leads to another backburner, ${other}` },
  ]);
  patient.follow(`rm ${other}`);
  symlinkSync(BINARY, other);
  expect(patient.askOf("version", { env })).toHaveLength(1);
  patient.follow(`rm ${other}`);
  copyFileSync(BINARY, other);
  expect(patient.askOf("version", { env })).toHaveLength(1);
});

test("a server and a supervisor whose binary was replaced while they run are told", async () => {
  const patient = new Patient();
  const binary = join(newHome(), "backburner");
  copyFileSync(BINARY, binary);
  chmodSync(binary, 0o755);
  const server = new Wire(patient.home, { binary });
  await server.shakeHands();
  const { structuredContent } = await server.tool("start_task", { command: "sleep 1000" });
  const { task_id } = structuredContent as { task_id: string };
  await waitUntil("it runs", async () => {
    const { structuredContent: task } = await server.tool("task_status", { task_id });
    return (task as { status: string }).status === "working";
  });
  const mine = () => patient.askOf("version").filter(({ message }) => message.includes(String(server.pid)));
  expect(mine()).toEqual([]);
  expect(patient.askOf("version")[0]?.message).not.toContain("another build");
  copyFileSync(BINARY, `${binary}.next`);
  renameSync(`${binary}.next`, binary);
  expect(mine()).toMatchObject([{ status: "warning", advice: expect.stringMatching(/^restart the clients?,/) }]);
  expect(patient.askOf("version")[0]?.message).toEndWith("; 1 running task has a supervisor of another build");
  await server.close();
  await waitUntil("the server has left", () => mine().length === 0);
});
