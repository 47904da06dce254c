// Homes in odd places, homes of other users, and what is deleted in them while tasks run.

import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../src/store/open.ts";
import { getTask } from "../src/store/read.ts";
import { cli, cliJson, spawnCli, startTask } from "./helpers/cli.ts";
import { isRunning, newHome, processesWith, readText, waitUntil } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";
import { Stranger } from "./helpers/user.ts";

/** All that a home is for: a start, a wait, input, a cancel, another door. */
async function works(home: string): Promise<void> {
  const server = await Server.open(home);
  expect(await server.run("echo out; exit 3")).toMatchObject({ status: "failed", exit_code: 3, output: "out\n" });
  const reader = await server.start("read line; echo got $line", { interactive: true });
  await server.call("send_input", { task_id: reader.task_id, input: "words\n" });
  expect(await server.ended(reader.task_id)).toMatchObject([{ status: "completed", output: "got words\n" }]);
  const sleeper = await server.start("sleep 74 & wait");
  await waitUntil("it runs", async () => (await server.status(sleeper.task_id)).pid);
  const waiting = spawnCli(home, ["wait", sleeper.task_id], { cwd: "/" });
  expect((await cliJson(home, ["status", sleeper.task_id], { cwd: "/" })).status).toBe("working");
  expect(await server.cancel(sleeper.task_id)).toMatchObject({ status: "cancelled" });
  expect(await waiting.exited).toBe(130);
  await server.close();
}

for (const [what, name] of [
  ["of 200 characters", "h".repeat(200)],
  ["of 200 characters in many directories", "deep/".repeat(40)],
  ["with spaces and quotes", `it's a "home" with $HOME and \\ and * in it`],
  ["of letters that are not ASCII", "Zuhause-家-дом-🏠"],
  ["with a newline", "first line\nsecond line"],
  ["that begins with a dash", "--json"],
] as const)
  test(`a home ${what} works at every door`, async () => {
    const home = join(newHome(), name);
    mkdirSync(home, { recursive: true });
    await works(home);
  });

test("a home behind a symlink is the same home by either name", async () => {
  const home = newHome();
  const link = join(newHome(), "link");
  symlinkSync(home, link);
  await works(link);
  const id = await startTask(home, ["--", "sleep 0.2; exit 6"]);
  expect((await cli(link, ["wait", id])).code).toBe(6);
});

test("a log that is deleted while its task runs is put back: with what came before, between and after", async () => {
  const home = newHome();
  const server = await Server.open(home);
  const { task_id } = await server.start(
    `echo before; for go in 1 2; do until [ -e '${home}/go'$go ]; do sleep 0.02; done; echo after $go; done; exit 3`,
  );
  const directory = join(home, "tasks", task_id);
  await waitUntil("it has printed", () => readText(join(directory, "output.log")) === "before\n");
  for (const name of ["output.log", "output.index"]) rmSync(join(directory, name));
  const following = spawnCli(home, ["logs", "-f", task_id]);
  await Bun.write(join(home, "go1"), "");
  await waitUntil(
    "it has printed more",
    async () => (await server.call("task_result", { task_id })).output === "before\nafter 1\n",
  );
  rmSync(directory, { recursive: true });
  await Bun.write(join(home, "go2"), "");
  expect(await server.ended(task_id)).toMatchObject([
    { status: "failed", exit_code: 3, output: "before\nafter 1\nafter 2\n", output_lines: 3 },
  ]);
  expect(await new Response(following.stdout).text()).toBe("before\nafter 1\nafter 2\n");
  await server.close();
});

test("a home that is deleted under a server: what was in it is not found, and it is made again for what is started next", async () => {
  const home = join(newHome(), "home");
  const server = await Server.open(home);
  const { task_id } = await server.start("sleep 0.5; exit 3");
  await waitUntil("it runs", async () => (await server.status(task_id)).pid);
  rmSync(home, { recursive: true, force: true });
  const refused = await server.tool("task_status", { task_id });
  expect(refused.isError).toBe(true);
  expect(await server.run("echo again")).toMatchObject({ status: "completed", output: "again\n" });
  await server.close();
});

test("a home that is removed right after its last task stays so, whatever a supervisor does at the end of its queue", async () => {
  for (let round = 0; round < 3; round += 1) {
    const home = newHome();
    const env = { BACKBURNER_MAX_TASKS: "1" };
    expect((await cli(home, ["start", "--wait", "--", "exit 6"], { env })).code).toBe(6);
    rmSync(home, { recursive: true, force: true });
    await waitUntil("its supervisor has left", () => processesWith(`BACKBURNER_HOME=${home}`).length === 0);
    expect(existsSync(home)).toBe(false);
  }
});

test("a home that is removed right after a start stays so until its server is asked for something", async () => {
  for (let round = 0; round < 3; round += 1) {
    const home = join(newHome(), "home");
    const server = await Server.open(home);
    const { task_id } = await server.start("true");
    const store = openStore(home);
    const ended = await waitUntil("it has ended", () => {
      const task = getTask(store, task_id);
      return task?.status === "completed" && task;
    });
    await waitUntil("its supervisor has left", () => !isRunning(ended.supervisor?.pid ?? 0));
    store.close();
    rmSync(home, { recursive: true, force: true });
    await Bun.sleep(150); // the server looks after dead supervisors 50 ms after a start
    expect(existsSync(home)).toBe(false);
    await server.close();
  }
});

test("two users have a home each: neither meets the other's tasks, nor can use the other's home", async () => {
  await Stranger.use(async (one) => {
    await Stranger.use(async (other) => {
      const servers = [await one.serve(), await other.serve()];
      const tasks = await Promise.all(servers.map((server) => server.start("id -u; sleep 75", { name: "same name" })));
      for (const [at, server] of servers.entries()) {
        const output = `${[one, other][at]?.uid}\n`;
        await waitUntil(
          "it runs as its user",
          async () => (await server.call("task_result", { task_id: "same name" })).output === output,
        );
        expect(await server.call("list_tasks")).toMatchObject({ total: 1, tasks: [{ task_id: tasks[at]?.task_id }] });
      }
      for (const args of [["list"], ["start", "--", "true"], ["cancel", tasks[0]?.task_id ?? ""]]) {
        const refused = other.run(args, { home: one.home });
        expect(refused).toMatchObject({ code: 125, stdout: "" });
        expect(refused.stderr).toMatch(
          /^backburner: .*; (make it writable|mend or remove it|set BACKBURNER_HOME).*\n$/,
        );
      }
      for (const [at, server] of servers.entries()) {
        expect(await server.cancel(tasks[at]?.task_id ?? "")).toMatchObject({ status: "cancelled" });
        await server.close();
      }
    });
  });
});

test("a home that its user can't write is refused with what to do", async () => {
  await Stranger.use(async (user) => {
    expect(user.run(["start", "--wait", "--", "echo before"])).toMatchObject({ code: 0 });
    const { stdout } = user.run(["list"]);
    chmodSync(user.home, 0o500);
    const refused = user.run(["start", "--", "true"]);
    expect(refused).toMatchObject({ code: 125, stdout: "" });
    expect(refused.stderr).toMatch(/^backburner: .*can't be (used|written).*make it writable/);
    const listed = user.run(["list"]);
    if (listed.code === 0) expect(listed.stdout).toBe(stdout);
    else expect(listed.stderr).toMatch(/^backburner: .*can't be (used|written).*make it writable/);
  });
});
