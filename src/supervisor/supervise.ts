// The supervisor's life: claim a task, run it to its end, record the end, go on with the next in the queue.
// It trusts the row: whether the command may run was decided before the row was written.

import { rmSync } from "node:fs";
import { isDiskFull, messageOf } from "../errors.ts";
import type { Begun } from "../process/given.ts";
import { foundFamily } from "../process/family.ts";
import { releasePipes } from "../process/spawn.ts";
import { identify, table } from "../process/table.ts";
import { isCurrent, openStore, remake, type Store, upToDate } from "../store/open.ts";
import { isDamage } from "../store/repair.ts";
import { claimTask } from "../store/slots.ts";
import { endAndClaim, endAndReserve } from "../store/write.ts";
import { environmentPath, type Home } from "../home.ts";
import { dieAt } from "../kill-points.ts";
import { nap } from "../nap.ts";
import type { SupervisorIdentity, Task, TaskId } from "../task.ts";
import { endUnwanted } from "./unwanted.ts";
import { Cards } from "./cards.ts";
import { ControlServer } from "./control.ts";
import { linger } from "./linger.ts";
import { persist } from "./persist.ts";
import { trace } from "./trace.ts";
import { launchAll } from "./unclaimed.ts";
import { compileLittle } from "./upkeep.ts";
import { type End, Run, type RunContext } from "./run.ts";

/**
 * Runs task after task. Returns when there is none left to take, or when what a task left running has to be looked after. `begun` is the
 * first one's command, if that was started together with this process.
 */
export async function supervise(home: Home, firstId: TaskId, begun?: Begun): Promise<void> {
  const family = foundFamily();
  const first = begun && "pid" in begun ? begun.pid : undefined;
  if (first !== undefined) family.own.add(first);
  let opened: Store;
  let self: SupervisorIdentity;
  try {
    opened = openStore(home);
    self = ownIdentity();
  } catch (error) {
    trace(`no supervisor for task ${firstId}: ${messageOf(error)}`);
    return endUnwanted(family, firstId, first);
  }
  const store = () => (opened = upToDate(home, opened));
  const mend = (error: unknown) => {
    const remade = isDamage(error) ? remake(home) : undefined;
    if (remade) trace(remade.message);
  };
  const control = new ControlServer(home);
  const cards = new Cards(home, () => opened);
  let told: string | undefined;
  let run: Run | undefined;
  const stop = () =>
    void run?.stop({ status: "interrupted", reason: "its supervisor was told to end (SIGTERM)" }, TOLD_GRACE_MS);
  process.on("SIGTERM", () => {
    told = "SIGTERM";
    stop();
  });
  process.on("SIGHUP", () => {}); // a terminal's end is nothing to a background task

  if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: before claim");
  const atMs = Date.now() - (first === undefined ? 0 : performance.now());
  const claimed = { process: first === undefined ? undefined : identify(first), atMs: Math.round(atMs) };
  let task = await persist(`the claim of task ${firstId}`, () => claimTask(store(), firstId, self, claimed), mend);
  if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: after claim");
  if (!task) await endUnwanted(family, firstId, first);
  while (task) {
    compileLittle();
    const { id } = task;
    const prepared = prepare({ home, store, task, family, control, begun });
    run = prepared.run;
    if (!run && begun) await endUnwanted(family, id, first);
    begun = undefined;
    const ending = prepared.run ? prepared.run.toItsEnd() : prepared.end;
    if (told !== undefined) stop(); // told while it claimed
    let end = await ending;
    if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: before record");
    const next = await persist(
      `the end of task ${id}`,
      (): { next?: Task | undefined; launch: TaskId[]; keepsSlot?: boolean } =>
        run?.leftNothing === false || told !== undefined
          ? endAndReserve(store(), id, end.ending, end.account)
          : endAndClaim(store(), id, end.ending, end.account, self),
      (error) => {
        mend(error);
        if (isDiskFull(error)) end = run?.giveWay(end) ?? end;
      },
    );
    if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: after record");
    if (process.env.BACKBURNER_BUILD === "kill-points" && next.next) dieAt("supervisor: after next claim");
    const { keepsSlot = false } = next;
    if (run) run.close(next.next !== undefined || keepsSlot);
    else {
      control.leave();
      rmSync(environmentPath(home, id), { force: true }); // also how those learn of it who watch its directory
    }
    if (!next.next) nap(WAITERS_FIRST_MS);
    if (next.launch.length > 0) launchAll(home, store(), next.launch, family.own);
    cards.ended(id, end.account.durationMs ?? 0);
    task =
      next.next ??
      (keepsSlot
        ? await linger({ home, store: opened, endedId: id, self, own: family.own, isTold: () => told !== undefined })
        : undefined);
  }
  control.close();
  cards.write();
  releasePipes();
  await run?.outputClosed();
  if (isCurrent(home, opened)) opened.close();
  family.release();
}

const TOLD_GRACE_MS = 2_000;
/** Linux has who is woken run on the processor of who woke it, though another be idle, and that one has a millisecond of work left. */
const WAITERS_FIRST_MS = 0.01;

/** The run of a task, or how it ended before it began: no room for its log, no descriptor for its socket. */
function prepare(context: RunContext): { run: Run; end?: never } | { run?: never; end: End } {
  try {
    return { run: new Run(context) };
  } catch (error) {
    const reason = `it could not start: ${messageOf(error)}`;
    return { end: { ending: { status: "failed", reason }, account: { finishedAtMs: Date.now() } } };
  }
}

function ownIdentity(): SupervisorIdentity {
  const self = identify(process.pid);
  if (!self) throw new Error("this process is not in the process table");
  const pidNamespace = table.pidNamespace();
  return { ...self, bootId: table.bootId(), ...(pidNamespace !== undefined && { pidNamespace }) };
}
