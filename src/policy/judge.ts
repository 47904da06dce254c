// May this command run? Deny wins over allow; patterns match anywhere in the text, as in the original backburner-mcp.

import type { Config } from "../config.ts";
import { refusedByAllow, refusedByDeny } from "../errors.ts";

/** Throws `refused` with the reason when the command may not run. */
export function judge(command: string, policy: Pick<Config, "allow" | "deny">): void {
  const denied = policy.deny.find((pattern) => pattern.test(command));
  if (denied) throw refusedByDeny(command, denied.source);
  if (policy.allow.length > 0 && !policy.allow.some((pattern) => pattern.test(command))) throw refusedByAllow(command);
}
