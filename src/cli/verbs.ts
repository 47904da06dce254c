// The verbs of the CLI, in the order in which its help shows them. A call loads what it needs of one of them alone.

import type { Command } from "commander";
import type { Leave } from "./exit.ts";

/** What a verb may need to know of the call it is declared for. */
export interface Call {
  program: Command;
  /** The words behind `--`, which are nobody's to parse. `undefined` without dashes. */
  afterDashes: string[] | undefined;
  leaveWith: Leave;
}

interface Verb {
  group: string;
  /** Only our own scripts call it. */
  hidden?: true;
  /** Gives what tells commander of it. */
  load: () => Promise<(command: Command, call: Call) => void>;
}

const TASKS = "Tasks:";
const IN_AND_OUT = "Output and input:";
const AROUND = "Around them:";

export const VERBS: Record<string, Verb> = {
  start: { group: TASKS, load: async () => (await import("./commands/start.ts")).declareStart },
  list: { group: TASKS, load: async () => (await import("./commands/list.ts")).declareList },
  status: { group: TASKS, load: async () => (await import("./commands/status.ts")).declareStatus },
  top: { group: TASKS, load: async () => (await import("./commands/top.ts")).declareTop },
  wait: { group: TASKS, load: async () => (await import("./commands/wait.ts")).declareWait },
  cancel: { group: TASKS, load: async () => (await import("./commands/cancel.ts")).declareCancel },
  logs: { group: IN_AND_OUT, load: async () => (await import("./commands/logs.ts")).declareLogs },
  send: { group: IN_AND_OUT, load: async () => (await import("./commands/send.ts")).declareSend },
  attach: { group: IN_AND_OUT, load: async () => (await import("./commands/attach.ts")).declareAttach },
  events: { group: IN_AND_OUT, load: async () => (await import("./commands/events.ts")).declareEvents },
  prune: { group: AROUND, load: async () => (await import("./commands/prune.ts")).declarePrune },
  policy: { group: AROUND, load: async () => (await import("./commands/policy.ts")).declarePolicy },
  setup: { group: AROUND, load: async () => (await import("./commands/setup.ts")).declareSetup },
  config: { group: AROUND, load: async () => (await import("./commands/config.ts")).declareConfig },
  doctor: { group: AROUND, load: async () => (await import("./commands/doctor.ts")).declareDoctor },
  completions: { group: AROUND, load: async () => (await import("./commands/completions.ts")).declareCompletions },
  complete: {
    group: AROUND,
    hidden: true,
    load: async () => (await import("./commands/completions.ts")).declareComplete,
  },
  mcp: { group: AROUND, load: async () => (await import("./commands/mcp.ts")).declareMcp },
};

export const isVerb = (word: string): boolean => Object.hasOwn(VERBS, word);

/** Those that are to be declared for a call that begins with this word: help and completions tell of all. */
export function verbsFor(word: string): string[] {
  if (word === "--version" || word === "-V") return [];
  return isVerb(word) && word !== "complete" ? [word] : Object.keys(VERBS);
}
