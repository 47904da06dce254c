// What a long history costs: looking at it and adding to it, with so many tasks in the store.

import { Database } from "bun:sqlite";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newTaskId } from "../../../src/task.ts";
import { ours, OurServer, type Shown } from "../backburner.ts";
import { directory } from "../bench.ts";
import { clockMs } from "../clock.ts";
import { emptyCalls } from "../empty.ts";
import type { Experiment } from "../experiment.ts";

export const history: Experiment = {
  id: "history",
  figures: [
    { id: "list", title: "list_tasks with so many tasks in the store", unit: "ms", better: "less", flat: true },
    { id: "status", title: "task_status of one amid them", unit: "ms", better: "less", flat: true },
    { id: "history-start", title: "start_task → reply beside them", unit: "ms", better: "less", budget: 3, flat: true },
    { id: "cli-list", title: "CLI list, the whole process", unit: "ms", better: "less", budget: 30, flat: true },
    { id: "cli-status", title: "CLI status, the whole process", unit: "ms", better: "less", flat: true },
  ],
  scale: { of: "tasks in the store", quick: [10, 1_000, 10_000], full: [10, 1_000, 10_000, 100_000] },
  rounds: { quick: 5, full: 20 },
  warmUps: 2,
  contenders: (bench) => [
    emptyCalls(bench, { call: ["list", "status", "history-start"], process: ["cli-list", "cli-status"] }),
    ...ours(bench, async (binary, count) => {
      const home = directory(bench, "home");
      const amid = await fill(await OurServer.start(bench, binary, {}, home), count);
      const server = await OurServer.start(bench, binary, {}, home);
      const timed = async (ask: () => Promise<unknown>) => {
        const began = clockMs();
        await ask();
        return clockMs() - began;
      };
      return {
        async sample() {
          let started: Shown | undefined;
          const sample = {
            list: await timed(() => server.call("list_tasks")),
            status: await timed(() => server.status(amid)),
            "history-start": await timed(async () => (started = await server.startTask("true"))),
            "cli-list": await timed(() => server.cli("list")),
            "cli-status": await timed(() => server.cli("status", amid)),
          };
          if (started) await server.ended([started.task_id]);
          return sample;
        },
        close: () => server.close(),
      };
    }),
  ],
};

/** Real tasks first; the rest are copies of a real one's row and files, each with an id and a time of its own. Returns an id amid them. */
async function fill(server: OurServer, count: number): Promise<string> {
  const real = Math.min(count, 10);
  const ids: string[] = [];
  for (let n = 0; n < real; n += 1) ids.push((await server.startTask(`echo ${n}`)).task_id);
  await server.ended(ids);
  await server.close();
  const [first = ""] = ids;
  if (count === real) return first;
  const db = new Database(join(server.home, "backburner.db"));
  const columns = db
    .query<{ name: string }, []>("SELECT name FROM pragma_table_info('tasks') WHERE name NOT IN ('seq', 'id')")
    .all()
    .map(({ name }) => name);
  const values = columns.map((name) => (name.endsWith("_at_ms") ? `${name} - ?3` : name)).join(", ");
  const copy = db.query<unknown, [string, string, number]>(
    `INSERT INTO tasks (id, ${columns.join(", ")}) SELECT ?1, ${values} FROM tasks WHERE id = ?2`,
  );
  const copies = Array.from({ length: count - real }, newTaskId);
  const dayMs = 80_000_000; // nothing is cleaned up that ended within a day
  db.transaction(() => {
    for (const [n, id] of copies.entries()) copy.run(id, first, Math.round(dayMs * (1 - n / copies.length)));
  })();
  db.close();
  for (const id of copies) {
    const path = join(server.home, "tasks", id);
    mkdirSync(path, { mode: 0o700 });
    writeFileSync(join(path, "output.log"), "0\n", { mode: 0o600 });
  }
  return copies[Math.floor(copies.length / 2)] ?? first;
}
