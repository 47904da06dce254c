// The judgement at the end of a trial, when everything has come to rest: each row against what its command says of itself, what was
// asked and what was struck; and what is left.

import { existsSync } from "node:fs";
import { environmentPath } from "../../src/home.ts";
import { withKept } from "../../src/output/kept.ts";
import type { TaskRow } from "../../src/store/row.ts";
import type { Fault } from "./chaos.ts";
import { isTerminal, type Ledger } from "./ledger.ts";
import { findAll, type Place } from "./targets.ts";
import { outputOf, tokenOf, type Witness, witnessOf } from "./witness.ts";

/** Adds to the ledger what does not hold. */
export function judge(place: Place, ledger: Ledger): void {
  ledger.look();
  const faults = ledger.faults();
  for (const row of ledger.rows()) {
    if (row.slot === 1) ledger.violated("no slot leaks", row.id, `it still holds a slot, being ${row.status}`);
    if (!isTerminal(row.status)) {
      ledger.violated("one true end", row.id, `it is still ${row.status}`);
      continue;
    }
    const token = tokenOf(row.command);
    if (token === undefined) continue; // not one of the load
    const witness = witnessOf(place.work, token);
    if (witness.begun > 1) ledger.violated("runs once", row.id, `its command was run ${witness.begun} times`);
    const lie = untruth(row, witness, faults, ledger);
    if (lie !== undefined)
      ledger.violated("one true end", row.id, `${lie}: ${JSON.stringify({ ...row, command: token, witness })}`);
    ledger.lookAtLog(row.id);
    const wrong = wrongOutput(place, row, witness);
    if (wrong !== undefined) ledger.violated("output as witnessed", row.id, `${row.status}: ${wrong}`);
    if (existsSync(environmentPath(place.home, row.id)))
      ledger.violated("no secret left", row.id, `its environment is on disk, and it is ${row.status}`);
  }
  for (const { target, pid, argv } of findAll(place)) {
    if (isBeyondFinding(argv, ledger)) ledger.beyondFinding.push(pid);
    else ledger.violated("no process left", undefined, `${target} ${pid}: ${argv.join(" ").slice(0, 200)}`);
  }
}

/**
 * One that has cleared its environment and left the group is known by its parents alone. When its supervisor was killed and those
 * are dead as well, nothing says whose it is: the README names that limit.
 */
function isBeyondFinding([name = ""]: string[], ledger: Ledger): boolean {
  const token = /^bare (\S+)$/.exec(name)?.[1];
  return (
    token !== undefined && ledger.rows().some((row) => tokenOf(row.command) === token && row.status === "interrupted")
  );
}

/** Until it is executed, the first supervisor of a task looks like the server or the CLI that starts it. */
const EXECUTED_AFTER_MS = 500;

function wasKilledUnclaimed({ id, reserved_at_ms }: TaskRow, faults: Fault[]): boolean {
  return faults.some(
    ({ signal, target, task, atMs }) =>
      signal === "KILL" &&
      (task === id ||
        ((target === "server" || target === "cli") && Math.abs(atMs - (reserved_at_ms ?? 0)) < EXECUTED_AFTER_MS)),
  );
}

/** What is not true about a row's end. `undefined` when it is as it says. */
function untruth(row: TaskRow, witness: Witness, faults: Fault[], ledger: Ledger): string | undefined {
  const wasKilled = (pid: number | null, startedAt?: string | null) =>
    faults.some(
      (one) => one.signal === "KILL" && one.pid === pid && (startedAt === undefined || one.startedAt === startedAt),
    );
  if (row.started_at_ms === null && witness.begun > 0) return "it is said never to have started, and it did";
  switch (row.status) {
    case "completed":
      return witness.exitCode === 0 && row.exit_code === 0 ? undefined : "it is said to have completed, and did not";
    case "failed":
      if (row.exit_code !== null)
        return witness.exitCode === row.exit_code && row.exit_code !== 0
          ? undefined
          : "its exit code is not the true one";
      if (row.signal !== null) {
        if (row.signal !== "SIGKILL") return "nobody sent it this signal";
        return witness.suicide || wasKilled(row.pid) ? undefined : "nobody killed it";
      }
      return witness.begun === 0 && row.reason !== null ? undefined : "it ran, and its outcome is not told";
    case "cancelled":
      return ledger.cancelled.has(row.id) ? undefined : "nobody cancelled it";
    case "timed_out":
      return row.timeout_ms !== null ? undefined : "it had no timeout";
    case "interrupted":
      if (row.supervisor_pid === null)
        return wasKilledUnclaimed(row, faults) ? undefined : "nobody killed who began it";
      return wasKilled(row.supervisor_pid, row.supervisor_started) ? undefined : "its supervisor was not killed";
    default:
      return `it is ${row.status}`;
  }
}

function wrongOutput({ home }: Place, row: TaskRow, witness: Witness): string | undefined {
  const { stdout, stderr, all } = withKept(home, row.id, (kept) => {
    const text = (view: "all" | "stdout" | "stderr") =>
      Buffer.concat([...kept.pieces(view, 0, kept.endBytes(view))].map(({ bytes }) => bytes)).toString("latin1");
    return { stdout: text("stdout"), stderr: text("stderr"), all: text("all") };
  });
  const whole = outputOf(row.command, witness);
  const less = outputOf(row.command, witness, witness.printed.length - 1);
  if (row.status === "interrupted") {
    if (!whole.stdout.startsWith(stdout)) return differ("stdout", whole.stdout, stdout);
    if (!whole.stderr.startsWith(stderr)) return differ("stderr", whole.stderr, stderr);
    if (all.length < (row.output_bytes ?? 0))
      return `its log has ${all.length} bytes, and ${row.output_bytes} were told`;
    return undefined;
  }
  if (all.length !== stdout.length + stderr.length)
    return `${all.length} bytes in all, and ${stdout.length} + ${stderr.length}`;
  if (all.length !== (row.output_bytes ?? 0))
    return `its log has ${all.length} bytes, and ${row.output_bytes} were told`;
  // Who tells that it ends has printed all; who was killed may have told of a line and not printed it.
  const may = witness.exitCode === undefined && !witness.suicide ? [whole, less] : [whole];
  if (!may.some((one) => one.stdout === stdout)) return differ("stdout", whole.stdout, stdout);
  if (!may.some((one) => one.stderr === stderr)) return differ("stderr", whole.stderr, stderr);
  return undefined;
}

function differ(stream: string, expected: string, found: string): string {
  let at = 0;
  while (at < expected.length && expected[at] === found[at]) at += 1;
  const near = (text: string) => JSON.stringify(text.slice(at, at + 60));
  return `${stream} has ${found.length} bytes for ${expected.length}; from ${at} on ${near(found)} for ${near(expected)}`;
}
