// `bun run load [--quick]`: what the tool holds, as a table. Leaves with 1 when something grew, was lost or was left behind.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as loads from "./loads.ts";
import type { Row } from "./measure.ts";

const quick = process.argv.includes("--quick");

const homes: string[] = [];
function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), "backburner-load-"));
  homes.push(home);
  return home;
}

const rows: Row[] = [];
rows.push(...(await loads.manyClients(newHome(), quick ? 10 : 50, quick ? 5 : 20)));
rows.push(...(await loads.longQueue(newHome(), quick ? 500 : 10_000)));
rows.push(...(await loads.manyRunning(newHome(), quick ? 20 : 100)));
rows.push(...(await loads.aDay(newHome(), quick ? 100 : 1_440)));
console.table(rows);
for (const home of homes) rmSync(home, { recursive: true, force: true });
process.exit(rows.some(({ holds }) => holds === "no") ? 1 : 0);
