// Whether a command may become a task: asks the policy, and writes down what it refuses.

import { refusedUnasked } from "../wording.ts";
import { auditPath } from "../home.ts";
import type { Policy } from "../config.ts";
import { audit } from "../policy/audit.ts";
import { judge, type Judged, type Verdict } from "../policy/judge.ts";
import type { Decided } from "../task.ts";

/** What was decided on a command that may run; `undefined` without a policy. Throws `refused`. */
export async function admit(judged: Judged, policy: Policy | undefined, canAsk: boolean): Promise<Decided | undefined> {
  if (!policy) return undefined;
  const verdict = await judge(judged, policy);
  if (verdict.decision === "allowed") return { decision: "allowed", patterns: patternsOf(verdict) };
  if (verdict.decision === "ask" && canAsk) return { decision: "ask", patterns: [verdict.pattern] };
  const refusal = verdict.decision === "refused" ? verdict.refusal : refusedUnasked(judged.command, verdict.pattern);
  audit(auditPath(judged.home), judged, refusal.message);
  throw refusal;
}

/** Each once, in the order they were met. */
export function patternsOf({ findings }: Verdict): string[] {
  return [...new Set(findings.flatMap(({ pattern }) => pattern ?? []))];
}
