// Rows of the store with anything in them that its columns can hold: whoever reads answers or refuses, and goes on.

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { join } from "node:path";
import { cli } from "../helpers/cli.ts";
import { anyText, fuzz, FUZZ_TIMEOUT_MS, inTime } from "../helpers/fuzz.ts";
import { newHome, readText } from "../helpers/home.ts";
import { Server } from "../helpers/server.ts";
import { newTaskId } from "../../src/task.ts";

const integer = fc.oneof(
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0, 1, -1, 255, 256, Date.now()),
);
const json = fc.oneof(
  fc.json(),
  anyText,
  fc.constantFrom("null", "[]", "{}", '["sh"]', '[{"pid":1}]', '{"percent":"x"}', '{"step":1e999}', "["),
);
const text = fc.oneof(anyText, json);
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 4 });
const live = ["queued", "working"];
const ended = ["completed", "failed", "cancelled", "timed_out", "interrupted"];

/** Every column, as it may be: only what STRICT and the check of the status forbid is left out. */
const columns: Record<string, fc.Arbitrary<unknown>> = {
  id: fc.oneof(
    { weight: 4, arbitrary: fc.constant("") },
    { weight: 1, arbitrary: fc.oneof(anyText, fc.constant("../../x")) },
  ),
  name: orNull(text),
  command: text,
  cwd: text,
  shell: json,
  timeout_ms: orNull(integer),
  idle_timeout_ms: orNull(integer),
  interactive: integer,
  pty: integer,
  max_output_bytes: integer,
  max_tasks: integer,
  status: fc.constantFrom(...live, ...ended, ...ended),
  slot: integer,
  launches: integer,
  created_at_ms: integer,
  reserved_at_ms: orNull(integer),
  started_at_ms: orNull(integer),
  finished_at_ms: orNull(integer),
  duration_ms: orNull(integer),
  supervisor_pid: orNull(integer),
  supervisor_started: orNull(text),
  boot_id: orNull(text),
  pid: orNull(integer),
  pid_started: orNull(text),
  exit_code: orNull(integer),
  signal: orNull(text),
  reason: orNull(text),
  output_bytes: orNull(integer),
  output_lines: orNull(integer),
  last_output_at_ms: orNull(integer),
  left_running: orNull(json),
  progress: orNull(json),
};

const TRACE = /^\d{4}-[\d-]+T[\d:.]+Z \[\d+\] task /;

test(
  "whatever a row holds, readers answer or refuse",
  async () => {
    const home = newHome();
    const complaints = join(home, "complaints");
    const server = new Server(home, { env: { BACKBURNER_SHELL: "/bin/true", BACKBURNER_MAX_TASKS: "3" }, complaints });
    await server.shakeHands();
    await server.run("x");
    const db = new Database(join(home, "backburner.db"), { safeIntegers: true });
    db.run("PRAGMA busy_timeout = 20000");
    const names = Object.keys(columns);
    const insert = db.query(`INSERT OR IGNORE INTO tasks (${names.join()}) VALUES (${names.map(() => "?").join()})`);
    let sampledMs = 0;
    await fuzz("rows", fc.array(fc.record(columns), { minLength: 1, maxLength: 3 }), async (rows) => {
      const before = readText(complaints).length;
      const ids = rows.map((row) => (row.id === "" ? newTaskId() : String(row.id)));
      for (const [at, row] of rows.entries()) insert.run(...(Object.values({ ...row, id: ids[at] }) as string[]));
      const calls = ids.flatMap((task_id) => [
        ["task_status", { task_id }],
        ["task_result", { task_id }],
        ["task_result", { task_id, grep: "x" }],
        ["wait_task", { task_ids: [task_id], timeout_seconds: 0 }],
        ["send_input", { task_id, input: "x", wait_seconds: 0 }],
      ]) as [string, Record<string, unknown>][];
      for (const [tool, given] of [
        ["list_tasks", {}],
        ...calls,
        ["list_tasks", { status: "failed" }],
      ] as typeof calls) {
        const reply = await inTime(tool, server.tool(tool, given));
        if (reply.isError) expect(reply.content[0]?.text).toMatch(/^[^\n]{10,1000}$/);
        else expect(JSON.parse(reply.content[0]?.text ?? "")).toEqual(reply.structuredContent);
        if (tool === "list_tasks") expect(reply.isError).toBeUndefined();
      }
      if (performance.now() - sampledMs > 1_000) {
        const [id = ""] = ids; // the command line takes longer
        const verbs = [["list"], ["events"], ["prune", "--dry-run"], ["list", "--json"]];
        for (const args of [...verbs, ["status", "--", id], ["logs", "--", id]]) {
          const { stderr, code } = await inTime(
            args.join(" "),
            cli(
              home,
              args.map((one) => one.replaceAll("\0", "")),
            ),
          );
          expect({ args, ok: verbs.includes(args) ? code === 0 : code === 0 || code === 2, stderr }).toEqual({
            args,
            ok: true,
            stderr: code === 0 ? "" : stderr,
          });
        }
        sampledMs = performance.now();
      }
      db.run("DELETE FROM tasks");
      // A fault of ours has a stack; what is said of a task is the trace.
      const complained = readText(complaints).slice(before).split("\n");
      expect(complained.filter((line) => line !== "" && !TRACE.test(line))).toEqual([]);
    });
    db.close();
    expect(await server.run("x")).toMatchObject({ status: "completed" });
    expect(await server.close()).toBe(0);
  },
  FUZZ_TIMEOUT_MS,
);
