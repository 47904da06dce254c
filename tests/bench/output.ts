// What much output costs: writing it, and reading some of it, with what that does to the memory of those who do it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryKiB, withServer } from "./backburner.ts";
import { parentOf, waitUntil } from "../helpers/home.ts";
import { type Series, summarize } from "./statistics.ts";

export interface OutputFigures {
  /** A command that prints the bytes: as a task, and the shell writing the same to a file, in turns. */
  task: Series;
  shell: Series;
  ratio: Series;
  tail: Series;
  cursor: Series;
  grep: Series;
  /** Growth in MiB: of a warm server by one tail, and of the supervisor by all the output. */
  serverMiB: number;
  supervisorMiB: number;
}

/** `mib` is what one command prints; the figures of reading are of that log. */
export async function muchOutput(mib: number, rounds: number): Promise<OutputFigures> {
  const scratch = mkdtempSync(join(tmpdir(), "backburner-bench-"));
  const source = join(scratch, "source");
  const writer = Bun.file(source).writer();
  const lines = Array.from(
    { length: 16_384 },
    (_, n) => `[${n}] a line of output as programs print it, neither short nor long`,
  );
  const block = `${lines.join("\n")}\n`.slice(0, 2 ** 20);
  for (let written = 0; written < mib; written += 1) await writer.write(block);
  await writer.end();
  try {
    return await withServer({ BACKBURNER_MAX_OUTPUT: "64GB" }, async (server) => {
      const print = `cat '${source}'`;
      const [tasks, shells, ratios]: number[][] = [[], [], []];
      let id = "";
      for (let round = 0; round < rounds; round += 1) {
        const shellMs = await shellWrites(print, join(scratch, "copy"));
        const task = await server.run(print);
        const taskMs = Number(task.duration_seconds) * 1000;
        tasks?.push(taskMs);
        shells?.push(shellMs);
        ratios?.push(taskMs / shellMs);
        if (id !== "") rmSync(String(task.log_path), { force: true });
        else id = task.task_id;
      }
      const read = async (request: Record<string, unknown>, times: number) => {
        const took: number[] = [];
        for (let n = 0; n < times; n += 1) {
          const began = performance.now();
          await server.call("task_result", { task_id: id, ...request });
          took.push(performance.now() - began);
        }
        return summarize(took);
      };
      const small = await server.run("seq 1000");
      for (let n = 0; n < 200; n += 1) await server.call("task_result", { task_id: small.task_id });
      const before = memoryKiB(server.pid, ["Rss"]);
      await read({}, 1);
      const serverMiB = (memoryKiB(server.pid, ["Rss"]) - before) / 1024;
      const tail = await read({}, 50);
      const cursor = await read({ since: Math.floor((mib / 2) * 2 ** 20), max_chars: 10_000 }, 50);
      const grep = await read({ grep: "no such words" }, 3);
      return {
        task: summarize(tasks ?? []),
        shell: summarize(shells ?? []),
        ratio: summarize(ratios ?? []),
        tail,
        cursor,
        grep,
        serverMiB,
        supervisorMiB: await supervisorGrowth(print),
      };
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function shellWrites(print: string, path: string): Promise<number> {
  const began = performance.now();
  await Bun.spawn(["bash", "-c", print], { stdout: Bun.file(path), stdin: "ignore" }).exited;
  const took = performance.now() - began;
  rmSync(path);
  return took;
}

/** MiB that a supervisor has more once its task has printed it all. */
function supervisorGrowth(print: string): Promise<number> {
  return withServer({ BACKBURNER_MAX_OUTPUT: "64MB" }, async (server, home) => {
    const [go, done] = [join(home, "go"), join(home, "done")];
    const task = await server.start(`until [ -e '${go}' ]; do sleep 0.05; done; ${print}; touch '${done}'; sleep 600`);
    const pid = await waitUntil("the command runs", async () => (await server.status(task.task_id)).pid);
    await Bun.sleep(1_000);
    const before = memoryKiB(parentOf(pid), ["Rss"]);
    await Bun.write(go, "");
    await waitUntil("all is printed", () => Bun.file(done).exists(), 120_000);
    await Bun.sleep(1_000);
    const after = memoryKiB(parentOf(pid), ["Rss"]);
    await server.cancel(task.task_id);
    return (after - before) / 1024;
  });
}
