// A command that prints much: as a task, the shell writing the same to a file, and a pipe with nothing but a copy behind it. Twice: a program
// that makes its lines itself (lines.c), and `cat` of a file, which into a file is a copy within the kernel (copy_file_range(2)).

import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { parentOf } from "../../helpers/home.ts";
import { memoryKiB, ours, OurServer } from "../backburner.ts";
import { type Bench, directory } from "../bench.ts";
import { compileProgram, stampedMs } from "../clock.ts";
import type { Contender, Experiment } from "../experiment.ts";
import { fileOfLines, MIB } from "../lines.ts";

export const writer: Experiment = {
  id: "writer",
  figures: [
    { id: "write", title: "a command that prints: `cat` of a file", unit: "ms", better: "less" },
    { id: "write-lines", title: "a command that prints: lines of its own", unit: "ms", better: "less" },
    { id: "write-rss", title: "… its supervisor's memory (RSS) grows by", unit: "MiB", better: "less", flat: true },
  ],
  scale: { of: "MiB printed", quick: [4, 16, 64], full: [16, 128, 1_024] },
  rounds: { quick: 3, full: 5 },
  contenders: (bench) => [
    ...ours(bench, async (binary, mib) => {
      const server = await OurServer.start(bench, binary, { BACKBURNER_MAX_OUTPUT: "64GB" });
      const commands = await printers(bench, mib);
      let round = 0;
      const print = async (command: string, bytes: number) => {
        const files = stampFiles(server.home, (round += 1));
        const go = join(server.home, `go-${round}`);
        const task = await server.startTask(
          `until [ -e '${go}' ]; do sleep 0.01; done; ${stamped(bench, command, files)}; sleep 600`,
        );
        const supervisor = parentOf((await server.running(task.task_id)).pid);
        const before = memoryKiB(supervisor, ["Rss"]);
        await Bun.write(go, "");
        const took = await tookMs(files);
        const grown = memoryKiB(supervisor, ["Rss"]) - before;
        await server.cancel(task.task_id);
        const { log_path } = await server.shown("task_result", { task_id: task.task_id });
        if (Bun.file(log_path).size !== bytes) throw new Error(`${log_path} lacks bytes`);
        rmSync(dirname(log_path), { recursive: true, force: true });
        return { took, grown };
      };
      return {
        async sample() {
          const cat = await print(commands.cat, mib * MIB);
          const lines = await print(commands.lines, mib * MIB);
          return { write: cat.took, "write-lines": lines.took, "write-rss": cat.grown / 1024 };
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

/** The commands that print so much. */
async function printers(bench: Bench, mib: number) {
  const program = await compileProgram("lines.c", bench.scratch);
  return { cat: `cat '${await fileOfLines(bench, mib)}'`, lines: `'${program}' ${mib}` };
}

/** The command, and when its first byte and its last have gone out. */
const stamped = (bench: Bench, command: string, { began, ended }: Stamps) =>
  `${bench.stamp} '${began}'; ${command}; ${bench.stamp} '${ended}'`;

async function tookMs({ began, ended }: Stamps): Promise<number> {
  const last = await stampedMs(ended, 120_000);
  return last - (await stampedMs(began));
}

function shell(bench: Bench, name: string, redirection: string): Contender {
  return {
    name,
    kind: "floor",
    async open(mib) {
      const commands = await printers(bench, mib);
      const scratch = directory(bench, "shell");
      let round = 0;
      const print = async (command: string) => {
        const files = stampFiles(scratch, (round += 1));
        const copy = join(scratch, "copy");
        const redirected = `{ ${stamped(bench, command, files)}; } ${redirection} '${copy}'`;
        await Bun.spawn(["bash", "-c", redirected], { stdin: "ignore" }).exited;
        rmSync(copy);
        return tookMs(files);
      };
      return {
        async sample() {
          return { write: await print(commands.cat), "write-lines": await print(commands.lines) };
        },
        close: () => Promise.resolve(),
      };
    },
  };
}
