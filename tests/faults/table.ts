// What a trial has shown, as a table.

import { INVARIANTS, type Invariant, type Ledger } from "./ledger.ts";

export function tableOf(seed: string, ledger: Ledger, seconds: number): string {
  const faults = ledger.faults();
  const struck = new Map<string, number>();
  for (const { target, signal, ambushed } of faults)
    for (const key of [`${target} ${signal}`, ...(ambushed ? ["ambushed"] : [])])
      struck.set(key, (struck.get(key) ?? 0) + 1);
  const ends = new Map<string, number>();
  for (const { status } of ledger.rows()) ends.set(status, (ends.get(status) ?? 0) + 1);
  const violations = new Map<Invariant, number>();
  for (const { invariant } of ledger.violations) violations.set(invariant, (violations.get(invariant) ?? 0) + 1);
  const strikes = faults.filter(({ signal }) => signal !== "CONT").length;
  const section = (title: string, rows: Iterable<[string, number]>) =>
    `| ${title} | |\n|---|--:|\n${[...rows]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, count]) => `| ${name} | ${count} |`)
      .join("\n")}\n`;
  return [
    `seed ${seed}, ${seconds.toFixed(0)} s: ${sum(ledger.events)} events, ${strikes} faults (SIGCONT not counted), ${ledger.violations.length} violations\n`,
    `left and beyond finding (no environment, no group, no parent, no supervisor): ${ledger.beyondFinding.length}\n`,
    section("events", ledger.events),
    section("tasks by end", ends),
    section("faults by kind", struck),
    section(
      "violations by invariant",
      (Object.keys(INVARIANTS) as Invariant[]).map((name) => [INVARIANTS[name], violations.get(name) ?? 0]),
    ),
  ].join("\n");
}

const sum = (counts: Map<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
