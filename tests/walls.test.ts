// What lies in the home belongs to its user alone: modes whatever the umask, no symlink followed, no home that others can write.

import { expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { cli, cliJson, gate, startTask } from "./helpers/cli.ts";
import { BINARY, newHome, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

const isRoot = process.geteuid?.() === 0;
const modeOf = (path: string) => (lstatSync(path).mode & 0o7777).toString(8);

/** Every path below a directory with its mode. */
function modesBelow(directory: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(directory, { recursive: true }) as string[])
    found[name.replaceAll(/[2-9][a-z2-9]{13}/g, "<id>")] = modeOf(join(directory, name));
  return found;
}

/** The binary under a umask, as a user without root's power to open what is closed where the test can be one. */
async function underUmask(umask: string, home: string, args: string): Promise<string> {
  const user = isRoot ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : [];
  const run = Bun.spawn([...user, "sh", "-c", `umask ${umask}; exec "$0" ${args}`, BINARY], {
    env: { ...process.env, BACKBURNER_HOME: home },
    cwd: "/",
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, complaint] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
  expect(complaint).toBe("");
  return output.trim();
}

test.each(["000", "022", "0777", "0377"])("with umask %s everything is made 0700 and 0600", async (umask) => {
  const root = newHome();
  const home = join(root, "deep", "home");
  const { command, open, begun } = gate(root);
  const id = await underUmask(umask, home, `start -i --name held -- '${command}; yes | head -c 200000; umask'`);
  await begun();
  const queued = await underUmask(umask, home, "start --name queued -- true");
  const held = join(home, "tasks", id, "hold");
  await waitUntil("it can be waited for", () => existsSync(held));
  const open600 = (names: string[]) => Object.fromEntries(names.map((name) => [name, "600"]));
  expect(modeOf(home)).toBe("700");
  expect(modesBelow(home)).toMatchObject({ tasks: "700", "tasks/<id>": "700", ...open600(["backburner.db"]) });
  for (const mode of Object.values(modesBelow(home))) expect(mode).toMatch(/^[67]00$/);
  expect(modesBelow(join(home, "tasks", id))).toMatchObject(open600(["ctl", "hold", "output.log"]));
  const waits = underUmask(umask, home, "wait held");
  open();
  await waits;
  await underUmask(umask, home, `wait ${queued}`);
  for (const mode of Object.values(modesBelow(home))) expect(mode).toMatch(/^[67]00$/);
  // The command has its submitter's.
  expect(readText(join(home, "tasks", id, "output.log")).slice(-5)).toBe(`${umask.padStart(4, "0")}\n`);
});

test("a queued task's environment, the parts of a long output, the trace and the clean-up's stamp are 0600", async () => {
  const home = newHome();
  const env = { BACKBURNER_MAX_TASKS: "1", BACKBURNER_MAX_OUTPUT: "64KB" };
  const { command, open, begun } = gate(home);
  const id = await startTask(home, ["--", `yes | head -c 400000; ${command}`], { env });
  await begun();
  const queued = await startTask(home, ["--", "true"], { env });
  expect(modeOf(join(home, "tasks", queued, "environment"))).toBe("600");
  await cli(home, ["cancel", queued]);
  const parts = readdirSync(join(home, "tasks", id)).filter((name) => /^output\.(log|index)\.\d+$/.test(name));
  expect(parts.length).toBeGreaterThan(2);
  for (const name of ["trace.log", "tidied"]) expect(modeOf(join(home, name))).toBe("600");
  open();
  await cli(home, ["wait", id]);
  const own = Object.entries(modesBelow(home)).filter(([name]) => !name.startsWith("gate."));
  expect(own.filter(([, mode]) => !/^[67]00$/.test(mode))).toEqual([]);
});

test("a new directory that somebody made for us is closed, one with other things in it is left as it is", async () => {
  const [home, shared] = [newHome(), newHome()];
  chmodSync(home, 0o755);
  writeFileSync(join(home, "config.toml"), "max_tasks = 3\n");
  expect((await cli(home, ["list"], { cwd: "/" })).code).toBe(0);
  expect(modeOf(home)).toBe("700");
  chmodSync(shared, 0o755);
  writeFileSync(join(shared, "notes.txt"), "mine");
  expect((await cli(shared, ["list"], { cwd: "/" })).code).toBe(0);
  expect(modeOf(shared)).toBe("755");
  expect(modeOf(join(shared, "tasks"))).toBe("700");
});

test.each([0o770, 0o707, 0o1777])(
  "a home that others can write (%o) is refused with a sentence at every door",
  async (mode) => {
    const home = newHome();
    writeFileSync(join(home, "notes.txt"), "");
    chmodSync(home, mode);
    const stderr = `backburner: the home ${home} can be written by other users (mode ${mode.toString(8)}); run chmod 700 on it, or set BACKBURNER_HOME to a directory that only you can write\n`;
    expect(await cli(home, ["list"])).toEqual({ stdout: "", stderr, code: 125 });
    expect(await cli(home, ["mcp"])).toEqual({ stdout: "", stderr, code: 125 });
    expect(await cli(home, ["start", "true"])).toMatchObject({ stdout: "", code: 125 });
    expect(readdirSync(home)).toEqual(["notes.txt"]);
    chmodSync(home, 0o700);
  },
);

test.skipIf(!isRoot)("a home of somebody else is refused with a sentence, by root too", async () => {
  const home = newHome();
  chownSync(home, 4242, 4242);
  expect(await cli(home, ["list"])).toEqual({
    stdout: "",
    stderr: `backburner: the home ${home} belongs to another user; set BACKBURNER_HOME to a directory of your own, it is made when it is not there\n`,
    code: 125,
  });
  expect(readdirSync(home)).toEqual([]);
});

test("the home itself may be a symlink", async () => {
  const root = newHome();
  mkdirSync(join(root, "real"), { mode: 0o700 });
  const home = join(root, "link");
  symlinkSync("real", home);
  const id = await startTask(home, ["--", "echo here"], { cwd: root });
  expect((await cli(home, ["wait", id], { cwd: root })).code).toBe(0);
  expect((await cli(home, ["logs", id], { cwd: root })).stdout).toBe("here\n");
  expect(existsSync(join(root, "real", "tasks", id))).toBe(true);
});

test.each(["backburner.db", "backburner.db-wal", "tasks"])(
  "a %s that is a symlink is refused with a sentence",
  async (name) => {
    const [home, elsewhere] = [newHome(), newHome()];
    await cli(home, ["list"]);
    for (const left of readdirSync(home)) if (left.startsWith(name)) rmSync(join(home, left), { recursive: true });
    if (name === "tasks") mkdirSync(join(elsewhere, name));
    symlinkSync(join(elsewhere, name), join(home, name));
    const { stderr, code } = await cli(home, ["start", "true"], { cwd: "/" });
    expect(code).toBe(125);
    expect(stderr).toBe(
      `backburner: ${join(home, name)} is no ${name === "tasks" ? "directory" : "plain file"} but a link or something else in its place; remove it, and try again\n`,
    );
    expect(readdirSync(elsewhere, { recursive: true })).toEqual(name === "tasks" ? ["tasks"] : []);
  },
);

test.each(["output.index", "hold"])(
  "a symlink planted in place of a running task's %s is not followed",
  async (name) => {
    const [home, elsewhere] = [newHome(), newHome()];
    const victim = join(elsewhere, "victim");
    writeFileSync(victim, "precious");
    const server = await Server.open(home);
    const { command, open, begun } = gate(home);
    const { task_id } = await server.start(`${command}; echo printed`);
    await begun();
    symlinkSync(victim, join(home, "tasks", task_id, name));
    const wait = server.call("wait_task", { task_ids: [task_id] });
    open();
    expect(await wait).toMatchObject({ reason: "ended", tasks: [{ task_id }] });
    expect(readText(victim)).toBe("precious");
    await server.close();
  },
);

test("a symlink in place of the trace or the clean-up's stamp is not followed, and tasks run all the same", async () => {
  const [home, elsewhere] = [newHome(), newHome()];
  const long = new Date(1e12);
  for (const name of ["trace.log", "tidied"]) {
    writeFileSync(join(elsewhere, name), "precious");
    symlinkSync(join(elsewhere, name), join(home, name));
  }
  expect((await cli(home, ["start", "--wait", "--", "echo runs"])).stdout).toBe("runs\n");
  await startTask(home, ["true"]); // cleans up
  for (const name of ["trace.log", "tidied"]) {
    expect(readText(join(elsewhere, name))).toBe("precious");
    expect(statSync(join(elsewhere, name)).mtime.getTime()).toBeGreaterThan(long.getTime());
  }
});

test("a FIFO in place of the trace keeps no task from running", async () => {
  const home = newHome();
  Bun.spawnSync(["mkfifo", join(home, "trace.log")]);
  expect((await cli(home, ["start", "--wait", "--", "echo runs"])).stdout).toBe("runs\n");
});

test.each(["a symlink", "a FIFO", "a directory", "nothing"])(
  "with %s in place of a log a task has no output, and nobody waits for it",
  async (what) => {
    const [home, elsewhere] = [newHome(), newHome()];
    const id = await startTask(home, ["--", "echo output"]);
    await cli(home, ["wait", id]);
    const log = join(home, "tasks", id, "output.log");
    rmSync(log);
    if (what === "a symlink") {
      writeFileSync(join(elsewhere, "secret"), "secret\n");
      symlinkSync(join(elsewhere, "secret"), log);
    }
    if (what === "a FIFO") Bun.spawnSync(["mkfifo", log]);
    if (what === "a directory") mkdirSync(log);
    expect(await cliJson(home, ["logs", id])).toMatchObject({ status: "completed", output: "" });
    expect(await cli(home, ["logs", id])).toEqual({ stdout: "", stderr: "", code: 0 });
    expect(await cliJson(home, ["list"])).toMatchObject({ total: 1 });
    expect((await cli(home, ["logs", id, "--grep", "."])).stdout).toBe("");
  },
);

test("a task's directory that is a symlink is neither read nor cleaned through", async () => {
  const [home, elsewhere] = [newHome(), newHome()];
  const id = await startTask(home, ["--", "echo output"]);
  await cli(home, ["wait", id]);
  const directory = join(home, "tasks", id);
  renameSync(directory, join(elsewhere, "moved"));
  symlinkSync(join(elsewhere, "moved"), directory);
  expect((await cli(home, ["logs", id])).stdout).toBe("");
  expect((await cli(home, ["prune", "--keep", "0"])).stdout).toContain("removed 1 task");
  expect(existsSync(directory)).toBe(false);
  expect(readText(join(elsewhere, "moved", "output.log"))).toBe("output\n");
});

test("what has the form of a path is no id at any door", async () => {
  const home = newHome();
  mkdirSync(join(home, "tasks"), { mode: 0o700 });
  writeFileSync(join(home, "environment"), '{"env":{},"umask":18}');
  const server = await Server.open(home);
  for (const given of ["..", "../..", ".", "/etc", "../tasks", "2abcdefghijkm/", "2abcdefghijkm\0"]) {
    for (const verb of ["status", "logs", "wait", "cancel", "attach"])
      expect((await cli(home, [verb, given.replaceAll("\0", "")])).code).toBe(2);
    for (const tool of ["task_status", "task_result", "cancel_task"])
      expect(await server.tool(tool, { task_id: given })).toMatchObject({ isError: true });
    await cli(home, ["__supervise", given.replaceAll("\0", "")]);
  }
  expect(readText(join(home, "environment"))).toBe('{"env":{},"umask":18}');
  expect(readdirSync(join(home, "tasks"))).toEqual([]);
  await server.close();
});
