// Ending a command with four kinds of children (fixtures/four-children.sh): how long it takes, and who is still there.

import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { FIXTURES, isRunning, kill, readText, waitUntil } from "../../helpers/home.ts";
import { ours, OurServer } from "../backburner.ts";
import { clockMs } from "../clock.ts";
import type { Experiment, Sample } from "../experiment.ts";
import { queues } from "../peers/queues.ts";
import { servers } from "../peers/servers.ts";

const CHILDREN = 4;
/** What everybody gets after an answer, to have finished. */
const PATIENCE_MS = 1_000;
/** Who cancels has started it a while ago: nobody is to be measured by how it starts. */
const SETTLED_MS = 200;

export const cancel: Experiment = {
  id: "cancel",
  figures: [
    { id: "cancel", title: "cancel of a tree with four kinds of children, the whole call", unit: "ms", better: "less" },
    { id: "survivors", title: "… children alive a second later", unit: "of 4", better: "less", budget: 0 },
    {
      id: "deaf",
      title: "… when all ignore SIGTERM (our grace: 1 s): to the death of the last",
      unit: "ms",
      better: "less",
    },
    { id: "deaf-survivors", title: "… children alive a second later", unit: "of 4", better: "less", budget: 0 },
  ],
  rounds: { quick: 2, full: 9 },
  warmUps: 0,
  contenders: (bench) => {
    const peerRounds = bench.quick ? 1 : 4;
    const all = ["task-spooler", "nq", "sem", "pm2", "DesktopCommander", "manage-bg-mcp"];
    const rounds = { ...Object.fromEntries(all.map((name) => [name, peerRounds])), pm2: bench.quick ? 0 : 1 };
    return [
      ...ours(bench, async (binary) => {
        const server = await OurServer.start(bench, binary);
        return {
          sample: () =>
            both(
              server.home,
              async (command) => (await server.startTask(command)).task_id,
              (id) => server.cancel(id),
            ),
          close: () => server.close(),
        };
      }),
      ...queues(
        bench,
        10,
        (queue) => {
          const end = queue.cancel;
          return end && (() => both(queue.scratch, queue.submit, end));
        },
        rounds,
      ),
      ...servers(
        bench,
        async (server) => {
          const client = await server.open();
          return {
            sample: () =>
              both(
                server.scratch,
                (command) => server.start(client, command),
                (id) => server.cancel(client, id),
              ),
            close: () => client.close(),
          };
        },
        rounds,
      ),
    ];
  },
};

type Start = (command: string) => Promise<string>;
type End = (id: string) => Promise<unknown>;

async function both(scratch: string, start: Start, end: End): Promise<Sample> {
  const plain = await once(scratch, start, end, "");
  const deaf = await once(scratch, start, end, "deaf");
  return {
    cancel: plain.callMs,
    survivors: plain.survivors,
    ...(deaf.deadMs !== undefined && { deaf: deaf.deadMs }),
    "deaf-survivors": deaf.survivors,
  };
}

async function once(scratch: string, start: Start, end: End, kind: string) {
  const pids = join(scratch, `tree-${kind}-${clockMs()}`);
  mkdirSync(pids);
  const id = await start(
    `echo $$ > '${pids}/.root'; exec sh '${join(FIXTURES, "four-children.sh")}' '${pids}' ${kind}`,
  );
  const file = (name: string) => Number(readText(join(pids, name)));
  const children = await waitUntil("the four children run", () => {
    const found = readdirSync(pids)
      .filter((name) => !name.startsWith("."))
      .map(file);
    return found.length === CHILDREN && found.every((pid) => pid > 0) && found;
  });
  const tree = [...children, file(".root")];
  await Bun.sleep(SETTLED_MS);
  const began = clockMs();
  try {
    await end(id).catch(() => undefined); // one that fails to cancel shows in its survivors
    const callMs = clockMs() - began;
    const deadline = began + callMs + PATIENCE_MS;
    while (tree.some(isRunning) && clockMs() < deadline) await Bun.sleep(1);
    const survivors = children.filter(isRunning).length;
    return { callMs, survivors, ...(!tree.some(isRunning) && { deadMs: clockMs() - began }) };
  } finally {
    for (const pid of tree) kill(pid, "SIGKILL");
  }
}
