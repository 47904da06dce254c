// top in a real terminal: what it shows, what its keys do, and that the terminal is as it was, whatever ends it.

import { afterEach, expect, test } from "bun:test";
import { cli, gate, startTask } from "./helpers/cli.ts";
import { newHome, processesWith, readText, waitUntil } from "./helpers/home.ts";
import { Screen } from "./helpers/screen.ts";

const screens: Screen[] = [];
afterEach(() => screens.splice(0).forEach((screen) => screen.end()));

function topOf(home: string, size?: { columns: number; rows: number }): Screen {
  const screen = new Screen(home, ["top"], size);
  screens.push(screen);
  return screen;
}

test("what runs, waits and has ended, with progress and last lines, as it changes", async () => {
  const home = newHome();
  const hold = gate(home);
  await cli(home, ["start", "--wait", "--name", "broken", "--", "echo no such file; echo; echo; exit 3"]);
  const build = await startTask(
    home,
    ["--name", "安宁", "--", `echo '[17/34] compiling a.c'; ${hold.command}; echo built`],
    {
      env: { BACKBURNER_MAX_TASKS: "1" },
    },
  );
  await startTask(home, ["--name", "later", "--", "sleep 1000"], { env: { BACKBURNER_MAX_TASKS: "1" } });
  const screen = topOf(home);
  await screen.shows(/1 working of 10 slots, 1 queued, 3 in all/);
  await screen.shows("50%");
  const [, head = "", first = "", second = "", third = ""] = screen.lines;
  expect(head).toMatch(/^ ID {14}STATUS {4}TIME +PROGRESS +TASK +LAST LINE$/);
  expect(first).toContain(` ${build}  working `);
  expect(first).toMatch(/█████░░░░░ {2}50% {2}安宁 +\[17\/34\] compiling a.c/);
  expect(second).toMatch(/queued .* later/);
  expect(third).toMatch(/failed 3 .* broken +no such file/);
  hold.open();
  await screen.shows(/completed .* 安宁 +built/);
  await screen.shows(/working .* later/);
});

test("keys select a task, show its log and scroll in it, and go back", async () => {
  const home = newHome();
  await cli(home, ["start", "--wait", "--name", "older", "--", "seq -f 'line %g' 100"]);
  await cli(home, ["start", "--wait", "--name", "newer", "--", "echo other"]);
  const screen = topOf(home, { columns: 100, rows: 13 });
  await screen.shows("newer");
  screen.press("Down");
  screen.press("Enter");
  await screen.shows("100 lines, 792 bytes; the end");
  const [head, , ...lines] = screen.lines;
  expect(head).toMatch(/completed .* older$/);
  expect(lines.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, at) => `line ${91 + at}`));
  screen.press("PPage");
  await screen.shows("10 lines below");
  expect(screen.lines.slice(2, 12)).toEqual(Array.from({ length: 10 }, (_, at) => `line ${81 + at}`));
  screen.press("Home");
  await screen.shows("90 lines below");
  expect(screen.lines[2]).toBe("line 1");
  screen.press("End");
  await screen.shows("; the end");
  screen.press("q");
  await screen.shows("2 in all");
});

test("c ends the selected task once y says so, and nothing else does", async () => {
  const home = newHome();
  const id = await startTask(home, ["--name", "server", "--", "sleep 1000"]);
  const screen = topOf(home);
  await screen.shows("server");
  screen.press("c");
  await screen.shows("end server with all of its processes? y, or any other key");
  screen.press("n");
  await screen.shows("q quit");
  expect((await cli(home, ["list", "--status", "working"])).stdout).toContain(id);
  screen.press("c");
  await screen.shows("end server");
  screen.press("y");
  await screen.shows(`${id}: cancelled`);
  expect((await cli(home, ["list", "--status", "cancelled"])).stdout).toContain(id);
});

test("i sends a line of input, and says when nobody reads", async () => {
  const home = newHome();
  await startTask(home, ["-i", "--name", "reader", "--", "read line; echo got $line; sleep 1000"]);
  const screen = topOf(home);
  await screen.shows("reader");
  screen.press("i");
  await screen.shows("input for reader, enter sends, escape forgets:");
  screen.type("grün x");
  screen.press("BSpace");
  screen.press("Enter");
  await screen.shows("got grün");
  await startTask(home, ["--name", "deaf", "--", "sleep 1000"]);
  await screen.shows("deaf");
  screen.press("Up");
  screen.press("i");
  await screen.shows("it was started without an open stdin");
});

test("a hands the terminal to a task and takes it back", async () => {
  const home = newHome();
  await startTask(home, ["-t", "--name", "echo", "--", "cat"]);
  const screen = topOf(home);
  await screen.shows("1 in all");
  screen.press("a");
  await screen.shows("Ctrl-] leaves it running");
  screen.type("hello");
  screen.press("Enter");
  await screen.shows(/hello\nhello/);
  screen.press("C-]");
  await screen.shows("1 in all");
  screen.press("q");
  await screen.shows("left with 0\nas it was");
});

test("a hundred running tasks are all there, and the selected one stays in sight", async () => {
  const home = newHome();
  const env = { BACKBURNER_MAX_TASKS: "100" };
  await Promise.all(
    Array.from({ length: 4 }, async (_, part) => {
      for (let at = 0; at < 25; at += 1)
        await startTask(home, ["--name", `t${part}-${at}`, "--", "echo up; sleep 1000"], { env });
    }),
  );
  const screen = topOf(home);
  await screen.shows("100 working");
  await screen.shows("83 more below");
  screen.press("End");
  await screen.shows(/^(?!.*more below)/s);
  expect(screen.lines.filter((line) => line.endsWith(" up"))).toHaveLength(17);
}, 60_000);

test("the terminal is given back when a signal ends it, and a resize draws anew", async () => {
  const home = newHome();
  await startTask(home, ["--name", "server", "--", "sleep 1000"]);
  const screen = topOf(home);
  await screen.shows("server");
  screen.resize(60, 8);
  await waitUntil("it fits", () => screen.lines.length === 8 && screen.text.endsWith("q quit"));
  const pid = processesWith(`BACKBURNER_HOME=${home}`).find((one) =>
    readText(`/proc/${one}/cmdline`).endsWith("\0top\0"),
  );
  process.kill(pid ?? 0, "SIGTERM");
  await screen.shows("left with 143\nas it was");
});

test("without a terminal top says what to use instead", async () => {
  expect(await cli(newHome(), ["top"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("top needs a terminal"),
  });
});

test("list --watch keeps the table up to date, and of one name only those", async () => {
  const home = newHome();
  const hold = gate(home);
  const id = await startTask(home, ["--name", "one", "--", hold.command]);
  await startTask(home, ["--name", "two", "--", "sleep 1000"]);
  const screen = new Screen(home, ["list", "--watch", "--name", "one"]);
  screens.push(screen);
  await screen.shows(new RegExp(`^ID .*COMMAND\n${id} {2}working`));
  expect(screen.text).not.toContain("two");
  hold.open();
  await screen.shows(`${id}  completed`);
  await startTask(home, ["--name", "one", "--", "sleep 1000"]);
  await screen.shows("2 of 2; q leaves");
  screen.press("q");
  await screen.shows("left with 0\nas it was");
  expect((await cli(home, ["list", "--name", "two"])).stdout.trim().split("\n")).toHaveLength(1);
  expect((await cli(home, ["list", "--name", "three"])).stdout).toBe("");
  expect(await cli(home, ["list", "--watch"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--watch needs a terminal"),
  });
});
