// Frames of every kind on a running task's control socket: whoever sends nonsense is cut off, and the supervisor goes on.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { join } from "node:path";
import { anyJson, anyText, fuzz, FUZZ_TIMEOUT_MS, inTime } from "../helpers/fuzz.ts";
import { isRunning, newHome, parentOf, waitUntil } from "../helpers/home.ts";
import { Server } from "../helpers/server.ts";

/** Nearly a request; only a proper cancel of this task is left out, as it would end it. */
function requestOf(task: string) {
  const fields = {
    op: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom<unknown>("hold", "accompany", "output", "input", "resize", "waits") },
      { weight: 1, arbitrary: anyJson },
    ),
    task: fc.oneof({ weight: 9, arbitrary: fc.constant<unknown>(task) }, { weight: 1, arbitrary: anyJson }),
    after: anyJson,
    data: fc.oneof(fc.base64String(), anyJson),
    eof: anyJson,
    cols: fc.oneof(fc.integer({ min: 1, max: 70_000 }), anyJson),
    rows: fc.oneof(fc.integer({ min: 1, max: 70_000 }), anyJson),
    grace_ms: anyJson,
  };
  return fc.record(fields, { requiredKeys: ["op", "task"] });
}

async function connect(path: string) {
  const closed = Promise.withResolvers<void>();
  let received = "";
  const answered = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    unix: path,
    socket: {
      data(_, bytes) {
        received += bytes.toString();
        if (received.includes("\n")) answered.resolve();
      },
      close: () => closed.resolve(),
      error: () => closed.resolve(),
    },
  });
  return { socket, closed: closed.promise, answered: answered.promise.then(() => received) };
}

test.each([{ pty: true }, { interactive: true }])(
  "whatever comes on the control socket of a task with %o, its supervisor goes on",
  async (kind) => {
    const home = newHome();
    const server = await Server.open(home);
    // Nothing that is typed ends it.
    const { task_id } = await server.start("trap '' INT QUIT TSTP HUP; echo begins; exec sleep 1000", kind);
    const pid = await waitUntil(
      "it runs",
      async () => (await server.status(task_id)).output_lines === 1 && (await server.status(task_id)).pid,
    );
    const supervisor = parentOf(pid);
    const path = join(home, "tasks", task_id, "ctl");
    const request = requestOf(task_id).map((one) => Buffer.from(`${JSON.stringify(one)}\n`));
    const frame = fc.oneof(
      { weight: 6, arbitrary: request },
      {
        weight: 2,
        arbitrary: fc
          .tuple(request, fc.nat(), fc.nat({ max: 255 }))
          .map(([bytes, at, byte]) => ((bytes[at % bytes.length] = byte), bytes)),
      },
      { weight: 2, arbitrary: fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)) },
      { weight: 1, arbitrary: anyText.map((text) => Buffer.from(text)) },
      { weight: 1, arbitrary: anyJson.map((one) => Buffer.from(`${JSON.stringify(one)}\n`)) },
    );
    const meeting = fc.tuple(fc.array(frame, { minLength: 1, maxLength: 6 }), fc.boolean());
    await fuzz(`frames ${JSON.stringify(kind)}`, meeting, async ([frames, leave]) => {
      const one = await connect(path);
      for (const bytes of frames) one.socket.write(bytes);
      if (leave) one.socket.terminate();
      const other = await connect(path);
      other.socket.write(`${JSON.stringify({ op: "waits", task: task_id })}\n`);
      expect(JSON.parse(await inTime("a proper request", other.answered))).toHaveProperty("waits_for_input");
      other.socket.end();
      one.socket.end();
      await inTime("the end of a connection", one.closed);
    });
    expect(isRunning(supervisor)).toBe(true);
    expect(await server.status(task_id)).toMatchObject({ status: "working", pid });
    expect(await server.cancel(task_id)).toMatchObject({ status: "cancelled" });
    await server.close();
  },
  FUZZ_TIMEOUT_MS,
);
