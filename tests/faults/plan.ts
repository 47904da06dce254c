// What is to be done and to be killed, all of it from a seed: the same seed gives the same actions and the same faults. When each
// falls, and which process is then the third supervisor, is up to the machine. Pure.

import { Random } from "../helpers/random.ts";

export const SHAPES = ["plain", "tree", "deaf", "bare", "daemon", "reads", "suicide", "burst"] as const;
export type Shape = (typeof SHAPES)[number];

/** One command: its arguments for tests/fixtures/witness.sh, and what it is started with. */
export interface CommandPlan {
  token: string;
  shape: Shape;
  lines: number;
  gapSeconds: number;
  exitCode: number;
  padding: number;
  timeoutSeconds?: number;
}

/** `pick` says which of the tasks known by then is meant, the newest being 0. */
export type Action =
  | { do: "start"; command: CommandPlan }
  | { do: "wait"; picks: number[]; until: "all" | "any"; seconds: number }
  | { do: "cancel"; pick: number; graceSeconds: number }
  | { do: "read"; pick: number; tailLines: number }
  | { do: "status"; pick: number }
  | { do: "list"; limit: number }
  | { do: "send"; pick: number; text: string; eof: boolean };

export const TARGETS = ["server", "cli", "supervisor", "launcher", "command"] as const;
export type Target = (typeof TARGETS)[number];

export interface FaultPlan {
  afterMs: number;
  target: Target;
  /** STOP is followed by CONT, and "STOP, KILL" by KILL, after `heldMs`. */
  signal: "KILL" | "STOP" | "STOP, KILL";
  heldMs: number;
  /** Which of the target's processes, the youngest being 0. */
  pick: number;
  /** Waits for the target's next new process and strikes it that many microseconds after it was seen. */
  ambushMicroseconds?: number;
}

const SHAPE_WEIGHTS: Record<Shape, number> = {
  plain: 40,
  tree: 15,
  deaf: 5,
  bare: 5,
  daemon: 5,
  reads: 10,
  suicide: 5,
  burst: 10,
};

/** What one actor does, one after the other, for ever. */
export function* actionsOf(seed: string, actor: string): Generator<Action, never> {
  const random = new Random(`${seed} ${actor}`);
  for (let count = 0; ; count += 1) {
    const kind = random.below(100);
    const pick = () => random.below(random.below(4) === 0 ? 40 : 8);
    if (kind < 45) yield { do: "start", command: commandPlan(random, `${actor}-${count}`) };
    else if (kind < 60) {
      const picks = Array.from({ length: 1 + random.below(4) }, pick);
      yield { do: "wait", picks, until: random.pick(["all", "any"]), seconds: random.pick([1, 5, 30]) };
    } else if (kind < 70) yield { do: "cancel", pick: pick(), graceSeconds: random.pick([0, 0.2, 1]) };
    else if (kind < 80) yield { do: "read", pick: pick(), tailLines: random.pick([5, 100, 10_000]) };
    else if (kind < 85) yield { do: "status", pick: pick() };
    else if (kind < 90) yield { do: "list", limit: random.pick([5, 100]) };
    else yield { do: "send", pick: pick(), text: `said-${actor}-${count}`, eof: random.below(3) === 0 };
  }
}

function commandPlan(random: Random, token: string): CommandPlan {
  const shape = weighted(random, SHAPE_WEIGHTS);
  const long = shape === "burst";
  return {
    token,
    shape,
    lines: long ? 40 + random.below(60) : random.below(12),
    gapSeconds: long ? 0.001 : random.pick([0.001, 0.02, 0.1]),
    exitCode: random.pick([0, 0, 0, 1, 3, 77]),
    padding: long ? 1_500 : random.below(40),
    // Those that would stay are ended in time.
    ...((shape === "deaf" || shape === "bare" || shape === "reads" || random.below(10) === 0) && {
      timeoutSeconds: random.pick([0.5, 1, 2]),
    }),
  };
}

const TARGET_WEIGHTS: Record<Target, number> = { server: 14, cli: 14, supervisor: 34, launcher: 3, command: 35 };

/** The faults, one after the other, for ever. */
export function* faultsOf(seed: string): Generator<FaultPlan, never> {
  const random = new Random(`faults ${seed}`);
  for (;;) {
    const target = weighted(random, TARGET_WEIGHTS);
    const chance = random.below(100);
    const signal = chance < 55 ? "KILL" : chance < 92 ? "STOP" : "STOP, KILL";
    const ambush = target === "launcher" || random.below(12) === 0;
    yield {
      afterMs: random.below(60),
      target,
      signal,
      heldMs: random.below(20) === 0 ? 3_000 : 5 + random.below(300),
      pick: random.below(12),
      ...(ambush && { ambushMicroseconds: random.below(random.pick([300, 3_000, 30_000])) }),
    };
  }
}

function weighted<T extends string>(random: Random, weights: Record<T, number>): T {
  const entries = Object.entries(weights) as [T, number][];
  let at = random.below(entries.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [name, weight] of entries) if ((at -= weight) < 0) return name;
  throw new Error("unreachable");
}
