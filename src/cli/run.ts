import { loadConfig } from "../config.ts";
import { openApp } from "../operations/app.ts";
import { start, processCaller } from "../operations/start.ts";
import { wait } from "../operations/wait.ts";
import { cancel } from "../operations/cancel.ts";
import { result } from "../operations/result.ts";
import { list } from "../operations/list.ts";
export async function run(args: string[]): Promise<void> {
  const app = openApp(loadConfig());
  const [verb, ...rest] = args;
  if (verb === "start") console.log(JSON.stringify(await start(app, { command: rest.join(" ") }, processCaller())));
  if (verb === "wait") console.log(JSON.stringify(await wait(app, { tasks: rest, until: "all" })));
  if (verb === "cancel") console.log(JSON.stringify(await cancel(app, rest[0] ?? "", 2)));
  if (verb === "result") console.log(JSON.stringify(await result(app, rest[0] ?? "", 100, 30000)));
  if (verb === "list") console.log(JSON.stringify(await list(app, { limit: 20, offset: 0 })));
  if (verb === "burst") {
    const t = performance.now();
    const n = Number(rest[0]);
    const ids: string[] = [];
    for (let i = 0; i < n; i++) ids.push((await start(app, { command: rest[1] ?? "true" }, processCaller())).id);
    const t2 = performance.now();
    const w = await wait(app, { tasks: ids, until: "all" });
    console.log(
      "submitted",
      t2 - t,
      "done",
      performance.now() - t,
      w.tasks.filter((x) => x.status === "completed").length,
    );
  }
  process.exit(0);
}
