// The policy's verdict on a command, without a task.

import { loadConfig } from "../../src/config.ts";
import { judge, type Judged, type Verdict } from "../../src/policy/judge.ts";

export interface Lists {
  allow?: string;
  ask?: string;
  deny?: string;
  allowEnv?: string;
}

export async function verdictOf(command: string, lists: Lists, request: Partial<Judged> = {}): Promise<Verdict> {
  const home = "/nonexistent/backburner";
  const { policy } = await loadConfig({
    BACKBURNER_HOME: home,
    BACKBURNER_ALLOW: lists.allow,
    BACKBURNER_ASK: lists.ask,
    BACKBURNER_DENY: lists.deny,
    BACKBURNER_ALLOW_ENV: lists.allowEnv,
  });
  const environment = { PATH: "/usr/bin:/bin", HOME: "/home/somebody" };
  const defaults = {
    cwd: "/srv/project",
    env: {},
    environment,
    shell: ["/bin/bash", "-c"],
    interactive: false,
    pty: false,
  };
  return judge({ command, home, ...defaults, ...request }, policy);
}

/** "allowed", "ask", or the sentence that refuses it. */
export async function sentenceOf(command: string, lists: Lists, request: Partial<Judged> = {}): Promise<string> {
  const verdict = await verdictOf(command, lists, request);
  return verdict.decision === "refused" ? verdict.refusal.message : verdict.decision;
}
