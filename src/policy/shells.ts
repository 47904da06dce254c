// Text that a shell reads: as an argument of it, of a builtin, or as its input. Pure.

import type { Dialect } from "./found.ts";
import { baseOf, type Word } from "./words.ts";
import { nothing, script, type Wrapped } from "./wrapped.ts";

const SHELLS: Record<string, Dialect> = { bash: "bash", sh: "sh", dash: "sh", ash: "sh" };
/** Read in ways of their own: they have to be allowed themselves, and what they are given is looked at as if it were bash's. */
const OTHER_SHELLS = ["zsh", "ksh", "mksh", "fish", "rbash", "csh", "tcsh", "yash", "pwsh"];

/** `sh -c TEXT`. Without -c it reads a file or stdin, and has to be allowed itself. */
export function shell(words: Word[]): Wrapped {
  const name = baseOf(words[0]?.text ?? "");
  const dialect = Object.hasOwn(SHELLS, name) ? SHELLS[name] : undefined;
  let reads = false;
  let unclear: string | undefined;
  let at = 1;
  for (; at < words.length; at += 1) {
    const word = words[at];
    if (!word || word.text === "--" || word.text === "-") {
      at += 1;
      break;
    }
    if (!word.literal || !/^[-+]./.test(word.text)) break;
    if (/^-[a-zA-Z]*c/.test(word.text)) reads = true;
    if (/^[-+][a-zA-Z]*[ak]/.test(word.text)) unclear = `${name} ${word.text} changes what assignments do`;
    if (/^--(?:rc|init-)file$/.test(word.text)) unclear = `${name} ${word.text} runs a file`;
    if (/^[-+][a-zA-Z]*[oO]$/.test(word.text)) {
      at += 1;
      if (/^(?:allexport|keyword|expand_aliases)$/.test(words[at]?.text ?? ""))
        unclear = `${name} is told ${words[at]?.text}`;
    } else if (/^--(?:rc|init-)file$/.test(word.text)) at += 1;
  }
  const text = words[at];
  const said = unclear === undefined ? {} : { unclear };
  if (!reads || !text) return { ...nothing(), ...said };
  return { ...nothing(), ...said, scripts: [{ text, dialect: dialect ?? "bash" }], transparent: dialect !== undefined };
}

/** What a shell without `-c`, and without a file, reads from a here-document. */
export function readsStdin(words: Word[]): Dialect | undefined {
  const name = baseOf(words[0]?.text ?? "");
  const known = Object.hasOwn(SHELLS, name) || OTHER_SHELLS.includes(name);
  return known && shell(words).scripts.length === 0 ? (SHELLS[name] ?? "bash") : undefined;
}

export function evaluate(words: Word[]): Wrapped {
  const rest = words[1]?.text === "--" ? words.slice(2) : words.slice(1);
  return { ...nothing(), scripts: rest.length > 0 ? [script(rest, undefined)] : [], transparent: true };
}

export function trap(words: Word[]): Wrapped {
  const rest = words[1]?.text === "--" ? words.slice(2) : words.slice(1);
  const [text] = rest;
  // A lone word names a signal, unless it becomes several.
  const alone = rest.length < 2 && text?.splits !== true;
  if (!text || alone || /^(?:-|-[lpP]|\d+|)$/.test(text.text)) return { ...nothing(), transparent: text !== undefined };
  return { ...nothing(), scripts: [{ text, dialect: undefined }], transparent: true };
}

/** Run a piece of shell for each line, or to complete a word. */
export function callback(words: Word[]): Wrapped {
  const at = words.findIndex((word, index) => index > 0 && /^-[a-zA-Z]*[CFW]$/.test(word.text));
  const text = words[at + 1];
  return at < 0 || !text ? nothing() : { ...nothing(), scripts: [{ text, dialect: undefined }] };
}

/** Every shell that is known by name. */
export const ALL_SHELLS = [...Object.keys(SHELLS), ...OTHER_SHELLS];
