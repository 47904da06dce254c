// At the end of a queue. When tasks come a little slower than they end, a supervisor that left at once would be missed a moment later,
// and to boot another one costs as much as ten short tasks. So where no other slot is free it keeps its own for a moment: who comes
// then waits in the queue, and is found there.

import { messageOf } from "../errors.ts";
import type { Home } from "../home.ts";
import { dieAt } from "../kill-points.ts";
import { isCurrent, type Store } from "../store/open.ts";
import { hasQueue } from "../store/read.ts";
import { giveSlotBack, takeOver } from "../store/slots.ts";
import type { SupervisorIdentity, Task, TaskId } from "../task.ts";
import { trace } from "./trace.ts";
import { launchAll } from "./unclaimed.ts";

/** A server that is busy with something else, as it collects its garbage, takes this long between two starts. */
const LINGER_MS = 20;
const LOOK_MS = 1;

export interface Lingering {
  home: Home;
  store: Store;
  /** The task that has ended and has kept its slot. */
  endedId: TaskId;
  self: SupervisorIdentity;
  /** Takes the children that are started for it. */
  own: Set<number>;
  isTold: () => boolean;
}

/** The next task, claimed, if one comes within moments. */
export async function linger(lingering: Lingering): Promise<Task | undefined> {
  const deadline = performance.now() + LINGER_MS;
  while (performance.now() < deadline) {
    await Bun.sleep(LOOK_MS);
    if (lingering.isTold()) break;
    const found = attempt(lingering, "whether a task waits can't be seen", (store) =>
      hasQueue(store) ? takeOver(store, lingering.endedId, lingering.self) : { next: undefined, launch: [] },
    );
    if (!found) break;
    launch(lingering, found.launch);
    if (found.next) return found.next;
  }
  if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: before it gives its slot back");
  const ids = attempt(lingering, `the slot of task ${lingering.endedId} is left to a reader to give back`, (store) =>
    giveSlotBack(store, lingering.endedId),
  );
  launch(lingering, ids ?? []);
  return undefined;
}

function launch(lingering: Lingering, ids: TaskId[]): void {
  const { home, own } = lingering;
  if (ids.length > 0) attempt(lingering, "no supervisor could be sent", (store) => launchAll(home, store, ids, own));
}

/** Nothing depends on it, and nobody waits for it: where it fails, a reader does it. A home that was removed is not made again. */
function attempt<T>({ home, store }: Lingering, failed: string, body: (store: Store) => T): T | undefined {
  if (!isCurrent(home, store)) return undefined;
  try {
    return body(store);
  } catch (error) {
    trace(`${failed}: ${messageOf(error)}`);
    return undefined;
  }
}
