// The official inspector's command line runs the main job against the compiled binary, in each of its protocol eras.

import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { BINARY, newHome } from "./helpers/home.ts";

const INSPECTOR = resolve(import.meta.dir, "../node_modules/.bin/mcp-inspector");

/** One tool call; each spawns a server of its own, which leaves when the inspector does. */
async function inspect(
  home: string,
  era: string,
  tool: string,
  args: Record<string, string>,
): Promise<Record<string, unknown>> {
  const pairs = Object.entries(args).map(([name, value]) => `${name}=${value}`);
  const run = Bun.spawn(
    // The inspector wants a newer Node than a bare machine may have; Bun runs it.
    [
      process.execPath,
      "--bun",
      INSPECTOR,
      "--cli",
      "--protocol-era",
      era,
      "--method",
      "tools/call",
      "--tool-name",
      tool,
    ]
      .concat(pairs.length > 0 ? ["--tool-arg", ...pairs] : [])
      .concat(["--", BINARY, "mcp"]),
    { env: { ...process.env, BACKBURNER_HOME: home, HOME: home }, stdout: "pipe", stderr: "pipe", stdin: "ignore" },
  );
  const [output, complaint, code] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
  const isError = complaint.includes('"code":"tool_is_error"');
  if (code !== (isError ? TOOL_ERROR : 0)) throw new Error(`the inspector left with ${code}: ${complaint}${output}`);
  return { ...(JSON.parse(output) as { structuredContent: Record<string, unknown> }).structuredContent, isError };
}

/** What it leaves with when the tool's result is an error's. */
const TOOL_ERROR = 5;

test.each(["legacy", "auto", "modern"])("mcp-inspector --cli runs the main job, %s era", async (era) => {
  const home = newHome();
  const command = "echo working; sleep 0.3; echo done; exit 3";
  const { task_id, ...started } = await inspect(home, era, "start_task", { command });
  // It declares the extension, is given a handle and polls to the end; where there is none the task is all it hears of.
  if (era !== "legacy") expect(started).toMatchObject({ status: "failed", exit_code: 3, isError: true });
  expect(await inspect(home, era, "list_tasks", {})).toMatchObject({ total: 1 });
  const waited = await inspect(home, era, "wait_task", { task_ids: JSON.stringify([task_id]) });
  expect(waited).toMatchObject({ reason: "ended", tasks: [{ task_id, status: "failed", exit_code: 3 }] });
  expect(await inspect(home, era, "task_result", { task_id: String(task_id) })).toMatchObject({
    output: "working\ndone\n",
  });
});
