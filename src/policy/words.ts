// One word of a command, as a shell makes it: without its quotes, and what is known of it before it runs. Pure.

import type { CommandArgument, Word as Node, WordPart } from "unbash";

export interface Word {
  /** Without quotes; what is expanded when it runs stands as it was written. */
  text: string;
  /** It is exactly this text when it runs. */
  literal: boolean;
  /** It may become several words, or none. */
  splits: boolean;
  /** How much of its beginning is literal. */
  literalPrefix: string;
}

export function literalWord(text: string): Word {
  return { text, literal: true, splits: false, literalPrefix: text };
}

/** What is added when it runs, and nobody knows. */
export function unknownWord(text: string, splits = false): Word {
  return { text, literal: false, splits, literalPrefix: "" };
}

/** An assignment that stands as an argument, as in `export A=b`, is a word as well. */
export function wordOf(node: CommandArgument): Word {
  if (node.type !== "Assignment") return readWord(node);
  const { value, append, index } = node;
  const before = `${node.name}${index ? `[${index.text}]` : ""}${append ? "+=" : "="}`;
  if (value.type === "ArrayValue") return { ...unknownWord(node.text), literalPrefix: before };
  const { text, literal, literalPrefix } = readWord(value);
  return { text: before + text, literal: literal && !index, splits: false, literalPrefix: before + literalPrefix };
}

export function readWord(node: Node): Word {
  // Without parts the library saw nothing but literal text in it.
  if (!node.parts || node.parts.length === 0) return literalWord(node.value);
  return joined(node.parts.map(wordOfPart));
}

function joined(pieces: Word[]): Word {
  const firstUnknown = pieces.findIndex((piece) => !piece.literal);
  const known = firstUnknown < 0 ? pieces : pieces.slice(0, firstUnknown);
  return {
    text: pieces.map((piece) => piece.text).join(""),
    literal: firstUnknown < 0,
    splits: pieces.some((piece) => piece.splits),
    literalPrefix: known.map((piece) => piece.text).join("") + (pieces[firstUnknown]?.literalPrefix ?? ""),
  };
}

function wordOfPart(part: WordPart): Word {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
      return literalWord(part.value);
    case "AnsiCQuoted":
      // Bash reads \x{74} as \x74, the library does not.
      return part.text.includes("\\x{") ? unknownWord(part.text) : literalWord(part.value);
    case "DoubleQuoted":
    case "LocaleString": {
      const word = joined(part.parts.map((child) => wordOfPart(child)));
      // "$@" and "${a[@]}" are several words in quotes too.
      return { ...word, splits: /\$@|\$\{[!@]?[^}]*@/.test(part.text) };
    }
    case "ArithmeticExpansion":
    case "ProcessSubstitution":
      return unknownWord(part.text);
    default:
      return unknownWord(part.text, true);
  }
}

/** It can't become an option, nor end a command: files of a glob, "src/$x", {src,tests}. */
export function isPlainOperand({ text, splits, literalPrefix }: Word): boolean {
  if (/^[^-;+]/.test(literalPrefix)) return !splits || !/[$`]/.test(text);
  if (!splits || literalPrefix !== "") return false;
  // Of braces each alternative: none begins with "-", and none is empty, so that what follows stays behind it.
  return /^[^$`{}]+$/.test(text) || (/^[\w./{},-]+$/.test(text) && !/[{,][-,}]/.test(text));
}

/** The last component of a path; text without a slash is its own. */
export function baseOf(text: string): string {
  return text.slice(text.lastIndexOf("/") + 1);
}

/** As a pattern sees a command. */
export function textOf(words: Word[]): string {
  return words.map((word) => word.text).join(" ");
}
