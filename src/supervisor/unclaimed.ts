// Tasks that no supervisor has claimed yet: supervisors are sent for those that hold a slot, and each may end without ever having one.

import { constants, rmSync, writeSync } from "node:fs";
import { messageOf } from "../errors.ts";
import { isDirectory, withFile } from "../files.ts";
import { endedPath, environmentPath, type Home, taskDir } from "../home.ts";
import { dieAt } from "../kill-points.ts";
import type { CommandRequest } from "../process/spawn.ts";
import { writeCard } from "../store/card.ts";
import type { Store } from "../store/open.ts";
import { endQueued, type UnclaimedEnding } from "../store/write.ts";
import type { TaskId } from "../task.ts";
import { launchSupervisor, launchTogether } from "./launch.ts";
import { isSubmitted } from "./submission.ts";
import { trace } from "./trace.ts";

/** A task whose command is known here, and may be started at once. */
export interface Known {
  id: TaskId;
  command: CommandRequest;
}

/**
 * Sends supervisors for reserved tasks. One that can't be sent ends its task, and the slot goes to the next.
 * `own` takes the children that are started for it, as long as they run.
 */
export function launchAll(home: Home, store: Store, ids: TaskId[], own?: Set<number>, known?: Known): void {
  const wanted = [...ids];
  for (let id = wanted.shift(); id; id = wanted.shift()) {
    try {
      if (id === known?.id && launchTogether(home, id, known.command, () => launchAlone(home, store, known.id)))
        continue;
      const { pid, exited } = launchSupervisor(home, id);
      own?.add(pid);
      void exited.then(() => own?.delete(pid));
    } catch (error) {
      wanted.push(...endUnclaimed(home, store, id, `no supervisor could be started: ${messageOf(error)}`));
    }
  }
}

/** Its supervisor could not be started together with its command after all. */
function launchAlone(home: Home, store: Store, id: TaskId): void {
  try {
    if (isSubmitted(home, id)) launchAll(home, store, [id]);
  } catch (error) {
    trace(`task ${id}: no supervisor could be started for now: ${messageOf(error)}`);
  }
}

/** Ends a task that never ran. The ids that now want a supervisor are returned. */
function endUnclaimed(home: Home, store: Store, id: TaskId, reason: string): TaskId[] {
  return endUnclaimedAs(home, store, id, { status: "failed", reason }).launch;
}

/** Ends a task that never ran, if nobody has claimed it. */
export function endUnclaimedAs(
  home: Home,
  store: Store,
  id: TaskId,
  ending: UnclaimedEnding,
): { won: boolean; launch: TaskId[] } {
  const ended = endQueued(store, id, ending, () => announceUnclaimedEnd(home, id));
  if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("cancel: after it ended a queued task");
  if (ended.won) {
    announceUnclaimedEnd(home, id);
    writeCard(home, store, id);
  }
  return ended;
}

/**
 * For those who watch the directory of a queued task: it ends without having run. Told before the commit and after it: whoever does
 * this may be killed in between, and they look again while they are told and the row is not. Its environment goes before, so that no
 * secret stays; killed in between, the task can't run any more either.
 */
export function announceUnclaimedEnd(home: Home, id: TaskId): void {
  if (!isDirectory(taskDir(home, id))) return;
  rmSync(environmentPath(home, id), { force: true });
  try {
    // The second time is to be seen too.
    withFile(endedPath(home, id), constants.O_WRONLY | constants.O_CREAT, (fd) => writeSync(fd, "\n"));
  } catch (error) {
    trace(`task ${id}: those who wait for it are told late that it has ended: ${messageOf(error)}`);
  }
}
