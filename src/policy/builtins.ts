// Builtins of the shell that set variables, or change what the name of a command means. Pure.

import type { Setting } from "./found.ts";
import { type Options, readOptions } from "./options.ts";
import type { Word } from "./words.ts";

/** Those whose arguments are assignments. */
export const DECLARES = new Set(["declare", "typeset", "local", "export", "readonly"]);

/** `read -a NAME` sets NAME. */
const READ: Options = { flags: "eErs", values: "adinNptu" };
export const MAPFILE: Options = { flags: "t", values: "cCdnOsu" };

/** Why nothing behind this command can be judged any more; `undefined` when it can. */
export function looksUp(name: string, words: Word[]): string | undefined {
  const rest = words.slice(1);
  if (name === "alias" && rest.some((word) => !word.literal || word.text.includes("=")))
    return "an alias changes what the words behind it mean";
  const dashed = (letters: RegExp) => rest.some((word) => (word.literal ? letters.test(word.text) : word.splits));
  if (name === "hash" && dashed(/^-[a-z]*p/)) return "hash -p changes which program a name means";
  if (name === "enable" && dashed(/^-[a-z]*f/)) return "enable -f loads a file into the shell";
  if (name === "bind" && dashed(/^-[a-z]*x/)) return "bind -x runs what it is given";
  if (name === "shopt" && rest.some((word) => !word.literal || word.text === "expand_aliases"))
    return "shopt changes how what follows is read";
  return undefined;
}

/** What a builtin sets. */
interface Sets {
  settings: Setting[];
  /** The words that name them, with their value where they have one. */
  targets: Word[];
  /** What can't be told. */
  unclear: string[];
}

/** Variables that a builtin gives a value, by name. */
export function setsOf(name: string, words: Word[]): Sets {
  const settings: Setting[] = [];
  const targets: Word[] = [];
  const unclear: string[] = [];
  const set = (word: Word | undefined, exported = false) => {
    if (!word) return;
    targets.push(word);
    const variable = /^[^=+[]*/.exec(word.literalPrefix)?.[0] ?? "";
    const known = word.literal || /[=[]/.test(word.literalPrefix);
    if (!known) unclear.push(`which variable ${name} sets is only known when it runs`);
    else if (variable !== "") settings.push({ name: variable, exported });
  };
  const rest = words.slice(1);
  if (DECLARES.has(name)) {
    const options = rest.filter((word) => word.literal && /^[-+][a-zA-Z]+$/.test(word.text));
    const exported = name === "export" || options.some((word) => word.text.startsWith("-") && word.text.includes("x"));
    if (options.some((word) => word.text.startsWith("-") && /[ni]/.test(word.text)) && name !== "export")
      unclear.push(`${name} ${options.map((word) => word.text).join(" ")} gives a variable a meaning of its own`);
    for (const word of rest) if (!options.includes(word)) set(word, exported);
  } else if (name === "set") {
    if (rest.some((word) => word.splits || /^(?:-[a-zA-Z]*[ak]|allexport|keyword)/.test(word.text)))
      unclear.push("set changes what assignments do");
  } else if (name === "read" || name === "mapfile" || name === "readarray") {
    const read = readOptions(words, name === "read" ? READ : MAPFILE);
    if (!read) unclear.push(`how ${name} reads its options here is not known`);
    set(read?.given.get("a"));
    for (const word of read?.rest ?? []) set(word);
    if (name !== "read") settings.push({ name: "MAPFILE", exported: false });
  } else if (name === "getopts") set(rest[1]);
  else if (name === "printf" || name === "wait") {
    const option = name === "printf" ? /^-v/ : /^-[fn]*p/;
    const at = rest.findIndex((word) => option.test(word.literalPrefix));
    const given = rest[at];
    const attached = given?.text.replace(option, "") ?? "";
    if (at >= 0 && given)
      set(
        attached === ""
          ? rest[at + 1]
          : { ...given, text: attached, literalPrefix: given.literalPrefix.replace(option, "") },
      );
  } else if (name === "let") for (const word of rest) set(word);
  return { settings, targets, unclear };
}
