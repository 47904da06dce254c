// Programs that run another one, which their arguments name: what that is. Pure.

import { parallel, watch, xargs } from "./appliers.ts";
import { find } from "./find.ts";
import { ASSIGNMENT, type Options, type ReadOptions, readOptions } from "./options.ts";
import { MAPFILE } from "./builtins.ts";
import { ALL_SHELLS, callback, COMPGEN, evaluate, shell, trap } from "./shells.ts";
import { recorded, runuser, su } from "./logins.ts";
import { guessed, nothing, type Wrapped } from "./wrapped.ts";
import { PERSONALITIES, PERSONALITY, PLAIN, PRIVILEGED } from "./wrapper-options.ts";
import { baseOf, literalWord, type Word } from "./words.ts";

/** `undefined` for a command that runs nothing but itself, as far as is known here. */
export function unwrap(words: Word[]): Wrapped | undefined {
  const name = baseOf(words[0]?.text ?? "");
  const special = Object.hasOwn(SPECIAL, name) ? SPECIAL[name] : undefined;
  if (special) return special(words);
  if (Object.hasOwn(PLAIN, name)) return plain(words, PLAIN[name] ?? {}, true);
  if (Object.hasOwn(PRIVILEGED, name)) return plain(words, PRIVILEGED[name] ?? {}, false);
  return undefined;
}

function plain(words: Word[], options: Options, transparent: boolean): Wrapped {
  const read = readOptions(words, options);
  if (!read) {
    const likely = likelyCommand(words, options);
    return likely[0]?.literal === false ? { ...guessed(words), commands: [likely] } : guessed(words);
  }
  const commands = read.rest.length > 0 ? [read.rest] : [];
  return {
    ...nothing(),
    commands,
    assigned: read.assigned,
    writes: valuesOf(read, options.writes),
    cds: valuesOf(read, options.goes),
    transparent: transparent && commands.length > 0,
  };
}

/** Where it would begin if each expansion before it were a value, as in `timeout "$T" npm test`. */
function likelyCommand(words: Word[], options: Options): Word[] {
  const read = readOptions(
    words.map((word) => (word.literal ? word : literalWord("0"))),
    options,
  );
  return words.slice(words.length - (read?.rest.length ?? 0));
}

/** What these options were given, of their names separated by blanks. */
function valuesOf({ given }: ReadOptions, names = ""): Word[] {
  return names.split(" ").flatMap((name) => given.get(name) ?? []);
}

/** Where among env's own options -S stands; -1 when it does not. */
function splitOption(words: Word[]): number {
  for (let at = 1; at < words.length; at += 1) {
    const text = words[at]?.text ?? "";
    if (SPLITS.test(text)) return at;
    if (text === "--" || !text.startsWith("-")) return -1;
    if (/^(?:-[iv0]*[uCP]|--(?:u|c)[^=]*)$/.test(text)) at += 1;
  }
  return -1;
}

const SPLITS = /^(?:-[iv0]*S|--s)/;

/** strace hands what it traces to a shell command, where "|" stands before that. */
function traced(words: Word[]): Wrapped {
  const options = PRIVILEGED.strace ?? {};
  const read = readOptions(words, options);
  const piped = read ? valuesOf(read, "o output").filter((word) => /^[|!]/.test(word.text)) : [];
  const scripts = piped.map((word) => ({ text: { ...word, text: word.text.slice(1) }, dialect: "sh" as const }));
  return { ...plain(words, options, false), scripts };
}

/** `env -S` splits its value into words by rules of its own: simple ones are followed. */
function env(words: Word[]): Wrapped {
  const at = splitOption(words);
  const option = words[at];
  if (!option) return plain(words, PLAIN.env ?? {}, true);
  const attached = /^(?:-[iv0]*S|--s[a-z-]*=)([^]+)$/.exec(option.text)?.[1];
  const value = attached === undefined ? words[at + 1] : { ...option, text: attached };
  const text = value?.literal && !/[\\$#]/.test(value.text) ? value.text : undefined;
  if (text === undefined) return { ...guessed(words), unclear: "what env -S makes of its value is not known" };
  const split = [...text.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([piece]) =>
    literalWord(piece.replaceAll(/['"]/g, "")),
  );
  return env([...words.slice(0, at), ...split, ...words.slice(at + (attached === undefined ? 2 : 1))]);
}

function flock(words: Word[]): Wrapped {
  const read = readOptions(words, {
    flags: "exnosuFv",
    values: "wE",
    longFlags: "exclusive nonblock close shared unlock no-fork verbose nb",
    longValues: "wait timeout conflict-exit-code",
    operands: 1,
  });
  if (!read) return guessed(words);
  const [first, text] = read.rest;
  if (!first) return nothing();
  if (!/^(?:-c|--command)$/.test(first.text)) return { ...nothing(), commands: [read.rest], transparent: true };
  return { ...nothing(), scripts: text ? [{ text, dialect: "sh" }] : [], transparent: true };
}

/** setarch [ARCH] [OPTIONS] COMMAND; by another name of it the first is not there. */
function setarch(words: Word[]): Wrapped {
  const arch = words[1]?.text.startsWith("-") === false;
  return plain(arch ? words.toSpliced(1, 1) : words, PERSONALITY, false);
}

/** The applet's name stands where the program's does. */
function busybox(words: Word[]): Wrapped {
  const applet = words.slice(1);
  if (applet.length === 0 || applet[0]?.text.startsWith("-")) return nothing();
  return { ...nothing(), commands: [applet], transparent: true };
}

const SPECIAL: Record<string, (words: Word[]) => Wrapped> = {
  strace: traced,
  env,
  xargs,
  find,
  watch,
  flock,
  parallel,
  busybox,
  toybox: busybox,
  setarch,
  su,
  runuser,
  script: recorded,
  eval: evaluate,
  trap,
  command: commandBuiltin,
  mapfile: (words) => callback(words, MAPFILE, ["C"]),
  readarray: (words) => callback(words, MAPFILE, ["C"]),
  compgen: (words) => callback(words, COMPGEN, ["C", "F", "W"]),
  ...Object.fromEntries(PERSONALITIES.map((name) => [name, (words: Word[]) => plain(words, PERSONALITY, false)])),
  ...Object.fromEntries(ALL_SHELLS.map((name) => [name, shell])),
};

/** `command -v` only tells where a command is. */
function commandBuiltin(words: Word[]): Wrapped {
  return /^-[pvV]*[vV]/.test(words[1]?.text ?? "") ? nothing() : plain(words, PLAIN.command ?? {}, true);
}

/** The name of NAME=value. */
export function nameOf(assigned: Word): string {
  return ASSIGNMENT.exec(assigned.text)?.[1] ?? assigned.text;
}
