// The agent's cost of "run a test suite of three minutes and learn the result": calls, and bytes that go through the model (what it
// writes to call a tool, and the text that comes back). All times are shortened by one factor, the suite's as the waits' and the
// polls', so that nobody's bytes change. The rule for who has nothing to wait with: one look each ten seconds, the output at the end.

import { join } from "node:path";
import { ours, OurServer } from "../backburner.ts";
import { type Client, Conversation } from "../client.ts";
import type { Experiment, Probe } from "../experiment.ts";
import { servers } from "../peers/servers.ts";

const SUITE = join(import.meta.dir, "../suite.ts");
const SUITE_MS = 180_000;
const LINES = 900;
const POLL_MS = 10_000;
/** What a wait of ours takes unless it is told otherwise. */
const WAIT_SECONDS = 45;
const VERDICT = "897 passed, 3 failed";

export const agent: Experiment = {
  id: "agent",
  figures: [
    { id: "agent-bytes", title: "a three-minute test suite: bytes through the model", unit: "B", better: "less" },
    { id: "agent-calls", title: "… calls of tools", unit: "calls", better: "less" },
  ],
  rounds: { quick: 1, full: 1 },
  warmUps: 0,
  contenders: (bench) => {
    const faster = bench.quick ? 90 : 12;
    const suite = `${process.execPath} ${SUITE} ${LINES} ${SUITE_MS / faster / LINES}`;
    return [
      ...ours(bench, async (binary) => {
        const server = await OurServer.start(bench, binary);
        return probe(server, async (conversation) => {
          const started = await conversation.call("start_task", { command: suite });
          const { task_id } = JSON.parse(started) as { task_id: string };
          for (;;) {
            const timeout_seconds = WAIT_SECONDS / faster;
            const text = await conversation.call("wait_task", { task_ids: [task_id], timeout_seconds });
            if ((JSON.parse(text) as { reason: string }).reason === "ended") return text;
          }
        });
      }),
      {
        name: "backburner, polled",
        kind: "floor",
        async open() {
          const server = await OurServer.start(bench, bench.binary);
          return probe(server, async (conversation) => {
            const started = await conversation.call("start_task", { command: suite });
            const { task_id } = JSON.parse(started) as { task_id: string };
            const next = ticks(POLL_MS / faster);
            for (;;) {
              await next();
              const { status } = JSON.parse(await conversation.call("task_status", { task_id })) as { status: string };
              if (status !== "working") return conversation.call("task_result", { task_id });
            }
          });
        },
      },
      ...servers(bench, async (server) =>
        probe(await server.open(), (conversation) => server.learn(conversation, suite, ticks(POLL_MS / faster))),
      ),
    ];
  },
};

/** Resolves at the next whole multiple of that time since the first call of it: what a look itself takes delays no other. */
function ticks(everyMs: number): () => Promise<void> {
  const began = performance.now();
  return () => Bun.sleep(everyMs - ((performance.now() - began) % everyMs));
}

function probe(client: Client, learn: (conversation: Conversation) => Promise<string>): Probe {
  return {
    async sample() {
      const conversation = new Conversation(client);
      const answer = await learn(conversation);
      if (!answer.includes(VERDICT)) throw new Error(`the result was not learnt: ${answer.slice(-200)}`);
      return { "agent-bytes": conversation.bytes, "agent-calls": conversation.calls };
    },
    close: () => client.close(),
  };
}
