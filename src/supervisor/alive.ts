// Whether a recorded supervisor still runs, as far as this process can see.

import { isAlive, table } from "../process/table.ts";
import type { SupervisorIdentity } from "../task.ts";

/**
 * `undefined` when it can't be seen from here: it runs in a container that numbers its processes itself (pid_namespaces(7)), or
 * nobody can be seen now, not even this process (no descriptor is free).
 */
export function supervisorLives(supervisor: SupervisorIdentity): boolean | undefined {
  if (supervisor.bootId !== table.bootId()) return false;
  if (isElsewhere(supervisor)) return undefined;
  return isAlive(supervisor) || (table.find(process.pid) ? false : undefined);
}

/** In a container that numbers its processes itself. */
export function isElsewhere({ pidNamespace }: SupervisorIdentity): boolean {
  return pidNamespace !== undefined && pidNamespace !== table.pidNamespace();
}
