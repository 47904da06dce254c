// Those whom a head start makes are killed between fork and exec, by strace(1), at one system call after the other: what becomes of the task.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { cli, cliJson } from "./helpers/cli.ts";
import { BINARY, newHome, processesWith, readText, waitUntil } from "./helpers/home.ts";

/** Each of those that are started is killed where it makes this call first. The starter makes none but its own execve, which strace spares. */
const CALLS = ["setsid", "pipe2", "chdir", "dup3", "faccessat", "renameat2", "execve"];
/** A supervisor that has not come is missed after 10 s. */
const TIMEOUT_MS = 60_000;

test(
  "killed at whichever of them: the task ends, its command begins once at most, and nobody is left",
  async () => {
    if (!Bun.which("strace")) throw new Error("strace is missing: apt-get install strace");
    await Promise.all(CALLS.map(startKilledAt));
  },
  TIMEOUT_MS,
);

async function startKilledAt(call: string): Promise<void> {
  const home = newHome();
  const seen = join(home, "seen-by-strace");
  const inject = ["-f", "-qq", "-o", seen, "-e", `trace=${call}`, "-e", `inject=${call}:signal=KILL:when=1`];
  const start = [BINARY, "start", "--", "echo begun >> seen"];
  const started = await cli(home, [...inject, ...start], { binary: "strace" });
  expect({ call, ...started }).toMatchObject({ call, code: 0, stderr: "" });
  expect({ call, seen: readText(seen) }).toEqual({ call, seen: expect.stringContaining("killed by SIGKILL") });
  const id = started.stdout.trim();
  await cli(home, ["wait", id]);
  const { status } = await cliJson(home, ["status", id]);
  const begun = readText(join(home, "seen"));
  // Who is killed once the environment is taken leaves a task that nobody else begins.
  if (call === "renameat2" || call === "execve")
    expect({ call, status, begun }).toEqual({ call, status: "interrupted", begun: "" });
  else if (status === "completed") expect({ call, begun }).toEqual({ call, begun: "begun\n" });
  else
    expect({ call, status, begun }).toEqual({
      call,
      status: expect.stringMatching(/^(failed|interrupted)$/),
      begun: expect.stringMatching(/^(begun\n)?$/),
    });
  await waitUntil("nobody is left", () => processesWith(`BACKBURNER_HOME=${home}`).length === 0);
}
