// What our stdout is attached to: a pipe that closes, a file that holds something already.

import { expect, test } from "bun:test";
import { cli, cliJson, startTask } from "./helpers/cli.ts";
import { BINARY, newHome } from "./helpers/home.ts";

test("output into a closed pipe ends us quietly", async () => {
  const home = newHome();
  const id = await startTask(home, ["--", "seq 1 300000"]);
  await cli(home, ["wait", id]);
  const piped = Bun.spawn(["bash", "-c", '"$0" logs "$1" | head -n 2; echo "${PIPESTATUS[@]}"', BINARY, id], {
    env: { ...process.env, BACKBURNER_HOME: home },
    stderr: "pipe",
  });
  expect(await new Response(piped.stdout).text()).toBe("1\n2\n0 0\n");
  expect(await new Response(piped.stderr).text()).toBe("");
});

test.each(["list --json", "start --wait -- echo hi"])(
  "a stdout that is full is not taken for the home's disk (%s)",
  async (args) => {
    const home = newHome();
    await startTask(home, ["--", "true"]);
    const full = Bun.spawn(["bash", "-c", `"$0" ${args} >/dev/full`, BINARY], {
      env: { ...process.env, BACKBURNER_HOME: home },
      stderr: "pipe",
    });
    expect(await new Response(full.stderr).text()).toMatch(
      /^(backburner: task \w+ goes on; .*\n)?backburner: stdout can't be written \(.*ENOSPC.*\); the rest of what was to be printed is lost\n$/,
    );
    expect(await full.exited).toBe(125);
  },
);

test.each(["logs -f server", "logs -f server other", "events -f --since 1h"])(
  "who follows a silent task leaves when nobody reads any more (%s)",
  async (args) => {
    const home = newHome();
    const ids = [];
    for (const name of ["server", "other"])
      ids.push(await startTask(home, ["--name", name, "--", "echo ready; sleep 60"]));
    const piped = Bun.spawn(["bash", "-c", `"$0" ${args} | head -n 1; echo "\${PIPESTATUS[@]}"`, BINARY], {
      env: { ...process.env, BACKBURNER_HOME: home },
      stderr: "pipe",
    });
    expect(await new Response(piped.stdout).text()).toMatch(/^.*(ready|started).*\n0 0\n$/);
    expect(await new Response(piped.stderr).text()).toBe("");
    await cli(home, ["cancel", ...ids]);
  },
);

test("output goes behind what a file already holds, and nowhere else", async () => {
  const home = newHome();
  const id = await startTask(home, ["--", "seq 1 20000"]);
  await cli(home, ["wait", id]);
  const script =
    'echo before >f; "$0" logs "$1" >>f; "$0" logs -n 0 "$1" >>f; (echo more; "$0" logs "$1") >>f; seq 1 20000 >s; ' +
    "(echo before; cat s; echo more; cat s) | cmp - f && echo same";
  const run = Bun.spawn(["bash", "-c", script, BINARY, id], {
    env: { ...process.env, BACKBURNER_HOME: home },
    cwd: home,
  });
  expect(await new Response(run.stdout).text()).toBe("same\n");
});

test("when our stdout is closed, start --wait says that the task goes on", async () => {
  const home = newHome();
  const script = '"$0" start --wait -- "while :; do echo y; sleep 0.01; done" | head -n 1';
  const run = Bun.spawn(["bash", "-c", script, BINARY], {
    env: { ...process.env, BACKBURNER_HOME: home },
    stderr: "pipe",
  });
  expect(await new Response(run.stderr).text()).toMatch(/^backburner: task \w{14} goes on; "backburner logs -f /);
  expect(await cliJson(home, ["list", "--status", "working"])).toMatchObject({ total: 1 });
});
