// The second process of a trial: strikes the others as planned, and writes down each fault. `chaos.ts HOME WORK LOG SEED COUNT`
// ends after that many faults, or at the end of its stdin; whoever it stopped goes on then.

import { appendFileSync } from "node:fs";
import { type FaultPlan, faultsOf, type Target, TARGETS } from "./plan.ts";
import { find, findAll, type Found, lastPid, type Place, statOf } from "./targets.ts";

/** One line of the log. */
export interface Fault {
  target: Target;
  signal: "KILL" | "STOP" | "CONT";
  pid: number;
  startedAt: string;
  atMs: number;
  ambushed: boolean;
  /** The first task of a supervisor, or of who is to be one. */
  task?: string | undefined;
}

/** How long an ambush waits for somebody to come. */
const AMBUSH_MS = 40;
const HANDS = 3;

if (import.meta.main) await main();

async function main(): Promise<void> {
  const [home = "", work = "", log = "", seed = "", count = "0"] = process.argv.slice(2);
  const place: Place = { home, work, binary: "" };
  const time = { isOver: false };
  void Bun.stdin.text().then(() => (time.isOver = true));
  const later: Promise<void>[] = [];
  let left = Number(count);
  const hand = async (plan: Generator<FaultPlan, never>) => {
    while (left > 0 && !time.isOver) {
      const fault = plan.next().value;
      await Bun.sleep(fault.afterMs);
      const found = await aim(place, fault);
      if (!found) continue;
      left -= 1;
      const strike = (signal: Fault["signal"]) => signalTo(found, signal, fault, log);
      if (fault.signal === "KILL") strike("KILL");
      else {
        strike("STOP");
        later.push(Bun.sleep(fault.heldMs).then(() => strike(fault.signal === "STOP" ? "CONT" : "KILL")));
      }
    }
  };
  await Promise.all(Array.from({ length: HANDS }, (_, n) => hand(faultsOf(`${seed} ${n}`))));
  await Promise.all(later);
  process.exit(0);
}

async function aim(place: Place, { target, pick, ambushMicroseconds }: FaultPlan): Promise<Found | undefined> {
  if (ambushMicroseconds !== undefined) {
    const found = await nextOf(place, target);
    if (found) {
      spin(ambushMicroseconds / 1000);
      return found;
    }
  }
  const all = findAll(place).toSorted((one, other) => other.pid - one.pid);
  // Where there is none of that kind, the next kind has to do.
  const at = TARGETS.indexOf(target);
  for (const kind of [...TARGETS.slice(at), ...TARGETS.slice(0, at)]) {
    const candidates = all.filter((one) => one.target === kind);
    if (candidates.length > 0) return candidates[pick % candidates.length];
  }
  return undefined;
}

/** The next process of that kind that is made, seen within microseconds: pids are given out in order. */
async function nextOf(place: Place, target: Target): Promise<Found | undefined> {
  const deadline = performance.now() + AMBUSH_MS;
  let seen = lastPid();
  const young: number[] = [];
  for (let looks = 0; performance.now() < deadline; looks += 1) {
    const last = lastPid();
    for (let pid = seen + 1; pid <= last; pid += 1) young.push(pid);
    seen = last;
    for (const pid of young.slice(-8)) {
      const found = find(place, pid);
      if (found?.target === target) return found;
    }
    if (looks % 50 === 49) await Bun.sleep(1); // the timers that end a stop have to run
  }
  return undefined;
}

function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Written down before it falls, so that nothing follows from a fault that is not on record. */
function signalTo(
  { pid, startedAt, target, argv }: Found,
  signal: Fault["signal"],
  plan: FaultPlan,
  log: string,
): void {
  if (statOf(pid).startedAt !== startedAt) return; // it has ended
  const ambushed = plan.ambushMicroseconds !== undefined;
  const task = argv[argv.indexOf("__supervise") + 1 || argv.length];
  const fault: Fault = { target, signal, pid, startedAt, atMs: Date.now(), ambushed, task };
  appendFileSync(log, `${JSON.stringify(fault)}\n`);
  try {
    process.kill(pid, `SIG${signal}`);
  } catch {}
}
