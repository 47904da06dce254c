// The main job on real input: a published package's own test suite in the background, while other calls go on.

import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { newHome } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

const PACKAGE = resolve(import.meta.dir, "../node_modules/minimist");

test("the test suite of minimist runs as a background task, other calls go on, its result comes at the end", async () => {
  const server = await Server.open(newHome());
  const suite = await server.start("npx tape 'test/*.js'", { cwd: PACKAGE, name: "minimist" });
  expect(suite.status).toMatch(/queued|working/);
  const other = await server.run("wc -l < index.js", { cwd: PACKAGE });
  expect(other).toMatchObject({ status: "completed", exit_code: 0 });
  const meanwhile = await server.call<{ total: number }>("list_tasks");
  expect(meanwhile.total).toBe(2);
  const [ended] = await server.ended("minimist");
  expect(ended).toMatchObject({ task_id: suite.task_id, status: "completed", exit_code: 0 });
  const result = await server.call("task_result", { task_id: "minimist", tail_lines: 8 });
  expect(result.output).toMatch(/# tests (\d+)\n# pass {2}\1\n\n# ok/);
  expect(result.output_total_lines).toBeGreaterThan(150);
  await server.close();
});

test("a build that fails comes back as failed, with the compiler's own words", async () => {
  const server = await Server.open(newHome());
  const build = await server.run(`'${process.execPath}' build ./no-such-entry.ts --outdir /tmp/never`, {
    cwd: PACKAGE,
  });
  expect(build).toMatchObject({ status: "failed", exit_code: 1 });
  expect(build.output).toContain("no-such-entry.ts");
  await server.close();
});
