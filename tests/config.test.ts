// Settings: where each value comes from, and what is said of a wrong one.

import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { durationText, parseDuration, parseSize, sizeText } from "../src/amounts.ts";
import { loadConfig } from "../src/config.ts";
import { homeOf } from "../src/given-home.ts";
import { newHome } from "./helpers/home.ts";

function load(env: Record<string, string> = {}, file?: string) {
  const home = newHome();
  if (file !== undefined) writeFileSync(join(home, "config.toml"), file);
  return loadConfig({ BACKBURNER_HOME: home, ...env });
}

test("without any setting the defaults hold", async () => {
  expect(await load()).toMatchObject({ maxTasks: 10, nativeTasks: "auto", policy: undefined });
  const keys = ["home", "keep", "maxOutputBytes", "maxTasks", "nativeTasks", "policy"];
  expect(Object.keys(await load()).toSorted()).toEqual(keys);
  expect((await load()).keep).toEqual({ ms: 30 * 86_400_000, tasks: 100_000, bytes: 5 * 2 ** 30 });
});

test("the environment wins over config.toml, an empty variable is as none", async () => {
  const file = 'max_tasks = 3\ntimeout = "20m"\nshell = "zsh -lc"\ndeny = ["rm -rf"]\n';
  expect(await load({}, file)).toMatchObject({
    maxTasks: 3,
    timeoutMs: 1_200_000,
    shell: ["zsh", "-lc"],
    policy: { deny: [{ source: "rm -rf" }] },
  });
  expect(await load({ BACKBURNER_MAX_TASKS: "7", BACKBURNER_DENY: "", BACKBURNER_TIMEOUT: "90" }, file)).toMatchObject({
    maxTasks: 7,
    timeoutMs: 90_000,
    policy: { deny: [{ source: "rm -rf" }] },
  });
});

test.each([
  [{ BACKBURNER_MAX_TASKS: "abc" }, 'BACKBURNER_MAX_TASKS is "abc"; expected a whole number from 1 to 1000'],
  [{ BACKBURNER_MAX_TASKS: "0" }, 'BACKBURNER_MAX_TASKS is "0"; expected a whole number from 1 to 1000'],
  [{ BACKBURNER_MAX_TASKS: "2.5" }, 'BACKBURNER_MAX_TASKS is "2.5"; expected a whole number from 1 to 1000'],
  [
    { BACKBURNER_TIMEOUT: "soon" },
    'BACKBURNER_TIMEOUT is "soon"; expected a duration such as 90s or 20m, or seconds above 0',
  ],
  [
    { BACKBURNER_TIMEOUT: "-1" },
    'BACKBURNER_TIMEOUT is "-1"; expected a duration such as 90s or 20m, or seconds above 0',
  ],
  [{ BACKBURNER_KEEP_DAYS: "0" }, 'BACKBURNER_KEEP_DAYS is "0"; expected a number of days above 0, at most 36500'],
  [{ BACKBURNER_KEEP_TASKS: "1.5" }, 'BACKBURNER_KEEP_TASKS is "1.5"; expected a whole number from 1 to 1000000000'],
  [
    { BACKBURNER_KEEP_BYTES: "lots" },
    'BACKBURNER_KEEP_BYTES is "lots"; expected a size such as 500MB or 5GB, or bytes, at least 1MB',
  ],
  [{ BACKBURNER_NATIVE_TASKS: "on" }, 'BACKBURNER_NATIVE_TASKS is "on"; expected auto, wait or off'],
  [{ BACKBURNER_CWD: "here" }, 'BACKBURNER_CWD is "here"; expected an absolute path'],
  [{ BACKBURNER_SHELL: "  " }, 'BACKBURNER_SHELL is "  "; expected a program and its arguments, such as bash -lc'],
])("a wrong value is named with what was expected: %p", (env, message) => {
  expect(load(env)).rejects.toThrow(message);
});

test("what is kept is set by days, count and size", async () => {
  const env = { BACKBURNER_KEEP_DAYS: "0.5", BACKBURNER_KEEP_TASKS: "7" };
  expect((await load(env, 'keep_bytes = "500MB"')).keep).toEqual({ ms: 43_200_000, tasks: 7, bytes: 500 * 2 ** 20 });
});

test("a pattern that is no regular expression is named, with what is wrong with it", () => {
  expect(load({ BACKBURNER_DENY: "ok,(" })).rejects.toThrow(
    /^BACKBURNER_DENY is "ok,\("; expected a comma-separated list of regular expressions \(Invalid regular expression/,
  );
});

test("config.toml: unknown keys, wrong values and broken text are named", () => {
  expect(load({}, "max_task = 3")).rejects.toThrow(
    /config.toml sets "max_task", which is no setting; known are allow, deny, ask, allow_env, max_tasks/,
  );
  expect(load({}, "max_tasks = 'many'")).rejects.toThrow(
    /max_tasks in .*config.toml is "many"; expected a whole number/,
  );
  expect(load({}, "max_tasks = ")).rejects.toThrow(/config.toml can't be read: .*; mend or remove it/);
  const home = newHome();
  mkdirSync(join(home, "config.toml"));
  expect(loadConfig({ BACKBURNER_HOME: home })).rejects.toThrow(/config.toml can't be read: .*; mend or remove it/);
  chmodSync(home, 0o700);
});

test("the home: a tilde is the user's own directory, none given is ~/.backburner", () => {
  expect(homeOf({})).toBe(join(homedir(), ".backburner"));
  expect(homeOf({ BACKBURNER_HOME: "~/x" })).toBe(join(homedir(), "x"));
  expect(homeOf({ BACKBURNER_HOME: "/a/../b" })).toBe("/b");
});

test("durations are read as people write them", () => {
  expect(["90", "90s", "1.5h", "1h30m", "2d", "250ms", " 20 m "].map(parseDuration)).toEqual([
    90, 90, 5400, 5400, 172_800, 0.25, 1200,
  ]);
  expect(["2 days", "1 hour 30 mins", "45sec", "2w", "5 Minutes"].map(parseDuration)).toEqual([
    172_800, 5400, 45, 1_209_600, 300,
  ]);
  expect(["", "m", "5x", "-3s", "1h-", "1e3", "3 toString"].map(parseDuration)).toEqual(Array(7).fill(undefined));
});

test("sizes are read as people write them, and what is shown of both reads back as the same", () => {
  expect(["64MB", "1.5 GB", "512k", "1048576", "2TiB", "10 bytes", "7b"].map(parseSize)).toEqual([
    64 * 2 ** 20,
    1.5 * 2 ** 30,
    512 * 2 ** 10,
    2 ** 20,
    2 * 2 ** 40,
    10,
    7,
  ]);
  expect(["", "MB", "-1", "5XB", "1e3"].map(parseSize)).toEqual(Array(5).fill(Number.NaN));
  for (const bytes of [0, 1000, 4096, 64 * 2 ** 20, 1.5 * 2 ** 30, 5 * 2 ** 40])
    expect(parseSize(sizeText(bytes))).toBe(bytes);
  for (const seconds of [0.25, 90, 1200, 5400, 86_400, 90_061.5])
    expect(parseDuration(durationText(seconds))).toBe(seconds);
  expect([sizeText(64 * 2 ** 20), durationText(1200), durationText(5400)]).toEqual(["64MB", "20m", "1h30m"]);
});

test("patterns ignore case, a comma in one is escaped, and one may stand for an open stdin only", async () => {
  const { policy } = await load({
    BACKBURNER_ALLOW: "^npm , pty:^python3$\n",
    BACKBURNER_ASK: "a{1\\,2}b",
    BACKBURNER_ALLOW_ENV: "CI , npm_config_x ",
  });
  expect(policy).toEqual({
    allow: [
      { source: "^npm ", regex: /^npm /i },
      { source: "pty:^python3$", regex: /^python3$/i, door: "pty" },
    ],
    ask: [{ source: "a{1,2}b", regex: /a{1,2}b/i }],
    deny: [],
    allowEnv: ["CI", "npm_config_x"],
  });
  expect((await load({ BACKBURNER_ALLOW_ENV: "CI" })).policy).toBeUndefined();
});

test("a wrong ask pattern or name of a variable is an error at start", () => {
  expect(load({ BACKBURNER_ASK: "(" })).rejects.toThrow(
    /^BACKBURNER_ASK is "\("; expected a comma-separated list of regular/,
  );
  expect(load({ BACKBURNER_ALLOW_ENV: "CI,A-B" })).rejects.toThrow(
    /^BACKBURNER_ALLOW_ENV is "CI,A-B"; expected a comma-separated list of variable names/,
  );
});
