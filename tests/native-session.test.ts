// The official task client (ext-tasks) drives both generations: calls until they settle, resumes on a new server, and cancels.

import { expect, test } from "bun:test";
import { type ConnectedMcpSessionPort, withTasks } from "@modelcontextprotocol/ext-tasks/client";
import { newHome } from "./helpers/home.ts";
import { Gate, Wire } from "./helpers/mcp.ts";
import { ModernWire } from "./helpers/modern.ts";

type Generation = "v1" | "v2";

async function open(home: string, generation: Generation): Promise<Wire> {
  return generation === "v2" ? new ModernWire(home) : Wire.open(home);
}

/** What the client sends and what it is answered, as they are. */
function portOf(wire: Wire, generation: Generation): ConnectedMcpSessionPort {
  return {
    endpointId: "backburner",
    invalidated: false,
    taskCapabilities:
      generation === "v2"
        ? { generation, capabilities: {} }
        : { generation, capabilities: { list: {}, cancel: {}, requests: { tools: { call: {} } } } },
    async dispatch(request) {
      const { method, params = {} } = request as { method: string; params?: Record<string, unknown> };
      const { result, error } = await wire.request(method, params);
      if (error) return { kind: "error", error };
      return { kind: "result", result: result as never };
    },
    onServerRequest: () => () => {},
    onNotification: () => () => {},
    onInvalidated: () => () => {},
  };
}

test.each(["v1", "v2"] as const)(
  "%s: a wait is called, settles, and can be resumed on a new server",
  async (generation) => {
    const home = newHome();
    const gate = new Gate(home, "settled", 6);
    const wire = await open(home, generation);
    const session = withTasks(portOf(wire, generation));
    const plain = await Wire.open(home);
    const { task_id } = await plain.call<{ task_id: string }>("start_task", { command: gate.command });
    const task = { preference: "prefer" } as const;
    const execution = await session.callTool("wait_task", { task_ids: [task_id] }, { task });
    if (execution.kind !== "task") throw new Error(`answered as ${execution.kind}`);
    const reference = execution.serializeReference();
    await execution.detach();
    await wire.kill();

    const next = await open(home, generation);
    const resumed = await withTasks(portOf(next, generation)).resumeTask(reference);
    gate.open();
    const { outcome } = await resumed.settle();
    expect(outcome).toMatchObject({
      status: "completed",
      result: { structuredContent: { reason: "ended", tasks: [{ task_id, exit_code: 6 }] } },
    });
    await next.close();
    await plain.close();
  },
);

test("v2: start_task settles with the command's end, be it good or bad, and is cancelled", async () => {
  const home = newHome();
  const wire = new ModernWire(home);
  const session = withTasks(portOf(wire, "v2"));
  const bad = await session.callTool("start_task", { command: "echo bad; exit 3" });
  expect(bad.kind).toBe("task");
  expect((await bad.settle()).outcome).toMatchObject({
    status: "completed",
    result: { isError: true, structuredContent: { exit_code: 3, output: "bad\n" } },
  });
  const endless = await session.callTool("start_task", { command: "sleep 60" });
  await endless.cancel();
  expect((await endless.settle()).outcome).toMatchObject({ status: "cancelled" });
  await session.close();
  await wire.close();
});
