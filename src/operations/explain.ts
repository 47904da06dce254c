// What the policy would say to a command, and why. Nothing is started and nothing written down.

import { resolve } from "node:path";
import type { Config } from "../config.ts";
import { type Finding, judge, type Verdict } from "../policy/judge.ts";
import { defaultShell } from "../process/shell.ts";
import { patternsOf } from "./admit.ts";
import type { Caller, StartRequest } from "./start.ts";

export interface Explained {
  decision: Verdict["decision"];
  /** One sentence, of what is not simply allowed. */
  reason?: string;
  patterns: string[];
  /** Each simple command, and what else was judged, up to what decided. */
  findings: Finding[];
}

export async function explain(config: Config, request: StartRequest, caller: Caller): Promise<Explained> {
  const { command, cwd = "", env = {}, interactive = false, pty = false } = request;
  const verdict = await judge(
    {
      command,
      cwd: resolve(caller.cwd, config.cwd ?? "", cwd),
      env,
      environment: caller.env,
      shell: config.shell ?? defaultShell(caller.env.PATH),
      interactive,
      pty,
      home: config.home,
    },
    config.policy,
  );
  const { decision, findings } = verdict;
  const common = { decision, patterns: patternsOf(verdict), findings };
  if (decision === "refused") return { ...common, reason: verdict.refusal.message };
  if (decision === "ask") return { ...common, reason: `a person is asked before it runs: ${verdict.pattern}` };
  return config.policy ? common : { ...common, reason: "no list is set: everything is allowed" };
}
