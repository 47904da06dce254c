// At the end of a queue. When tasks come a little slower than they end, a supervisor that left at once would be missed a moment later,
// and to boot another one costs as much as ten short tasks. So where no other slot is free it keeps its own for a moment: who comes
// then waits in the queue, and is found there.

import { messageOf } from "../errors.ts";
import type { Home } from "../home.ts";
import { dieAt } from "../kill-points.ts";
import type { Store } from "../store/open.ts";
import { hasQueue } from "../store/read.ts";
import { giveSlotBack, takeOver } from "../store/write.ts";
import type { SupervisorIdentity, Task, TaskId } from "../task.ts";
import { persist } from "./persist.ts";
import { launchAll } from "./recover.ts";
import { trace } from "./trace.ts";

/** A server that is busy with something else, as it collects its garbage, takes this long between two starts. */
const LINGER_MS = 20;
const LOOK_MS = 1;

export interface Lingering {
  home: Home;
  store: () => Store;
  /** The task that has ended and has kept its slot. */
  endedId: TaskId;
  self: SupervisorIdentity;
  /** Takes the children that are started for it. */
  own: Set<number>;
  isTold: () => boolean;
}

/** The next task, claimed, if one comes within moments. */
export async function linger(lingering: Lingering): Promise<Task | undefined> {
  const { home, store, endedId, self, own, isTold } = lingering;
  const deadline = performance.now() + LINGER_MS;
  while (!isTold() && performance.now() < deadline) {
    await Bun.sleep(LOOK_MS);
    try {
      if (!hasQueue(store())) continue;
      const { next, launch } = takeOver(store(), endedId, self);
      launchAll(home, store(), launch, own);
      if (next) return next;
    } catch (error) {
      trace(`whether a task waits can't be seen now: ${messageOf(error)}`);
    }
  }
  if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: before it gives its slot back");
  const launch = await persist(
    `the slot of task ${endedId}`,
    () => giveSlotBack(store(), endedId),
    () => {},
  );
  launchAll(home, store(), launch, own);
  return undefined;
}
