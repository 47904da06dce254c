// Reading some of a log: its end, a place amid it, and what matches. The first two must not depend on its size.

import { memoryKiB, ours, OurServer } from "../backburner.ts";
import { clockMs } from "../clock.ts";
import type { Contender, Experiment } from "../experiment.ts";
import { fileOfLines, MIB } from "../lines.ts";
import type { Bench } from "../bench.ts";

export const logs: Experiment = {
  id: "logs",
  figures: [
    { id: "tail", title: "the last 100 lines of a log", unit: "ms", better: "less", budget: 5, flat: true },
    { id: "cursor", title: "10,000 characters at a cursor amid it", unit: "ms", better: "less", budget: 5, flat: true },
    { id: "grep", title: "a search through all of it", unit: "ms", better: "less" },
    { id: "tail-rss", title: "the server's memory (RSS) grows by one tail", unit: "MiB", better: "less", budget: 2 },
  ],
  scale: { of: "MiB of log", quick: [1, 8, 64], full: [1, 100, 1_024] },
  rounds: { quick: 5, full: 20 },
  contenders: (bench) => [
    ...ours(bench, async (binary, mib) => {
      const server = await OurServer.start(bench, binary, { BACKBURNER_MAX_OUTPUT: "64GB" });
      const run = async (command: string) => {
        const { task_id } = await server.startTask(command);
        await server.ended([task_id]);
        return task_id;
      };
      const read = async (task_id: string, request: object = {}) => {
        const began = clockMs();
        await server.call("task_result", { task_id, ...request });
        return clockMs() - began;
      };
      const small = await run("seq 1000");
      for (let n = 0; n < 100; n += 1) await read(small); // a server that has served
      const large = await run(`cat '${await fileOfLines(bench, mib)}'`);
      return {
        async sample() {
          const before = memoryKiB(server.pid, ["Rss"]);
          const tail = await read(large);
          const grown = memoryKiB(server.pid, ["Rss"]) - before;
          const cursor = await read(large, { since: Math.floor((mib / 2) * MIB), max_chars: 10_000 });
          const grep = await read(large, { grep: "no such words" });
          return { tail, cursor, grep, "tail-rss": grown / 1024 };
        },
        close: () => server.close(),
      };
    }),
    tools(bench),
  ],
};

/** Coreutils and GNU grep on the same bytes, a process each. */
function tools(bench: Bench): Contender {
  return {
    name: "tail/dd/grep",
    kind: "floor",
    async open(mib) {
      const source = await fileOfLines(bench, mib);
      const timed = async (...argv: string[]) => {
        const began = clockMs();
        const run = Bun.spawn(argv, { stdout: "pipe", stderr: "ignore", stdin: "ignore" });
        await run.stdout.text();
        await run.exited;
        return clockMs() - began;
      };
      return {
        async sample() {
          return {
            tail: await timed("tail", "-n", "100", source),
            cursor: await timed(
              "dd",
              `if=${source}`,
              "iflag=skip_bytes,count_bytes",
              `skip=${(mib / 2) * MIB}`,
              "count=10000",
            ),
            grep: await timed("grep", "no such words", source),
          };
        },
        close: () => Promise.resolve(),
      };
    },
  };
}
