// A command that prints much: as a task, the shell writing the same to a file, and a pipe with nothing but a copy behind it.

import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { parentOf } from "../../helpers/home.ts";
import { memoryKiB, ours, OurServer } from "../backburner.ts";
import { type Bench, directory } from "../bench.ts";
import { stampedMs } from "../clock.ts";
import type { Contender, Experiment } from "../experiment.ts";
import { fileOfLines } from "../lines.ts";

export const writer: Experiment = {
  id: "writer",
  figures: [
    { id: "write", title: "a command that prints", unit: "ms", better: "less" },
    { id: "write-rss", title: "… its supervisor's memory (RSS) grows by", unit: "MiB", better: "less", flat: true },
  ],
  scale: { of: "MiB printed", quick: [4, 16, 64], full: [16, 128, 1_024] },
  rounds: { quick: 3, full: 5 },
  contenders: (bench) => [
    ...ours(bench, async (binary, mib) => {
      const source = await fileOfLines(bench, mib);
      const server = await OurServer.start(bench, binary, { BACKBURNER_MAX_OUTPUT: "64GB" });
      let round = 0;
      return {
        async sample() {
          const files = stampFiles(server.home, (round += 1));
          const go = join(server.home, `go-${round}`);
          const task = await server.startTask(
            `until [ -e '${go}' ]; do sleep 0.01; done; ${printing(bench, source, files)}; sleep 600`,
          );
          const supervisor = parentOf((await server.running(task.task_id)).pid);
          const before = memoryKiB(supervisor, ["Rss"]);
          await Bun.write(go, "");
          const took = await tookMs(files);
          const grown = memoryKiB(supervisor, ["Rss"]) - before;
          await server.cancel(task.task_id);
          const { log_path } = await server.shown("task_result", { task_id: task.task_id });
          if (Bun.file(log_path).size !== Bun.file(source).size) throw new Error(`${log_path} lacks bytes`);
          rmSync(dirname(log_path), { recursive: true, force: true });
          return { write: took, "write-rss": grown / 1024 };
        },
        close: () => server.close(),
      };
    }),
    shell(bench, "sh > file", ">"),
    shell(bench, "sh | cat > file", "| cat >"),
  ],
};

interface Stamps {
  began: string;
  ended: string;
}

const stampFiles = (where: string, round: number): Stamps => ({
  began: join(where, `began-${round}`),
  ended: join(where, `ended-${round}`),
});

/** Writes down when its first byte and its last have gone out. */
const printing = (bench: Bench, source: string, { began, ended }: Stamps) =>
  `${bench.stamp} '${began}'; cat '${source}'; ${bench.stamp} '${ended}'`;

async function tookMs({ began, ended }: Stamps): Promise<number> {
  const last = await stampedMs(ended, 120_000);
  return last - (await stampedMs(began));
}

function shell(bench: Bench, name: string, redirection: string): Contender {
  return {
    name,
    kind: "floor",
    async open(mib) {
      const source = await fileOfLines(bench, mib);
      const scratch = directory(bench, "shell");
      let round = 0;
      return {
        async sample() {
          const files = stampFiles(scratch, (round += 1));
          const copy = join(scratch, "copy");
          const command = `{ ${printing(bench, source, files)}; } ${redirection} '${copy}'`;
          await Bun.spawn(["bash", "-c", command], { stdin: "ignore" }).exited;
          rmSync(copy);
          return { write: await tookMs(files) };
        },
        close: () => Promise.resolve(),
      };
    },
  };
}
