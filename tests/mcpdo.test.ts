// The inspector's second command line, which keeps connections open in a daemon of its own, and its task calls in both generations.

import { expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { BINARY, newHome } from "./helpers/home.ts";
import { newProject, SUITE } from "./helpers/project.ts";

const MCPDO = resolve(import.meta.dir, "../node_modules/.bin/mcpdo");

type Run = (...args: string[]) => Promise<Record<string, unknown>>;

/** Connects, hands over what runs mcpdo on that connection, and stops its daemon afterwards. */
async function connected(era: string, use: (run: Run) => Promise<void>): Promise<void> {
  const home = newHome();
  const env = {
    ...process.env,
    HOME: home,
    BACKBURNER_HOME: home,
    MCP_INSPECTOR_DAEMON_DIR: join(home, "daemon"),
    MCP_INSPECTOR_SECRET_STORE: "memory",
  };
  const run: Run = async (...args) => {
    const command = [process.execPath, "--bun", MCPDO, "--format", "json", "--connection", "ours", ...args];
    const ran = Bun.spawn(command, { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const [output, complaint] = await Promise.all([ran.stdout.text(), ran.stderr.text(), ran.exited]);
    if (output === "") throw new Error(`mcpdo ${args.join(" ")}: ${complaint}`);
    return JSON.parse(output);
  };
  try {
    const variable = ["-e", `BACKBURNER_HOME=${home}`];
    expect(await run("connect", "--era", era, ...variable, "--", BINARY, "mcp")).toMatchObject({ protocolEra: era });
    await use(run);
  } finally {
    await run("daemon", "stop");
  }
}

const call = (run: Run, tool: string, args: object, ...flags: string[]) =>
  run("tools/call", tool, ...flags, "--tool-args-json", JSON.stringify(args));

test("mcpdo, legacy: start_task answers at once, wait_task --task waits as a task and shows both exit codes", async () => {
  const { good, broken } = newProject(newHome());
  await connected("legacy", async (run) => {
    for (const [name, cwd] of Object.entries({ good, broken })) {
      const started = await call(run, "start_task", { command: SUITE, cwd, name });
      expect(started.structuredContent).toMatchObject({ name, status: expect.stringMatching(/queued|working/) });
    }
    const waited = await call(run, "wait_task", { task_ids: ["good", "broken"] }, "--task");
    const related = { "io.modelcontextprotocol/related-task": { taskId: expect.any(String) } };
    const tasks = [
      { status: "completed", exit_code: 0 },
      { status: "failed", exit_code: 1 },
    ];
    expect(waited).toMatchObject({ _meta: related, structuredContent: { reason: "ended", tasks } });
    const listed = (await run("tasks/list")).tasks as { taskId: string; status: string }[];
    expect(listed).toHaveLength(3); // two tasks and the wait
    expect(listed.filter(({ status }) => status === "failed")).toHaveLength(1);
  });
});

test("mcpdo, modern: start_task becomes a task by itself, is polled to its end, and shows the exit code", async () => {
  const { good, broken } = newProject(newHome());
  await connected("modern", async (run) => {
    const passing = await call(run, "start_task", { command: SUITE, cwd: good });
    expect(passing.structuredContent).toMatchObject({
      status: "completed",
      exit_code: 0,
      output: expect.stringContaining("# ok"),
    });
    const failing = await call(run, "start_task", { command: SUITE, cwd: broken });
    expect(failing).toMatchObject({ isError: true, structuredContent: { status: "failed", exit_code: 1 } });
    const id = (failing.structuredContent as { task_id: string }).task_id;
    expect(await run("tasks/get", id)).toMatchObject({ task: { taskId: id, status: "completed" } });
  });
});
