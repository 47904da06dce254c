// Tools that run a person's commands in the background, by one set of verbs, each in a directory of its own.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bench, directory } from "../bench.ts";
import type { Contender, Probe } from "../experiment.ts";
import type { PeerName } from "./install.ts";

export interface Queue {
  /** Where it may write. */
  scratch: string;
  /** The whole call that submits a command of the shell; its id. */
  submit: (command: string) => Promise<string>;
  /** The whole call that waits for its end. */
  wait?: (id: string) => Promise<unknown>;
  /** A call takes a tenth of a second and more. */
  slow?: true;
  cancel?: (id: string) => Promise<unknown>;
  close: () => Promise<unknown>;
}

type Open = (argv: string[], scratch: string, slots: number) => Queue;

const QUEUES: Partial<Record<PeerName, Open>> = {
  "task-spooler": (argv, scratch, slots) => {
    const tsp = caller(argv, {
      TS_SOCKET: join(scratch, "socket"),
      TMPDIR: scratch,
      TS_SLOTS: String(slots),
      TS_MAXFINISHED: "100000",
    });
    return {
      scratch,
      submit: (command) => tsp("sh", "-c", command),
      wait: (id) => tsp("-w", id),
      cancel: (id) => tsp("-k", id),
      close: () => tsp("-K"),
    };
  },
  nq: (argv, scratch) => {
    const nq = caller(argv, { NQDIR: scratch });
    return {
      scratch,
      submit: (command) => nq("sh", "-c", command),
      wait: (id) => nq("-w", id),
      close: () => Promise.resolve(),
    };
  },
  sem: (argv, scratch, slots) => {
    writeFileSync(join(scratch, "will-cite"), "");
    const env = { HOME: scratch, PARALLEL_HOME: scratch };
    const sem = caller(argv, env);
    return {
      scratch,
      slow: true,
      submit: (command) => sem("--id", "bench", "-j", String(slots), command),
      wait: () => sem("--id", "bench", "--wait"),
      close: () => Promise.resolve(),
    };
  },
  pm2: (argv, scratch) => {
    const pm2 = caller(argv, { PM2_HOME: scratch, HOME: scratch });
    let count = 0;
    return {
      scratch,
      slow: true,
      async submit(command) {
        const name = `task-${(count += 1)}`;
        await pm2("start", "sh", "--interpreter", "none", "--no-autorestart", "--name", name, "--", "-c", command);
        return name;
      },
      cancel: (id) => pm2("delete", id),
      close: () => pm2("kill"),
    };
  },
};

/** No tool at all: a session of its own, and nothing that remembers it. */
const setsid: Open = (_, scratch) => ({
  scratch,
  submit: (command) => caller(["setsid"], {})("--fork", "sh", "-c", command),
  close: () => Promise.resolve(),
});

/** The floor and all that are installed, of those who have what `use` needs; `rounds` caps the slow ones. */
export function queues(
  bench: Bench,
  slots: number,
  use: (queue: Queue, size: number) => Probe["sample"] | undefined,
  rounds: Partial<Record<string, number>> = {},
): Contender[] {
  const contender = (name: string, kind: "floor" | "peer", argv: string[], open: Open): Contender => ({
    name,
    kind,
    ...(rounds[name] !== undefined && { rounds: rounds[name] }),
    open(size) {
      const queue = open(argv, directory(bench, name), slots);
      const sample = use(queue, size);
      if (!sample) return queue.close().then(() => undefined);
      return Promise.resolve({ sample, close: () => queue.close() });
    },
  });
  const peers = bench.found.installed.flatMap(({ name, argv }) => {
    const open = QUEUES[name];
    return open ? [contender(name, "peer", argv, open)] : [];
  });
  return [contender("setsid sh -c", "floor", [], setsid), ...peers];
}

function caller(argv: string[], env: Record<string, string>) {
  return async (...args: string[]): Promise<string> => {
    const run = Bun.spawn([...argv, ...args], {
      env: { ...process.env, ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
    const printed = await run.stdout.text();
    await run.exited;
    return printed.trim();
  };
}
