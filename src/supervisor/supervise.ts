// The supervisor's life: claim a task, run it to its end, record the end, go on with the next in the queue.
// It trusts the row: whether the command may run was decided before the row was written.

import { identify, table } from "../process/table.ts";
import { openStore } from "../store/open.ts";
import { claimTask, endAndClaim, endAndReserve } from "../store/write.ts";
import type { Home } from "../home.ts";
import { dieAt } from "../kill-points.ts";
import type { SupervisorIdentity, Task, TaskId } from "../task.ts";
import { ControlServer } from "./control.ts";
import { foundFamily } from "./family.ts";
import { launchAll } from "./recover.ts";
import { Run } from "./run.ts";

/** Runs task after task. Returns when there is none left to take, or when what a task left running has to be looked after. */
export async function supervise(home: Home, firstId: TaskId): Promise<void> {
  const family = foundFamily();
  const store = openStore(home);
  const self = ownIdentity();
  const control = new ControlServer(home);
  let told: string | undefined;
  let run: Run | undefined;
  process.on("SIGTERM", () => {
    told = "SIGTERM";
    void run?.stop({ status: "interrupted", reason: "its supervisor was told to end (SIGTERM)" }, TOLD_GRACE_MS);
  });
  process.on("SIGHUP", () => {}); // a terminal's end is nothing to a background task

  if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: before claim");
  let task = claimTask(store, firstId, self);
  if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: after claim");
  while (task) {
    run = new Run({ home, store, task, family, control });
    const { ending, account } = await run.toItsEnd();
    if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: before record");
    const reusable = run.leftNothing && told === undefined;
    const next: { next?: Task | undefined; launch: TaskId[] } = reusable
      ? endAndClaim(store, task.id, ending, account, self)
      : endAndReserve(store, task.id, ending, account);
    if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: after record");
    if (process.env.BACKBURNER_BUILD === "kill-points" && next.next) dieAt("supervisor: after next claim");
    run.close();
    launchAll(home, store, next.launch, family.own);
    task = next.next;
  }
  control.close();
  await run?.outputClosed();
  store.close();
}

const TOLD_GRACE_MS = 2_000;

function ownIdentity(): SupervisorIdentity {
  const self = identify(process.pid);
  if (!self) throw new Error("this process is not in the process table");
  return { ...self, bootId: table.bootId() };
}
