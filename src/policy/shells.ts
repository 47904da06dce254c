// Text that a shell reads: as an argument of it, of a builtin, or as its input. Pure.

import type { Dialect } from "./found.ts";
import { baseOf, isPlainOperand, type Word } from "./words.ts";
import { type Options, readOptions } from "./options.ts";
import { guessed, nothing, script, type Wrapped } from "./wrapped.ts";

const SHELLS: Record<string, Dialect> = { bash: "bash", sh: "sh", dash: "sh", ash: "sh" };
/** Read in ways of their own: they have to be allowed themselves, and what they are given is looked at as if it were bash's. */
const OTHER_SHELLS = ["zsh", "ksh", "mksh", "fish", "rbash", "csh", "tcsh", "yash", "pwsh"];

/** As bash has them, which takes them with one dash as well. */
const FILE_OPTION = /^--?(?:rc|init)-?file$/;
const LONG_OPTION =
  /^--?(?:debugger|dump-(?:po-)?strings|help|login|noediting|noprofile|norc|posix|pretty-print|restricted|verbose|version)$/;

/** What a shell is told to do. */
interface Invocation {
  /** -c, and -s. */
  text: boolean;
  stdin: boolean;
  /** Behind its options: a text or a file, and arguments. */
  rest: Word[];
  unclear?: string;
}

function readInvocation(words: Word[]): Invocation {
  const name = baseOf(words[0]?.text ?? "");
  const told: Invocation = { text: false, stdin: false, rest: [] };
  let at = 1;
  for (; at < words.length; at += 1) {
    const word = words[at];
    if (!word || word.text === "--" || word.text === "-") {
      at += 1;
      break;
    }
    if (!word.literal || !/^[-+]./.test(word.text)) break;
    if (LONG_OPTION.test(word.text)) continue;
    if (FILE_OPTION.test(word.text)) {
      told.unclear = `${name} ${word.text} runs a file`;
      at += 1;
      continue;
    }
    if (/^-[a-zA-Z]*c/.test(word.text)) told.text = true;
    if (/^-[a-zA-Z]*s/.test(word.text)) told.stdin = true;
    if (/^[-+][a-zA-Z]*[ak]/.test(word.text)) told.unclear = `${name} ${word.text} changes what assignments do`;
    // Each o takes a word, wherever in the bundle it stands.
    const taken = words.slice(
      at + 1,
      at + 1 + (/^[-+][a-zA-Z]*$/.test(word.text) ? word.text.replaceAll(/[^oO]/g, "").length : 0),
    );
    for (const { text } of taken)
      if (/^(?:allexport|keyword|expand_aliases)$/.test(text)) told.unclear = `${name} is told ${text}`;
    at += taken.length;
  }
  return { ...told, rest: words.slice(at) };
}

/** A variable alone is nearly always one, and what goes on with a slash. */
const FILE = /^\$(?:\w+|\{\w+\})(?:\/.*)?$|^\$\(.*\)\/.+$/s;

/** `sh -c TEXT`. Without -c it reads a file or stdin, and has to be allowed itself. */
export function shell(words: Word[]): Wrapped {
  const name = baseOf(words[0]?.text ?? "");
  const own = Object.hasOwn(SHELLS, name) ? SHELLS[name] : undefined;
  const dialect = own ?? "bash";
  const { text: reads, rest, unclear } = readInvocation(words);
  const [first, ...others] = rest;
  const said = { ...nothing(), ...(unclear !== undefined && { unclear }) };
  if (!first) return said;
  if (reads) return { ...said, scripts: [{ text: first, dialect }], transparent: own !== undefined };
  if (/^[^-+]/.test(first.literalPrefix) || first.literal || isPlainOperand(first)) return said;
  if (first.splits && !FILE.test(first.text))
    // it may hold -c
    return { ...said, opaque: `${first.text} stands where options of ${name} may do` };
  const texts = others.filter((word) => word.literal && !/^[-+]/.test(word.text));
  return { ...said, scripts: texts.map((text) => ({ text, dialect, guess: true })) };
}

/** How a shell reads its stdin, which it does without `-c` and without a file. */
export function readsStdin(words: Word[]): Dialect | undefined {
  const name = baseOf(words[0]?.text ?? "");
  if (!Object.hasOwn(SHELLS, name) && !OTHER_SHELLS.includes(name)) return undefined;
  const { text, stdin, rest } = readInvocation(words);
  const [file] = rest;
  const itself = stdin || !file || !file.literal || /^\/(?:dev|proc)\//.test(file.text);
  return !text && itself ? (SHELLS[name] ?? "bash") : undefined;
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

export const COMPGEN: Options = { flags: "abcdefgjksuv", values: "ACFGoPSVWX" };

/** Run a piece of shell for each line, or to complete a word. */
export function callback(words: Word[], options: Options, names: string[]): Wrapped {
  const read = readOptions(words, options);
  if (!read) return guessed(words);
  const texts = names.flatMap((name) => read.given.get(name) ?? []);
  // What is expanded may be an option with such a text.
  const hidden = read.rest.some((word) => !word.literal && !isPlainOperand(word));
  const scripts = texts.map((text) => ({ text, dialect: undefined }));
  return { ...nothing(), scripts, ...(hidden && { unclear: "what it runs is only known when it runs" }) };
}

/** Every shell that is known by name. */
export const ALL_SHELLS = [...Object.keys(SHELLS), ...OTHER_SHELLS];
