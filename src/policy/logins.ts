// Programs that have text read by a user's shell: su, runuser, and script(1), which records one. Pure.

import { type Options, readOptions } from "./options.ts";
import { guessed, nothing, type Wrapped } from "./wrapped.ts";
import type { Word } from "./words.ts";

const SU: Options = {
  flags: "flmpP",
  values: "cCgGsTuw",
  longFlags: "fast login preserve-environment pty",
  longValues: "command session-command group supp-group shell user whitelist-environment",
};
const SCRIPT: Options = {
  flags: "aefqr",
  values: "BcEImoOT",
  optionals: "t",
  longFlags: "append flush force quiet return timing",
  longValues: "command echo log-in log-io log-out log-timing logging-format output-limit",
};

export function su(words: Word[]): Wrapped {
  return readTexts(words, SU) ?? guessed(words);
}

/** With -u it runs a command itself. */
export function runuser(words: Word[]): Wrapped {
  const read = readOptions(words, SU);
  const direct = read?.given.has("u") === true || read?.given.has("user") === true;
  return direct ? { ...nothing(), commands: [read.rest] } : su(words);
}

/** Behind its file another one, in its own process or, with "--", of newer versions. */
export function recorded(words: Word[]): Wrapped {
  const read = readOptions(words, SCRIPT);
  const command = read?.rest.slice(read.rest[1]?.text === "--" ? 2 : 1) ?? [];
  const wrapped = readTexts(words, SCRIPT) ?? guessed(words);
  return { ...wrapped, commands: [...wrapped.commands, ...(command.length > 0 ? [command] : [])] };
}

/** Behind "--" and the user the words are the shell's own: su root -- -c TEXT. */
function ofItsShell(words: Word[]): Word[] {
  const from = words.findIndex(({ text }) => text === "--");
  return from < 0 ? [] : words.filter((_, at) => at > from + 1 && /^-[a-zA-Z]*c$/.test(words[at - 1]?.text ?? ""));
}

/** What -c is given; options may stand behind operands. `undefined` when it can't be told. */
function readTexts(words: Word[], options: Options): Wrapped | undefined {
  const texts: Word[] = [];
  for (let left = words; left.length > 0;) {
    const read = readOptions(left, options);
    if (!read) return undefined;
    for (const name of ["c", "command", "session-command"]) texts.push(...[read.given.get(name) ?? []].flat());
    left = read.rest;
  }
  texts.push(...ofItsShell(words));
  return { ...nothing(), scripts: texts.map((text) => ({ text, dialect: "sh" })) };
}
