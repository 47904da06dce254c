// Progress, read from what real tools print; and that it arrives where people and agents look.

import { expect, test } from "bun:test";
import { progressIn, ProgressReader } from "../src/output/progress.ts";
import { ProgressKeeper } from "../src/supervisor/progress.ts";
import type { Progress } from "../src/task.ts";
import { cli, cliJson, gate, startTask, TerminalRun } from "./helpers/cli.ts";
import { newHome, waitUntil } from "./helpers/home.ts";
import { type Message, Wire } from "./helpers/mcp.ts";
import type { Shown } from "./helpers/server.ts";

/** "42% 17/40" */
function figures(line: string): string {
  const { percent, step, total } = progressIn(line) ?? {};
  const count = step === undefined ? [] : [`${step}/${total}`];
  return [...(percent === undefined ? [] : [`${percent}%`]), ...count].join(" ");
}

test.each([
  // pytest
  ["tests/test_api.py ....F...s......                                        [ 45%]", "45%"],
  ["tests/test_api.py::test_get PASSED                                       [100%]", "100%"],
  // make, CMake
  ["[ 42%] Building CXX object src/CMakeFiles/app.dir/main.cpp.o", "42%"],
  // ninja, meson, yarn, Playwright, bazel
  ["[17/340] Compiling C object src/libfoo.a.p/bar.c.o", "17/340"],
  ["[1/4] Resolving packages...", "1/4"],
  ["  [17/340] [chromium] › tests/a.spec.ts:12:5 › opens the page", "17/340"],
  ["[1,017 / 2,340] Compiling src/main/java/App.java; 3s linux-sandbox", "1017/2340"],
  // cargo
  ["    Building [=====>                   ] 12/340: serde, syn(build)", "12/340"],
  // docker build, both kinds
  ["#7 [3/9] RUN npm ci", "3/9"],
  ["#12 [builder 4/7] COPY . .", "4/7"],
  [" => [stage-1 3/9] RUN apt-get update", "3/9"],
  ["Step 3/9 : RUN npm ci", "3/9"],
  // docker pull, pip
  ["3f4ca61aafcd: Downloading [=============>            ]  12.5MB/50MB", "25%"],
  ["   ━━━━━━━━━━━━━━━━━━━━━━━━━━╸━━━━━━━━━━ 500.1/755.5 MB 102.3 MB/s eta 0:00:03", "66%"],
  // words
  ["Step 3 of 9: linking", "3/9"],
  ["Epoch 2/10", "2/10"],
  ["Downloading 3 of 9", "3/9"],
  ["Processing file 12/340...", "12/340"],
  ["(3/10) installing zlib", "3/10"],
  // rsync, wget, curl
  ["    123,809,912  42%  118.22MB/s    0:00:10 (xfr#5, to-chk=169/396)", "42%"],
  ["ubuntu.iso           42%[=======>            ]   1.12G  12.3MB/s    eta 35s", "42%"],
  ["  1050K .......... .......... .......... .......... ..........  8% 12.3M 3s", "8%"],
  [" 42 1024M   42  430M    0     0  12.3M      0  0:01:23  0:00:35  0:00:48 12.3M", "42%"],
  ["################################                                          42.3%", "42.3%"],
  // tqdm
  [" 42%|████▏     | 17/40 [00:05<00:07,  3.20it/s]", "42% 17/40"],
  ["Epoch 1:  42%|████▏     | 17/40 [00:05<00:07,  3.20it/s, loss=0.123]", "42% 17/40"],
  // git
  ["Receiving objects:  42% (170/400), 1.20 MiB | 3.10 MiB/s", "42% 170/400"],
  ["Compressing objects: 100% (40/40), done.", "100% 40/40"],
  // npm's gauge, webpack, gradle, apt, PHPUnit, terraform-like prose
  ["⸨########⠂⠂⠂⠂⠂⠂⠂⠂⠂⠂⠂⠂⸩ ⠙ reify:lodash: timing reifyNode", "40%"],
  ["<s> [webpack.Progress] 42% building 17/40 modules", "42% 17/40"],
  ["<=====--------> 42% EXECUTING [3s]", "42%"],
  ["Progress: [ 42%]", "42%"],
  ["...............................................................  63 / 340 ( 18%)", "18% 63/340"],
  ["42%", "42%"],
  ["Downloaded 42% of 3 GB", "42%"],
])("%s", (line, said) => {
  expect(figures(line)).toBe(said);
});

test.each([
  "2026/11/21 10:11:12 listening",
  "11/21/2026 started",
  "[2026/11/21] GET /a/1/2",
  "[11/21 10:11:12] server ready",
  "cp src/1/2/file.txt out/3/4",
  "http://localhost:3000/1/2",
  "open 24/7 since 1999",
  "HTTP/1.1 200 OK",
  "Served 1/2 of the cake",
  "Listening on 10.0.0.1/24",
  "TOTAL                        500     20    96%",
  "src/app.py                    20      3    85%   12-14",
  "All files |   85.3 |    70.1 |   92 |   85.3 |",
  "Coverage: 85%",
  "Statements   : 85.3% ( 128/150 )",
  "/dev/sda1        50G   20G   30G  40% /",
  "cpu 42% mem 12%",
  "3 packets transmitted, 3 received, 0% packet loss, time 2003ms",
  "step 9 of 3",
  "step 0 of 0",
  "150% done",
  "version 1.2.3%4",
  "printf '%d%%'",
  "width: 42%;",
  "5 passed, 3 failed in 12.3s",
  "test 12/11/2025 and more",
  "shipped in 2024/2025",
  "",
])("no progress: %s", (line) => {
  expect(progressIn(line)).toBeUndefined();
});

function readAll(output: string | Uint8Array, size: number): Progress | undefined {
  const reader = new ProgressReader();
  const bytes = Buffer.from(output);
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return reader.read();
}

test("the newest line that says something counts, in whatever pieces it came", () => {
  const output = "\u001b[32m 10%|█   | 1/10\r 42%|████  | 17/40 ok\u001b[0m\nand then\nnothing more 安";
  for (let size = 1; size < 40; size += 1)
    expect(readAll(output, size)).toEqual({ percent: 42, step: 17, total: 40, message: "42%|████ | 17/40 ok" });
  expect(readAll(`${"x".repeat(100_000)}\n[3/9] last\n`, 4096)).toMatchObject({ step: 3, total: 9 });
  expect(readAll(`[3/9] first\n${"x".repeat(100_000)}`, 4096)).toBeUndefined();
});

test("a burst is recorded once, with what it ends with, and what does not change is not recorded again", async () => {
  const recorded: Progress[] = [];
  const keeper = new ProgressKeeper((progress) => void recorded.push(progress));
  for (let n = 1; n <= 42; n += 1) keeper.push(Buffer.from(`${n}%\n`));
  await waitUntil("it is recorded", () => recorded.length > 0);
  keeper.push(Buffer.from("42%\n"));
  expect(keeper.end()).toEqual({ percent: 42, message: "42%" });
  keeper.push(Buffer.from("43%\n"));
  expect(keeper.end()).toEqual({ percent: 43, message: "43%" });
  expect(recorded).toEqual([{ percent: 42, message: "42%" }]);
});

test("a command that ends before the first look costs none", () => {
  const keeper = new ProgressKeeper(() => expect.unreachable());
  keeper.push(Buffer.from("42%\n"));
  expect(keeper.end()).toBeUndefined();
});

const isReport = ({ method }: Message) => method === "notifications/progress";

test("a running task's progress is in its status, in the list, and in the reports of a wait", async () => {
  const home = newHome();
  const wire = await Wire.open(home);
  const [one, other] = [gate(home, "one"), gate(home, "other")];
  const command = `echo '[ 42%] Building (17/40)'; ${one.command}; echo 'Step 9 of 10'; ${other.command}; exit 1`;
  const { task_id } = await wire.call<Shown>("start_task", { command, name: "build" });
  wire.askTool("wait_task", { task_ids: [task_id] }, { progressToken: "tok" });
  const progress = await waitUntil(
    "its progress is known",
    async () => (await cliJson(home, ["status", "build"])).progress,
  );
  expect(progress).toEqual({ percent: 42, step: 17, total: 40, message: "[ 42%] Building (17/40)" });
  expect(await wire.call("task_status", { task_id })).toMatchObject({ progress });
  expect(await wire.call("list_tasks")).toMatchObject({ tasks: [{ progress }] });
  expect((await cli(home, ["status", "build"])).stdout).toMatch(/^progress {6}42% \(17\/40\)$/m);
  const { text } = await new TerminalRun(home, ["list"], { env: { NO_COLOR: "1" } }).left();
  expect(text).toMatch(/ PROGRESS +NAME/);
  expect(text).toMatch(/ 42% \(17\/40\) +build /);
  const report = await waitUntil("a report has come", () => wire.messages.find(isReport));
  expect(report.params).toMatchObject({ message: "build: 42% (17/40); waiting for all of 1 for 5 s" });
  one.open();
  await waitUntil("it moves on", async () => {
    const { progress: now } = await wire.call<{ progress: Progress }>("task_status", { task_id });
    return now.step === 9 && now.percent === undefined;
  });
  other.open();
  const { tasks } = await wire.call<{ tasks: Shown[] }>("wait_task", { task_ids: [task_id] });
  expect(tasks[0]).toMatchObject({ status: "failed", progress: { step: 9, total: 10 } });
  await wire.close();
});

test("no table has the column when no task says how far it is, and a completed task no progress", async () => {
  const home = newHome();
  const { command, open } = gate(home);
  const id = await startTask(home, ["--", `echo 42%; ${command}`]);
  await waitUntil("its progress is known", async () => (await cliJson(home, ["status", id])).progress);
  open();
  await cli(home, ["wait", id]);
  expect(await cliJson(home, ["status", id])).not.toHaveProperty("progress");
  expect((await new TerminalRun(home, ["list"]).left()).text).not.toContain("PROGRESS");
});
