// A terminal for a task's command on Windows: there is none.

import { noTerminal } from "../wording.ts";
import type { Spawned } from "./spawn.ts";

export function spawnInTerminal(): Spawned {
  throw noTerminal();
}
