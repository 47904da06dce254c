// A command that was started together with its supervisor (process/head-start.ts), when all does not go as it should.

import type { Family } from "../process/family.ts";
import { terminate } from "../process/terminate.ts";
import type { TaskId } from "../task.ts";

const UNWANTED_GRACE_MS = 2_000;

/** Ends a command that was started together with this process, if there is one, and that nobody can or wants to look after. */
export async function endUnwanted(family: Family, id: TaskId, command: number | undefined): Promise<void> {
  if (command === undefined) return;
  family.own.delete(command);
  await terminate(
    () => family.membersOf(id, command),
    command,
    () => UNWANTED_GRACE_MS,
    { deaths: family },
  );
}
