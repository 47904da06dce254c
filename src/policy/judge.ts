// May this command run? A guard rail, not a sandbox: it says what the text would run, not what that does.
// Deny wins over ask, ask over allow. Nothing of the shell's grammar is loaded where no list is set.

import type { Policy } from "../config.ts";
import type { Door, Pattern } from "../settings.ts";
import { type BackburnerError } from "../errors.ts";
import {
  refusedByAllow,
  refusedByDeny,
  refusedGiven,
  refusedInput,
  refusedOpaque,
  refusedOpenStdin,
  refusedShell,
  refusedUnclear,
  refusedVariable,
  refusedWrite,
} from "../wording.ts";
import type { Dialect, Found, Simple } from "./found.ts";
import { isShellsOwn, runsItsValue } from "./names.ts";
import { baseOf, textOf } from "./words.ts";
import { isFreeTarget } from "./writes.ts";

/** All that a verdict depends on. */
export interface Judged {
  command: string;
  cwd: string;
  /** Set on top of the environment. */
  env: Record<string, string>;
  /** What the submitter hands on. */
  environment: Record<string, string | undefined>;
  shell: string[];
  interactive: boolean;
  pty: boolean;
  /** Fed to its stdin. */
  stdin?: string | undefined;
  /** Of backburner. */
  home: string;
}

/** One thing that was found, and the pattern that decided on it. */
export interface Finding {
  text: string;
  list: "allow" | "ask" | "deny" | "none";
  pattern?: string;
}

export type Verdict =
  | { decision: "allowed"; findings: Finding[] }
  /** A person has to say yes to it. */
  | { decision: "ask"; findings: Finding[]; pattern: string }
  | { decision: "refused"; findings: Finding[]; refusal: BackburnerError };

/** Without a policy everything is allowed. */
export async function judge(judged: Judged, policy: Policy | undefined): Promise<Verdict> {
  if (!policy) return { decision: "allowed", findings: [] };
  const { readCommands } = await import("./read.ts");
  const dialect = dialectOf(judged.shell);
  const found = readCommands(judged.command, dialect ?? "bash");
  const findings: Finding[] = [];
  const refused = (refusal: BackburnerError): Verdict => ({ decision: "refused", findings, refusal });
  const doors = doorsOf(judged);

  const texts = [
    judged.command,
    ...found.simple.flatMap(deniedForms),
    ...found.writes.map((target) => `> ${target.text}`),
  ];
  for (const text of texts) {
    const pattern = matching(policy.deny, text, doors);
    if (!pattern) continue;
    findings.push({ text, list: "deny", pattern: pattern.source });
    return refused(refusedByDeny(judged.command, pattern.source, text));
  }
  for (const { text, variable } of await givenBeside(judged)) {
    const pattern = matching(policy.deny, text, doors);
    if (!pattern) continue;
    findings.push({ text: "(its environment or input)", list: "deny", pattern: pattern.source });
    return refused(refusedGiven(judged.command, pattern.source, variable));
  }
  const restricts = policy.allow.some((pattern) => pattern.door === undefined);
  if (!dialect && (restricts || policy.ask.length > 0))
    return refused(refusedShell(judged.command, judged.shell[0] ?? ""));
  const [opaque] = found.opaque;
  if (opaque !== undefined) return refused(refusedOpaque(judged.command, opaque));

  const asked: Pattern[] = [];
  for (const text of texts) {
    const pattern = matching(policy.ask, text, doors);
    if (pattern) asked.push(pattern);
  }
  const [unclear] = found.unclear;
  if (restricts && unclear !== undefined) return refused(refusedUnclear(judged.command, unclear));
  const refusal = refusalOf(judged, policy, found, doors, restricts, findings);
  if (refusal) return refused(refusal);
  if (asked[0]) return { decision: "ask", findings, pattern: asked[0].source };
  // What can't be read may be what the person wants to be asked about.
  if (policy.ask.length > 0 && unclear !== undefined) return { decision: "ask", findings, pattern: unclear };
  return { decision: "allowed", findings };
}

/** Text that is sent to a running task: only what is denied, as far as its pieces show it. */
export async function judgeInput(input: string, policy: Policy | undefined): Promise<void> {
  if (!policy || policy.deny.length === 0) return;
  for (const text of await inputForms(input)) {
    const pattern = matching(policy.deny, text, new Set<Door>());
    if (pattern) throw refusedInput(pattern.source);
  }
}

/** Every command has to be on a list; so do the variables it sets and the files it writes. */
function refusalOf(
  judged: Judged,
  policy: Policy,
  found: Found,
  doors: Set<Door>,
  restricts: boolean,
  findings: Finding[],
) {
  const guarded = restricts || policy.ask.length > 0;
  for (const simple of found.simple) {
    const text = textOf(simple.words);
    const own = matching(policy.ask, text, doors) ?? allowing(policy.allow, simple, doors);
    const onAsk = own !== undefined && policy.ask.includes(own);
    findings.push({ text, list: own ? (onAsk ? "ask" : "allow") : "none", ...(own && { pattern: own.source }) });
    if (simple.wraps) continue;
    if (restricts && !own) return refusedByAllow(judged.command, text);
    for (const door of doors)
      if (guarded && !opened(policy, simple, door)) return refusedOpenStdin(judged.command, text, door);
  }
  for (const door of doors)
    if (guarded && found.simple.length === 0) return refusedOpenStdin(judged.command, judged.command, door);
  const given = Object.keys(judged.env).map((name) => ({ name, exported: true }));
  for (const { name, exported } of [...given, ...found.settings]) {
    if (policy.allowEnv.includes(name)) continue;
    if (runsItsValue(name)) return refusedVariable(judged.command, name);
    if (restricts && (exported || !isShellsOwn(name, judged.environment))) return refusedVariable(judged.command, name);
  }
  for (const target of restricts ? found.writes : []) {
    if (isFreeTarget(target, { cwd: judged.cwd, home: judged.home, cds: found.cds })) continue;
    const text = `> ${target.text}`;
    const pattern = matching([...policy.ask, ...policy.allow], text, doors);
    findings.push({ text, list: pattern ? "allow" : "none", ...(pattern && { pattern: pattern.source }) });
    if (!pattern) return refusedWrite(judged.command, text);
  }
  return undefined;
}

/** An open stdin needs an entry that says so itself; that of a terminal is open as well. */
function opened(policy: Policy, simple: Simple, door: Door): boolean {
  const own = [...policy.ask, ...policy.allow].filter((pattern) => pattern.door === door);
  return allowing(own, simple, new Set([door])) !== undefined;
}

function doorsOf({ interactive, pty }: Judged): Set<Door> {
  return new Set<Door>(pty ? ["pty"] : interactive ? ["interactive"] : []);
}

function matching(patterns: Pattern[], text: string, doors: Set<Door>): Pattern | undefined {
  return patterns.find(({ regex, door }) => (door === undefined || doors.has(door)) && regex.test(text));
}

/** Where only the system puts programs: there a path means what its last component means. */
const SYSTEM = /^\/(?:usr\/)?s?bin\/[^/]+$/;

function allowing(patterns: Pattern[], { words }: Simple, doors: Set<Door>): Pattern | undefined {
  const whole = textOf(words);
  const name = words[0]?.text ?? "";
  return (
    matching(patterns, whole, doors) ?? (SYSTEM.test(name) ? matching(patterns, based(name, whole), doors) : undefined)
  );
}

/** As written, and by the last component of its path; with braces expanded. */
function deniedForms({ words }: Simple): string[] {
  const whole = textOf(words);
  const forms = [whole, based(words[0]?.text ?? "", whole)];
  return forms.flatMap((form) =>
    /\{[^{}]*,[^{}]*\}/.test(form)
      ? [form, form.replaceAll(/\{([^{}]*,[^{}]*)\}/g, (_, list: string) => list.replaceAll(",", " "))]
      : [form],
  );
}

function based(name: string, whole: string): string {
  return baseOf(name) + whole.slice(name.length);
}

/** What the command would be fed and the variables it would be given: the deny list judges these as well. */
async function givenBeside({ stdin, env }: Judged): Promise<{ text: string; variable?: string }[]> {
  const fed = (await inputForms(stdin)).map((text) => ({ text }));
  return [...fed, ...Object.entries(env).map(([variable, value]) => ({ text: `${variable}=${value}`, variable }))];
}

/** As it is, and as what a shell would read in it. */
async function inputForms(input: string | undefined): Promise<string[]> {
  if (input === undefined || input.trim() === "") return [];
  if (input.length > MOST_INPUT_CHARS) return [input];
  const { readCommands } = await import("./read.ts");
  return [input, ...readCommands(input, "bash").simple.flatMap(deniedForms)];
}

const MOST_INPUT_CHARS = 1_000_000;

/** `undefined` for a shell with a grammar of its own. */
function dialectOf(shell: string[]): Dialect | undefined {
  const [name = "", ...flags] = shell;
  const base = baseOf(name);
  const known = base === "busybox" ? baseOf(flags.shift() ?? "") : base;
  if (!flags.every((flag) => /^[-+]|^(?:pipefail|errexit|nounset|xtrace)$/.test(flag))) return undefined;
  if (known === "bash") return "bash";
  return ["sh", "dash", "ash"].includes(known) ? "sh" : undefined;
}
