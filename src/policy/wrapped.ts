// What a command runs beside itself, and ways to say it. Pure.

import type { Dialect } from "./found.ts";
import { literalWord, textOf, unknownWord, type Word } from "./words.ts";

/** What a command runs beside itself. */
export interface Wrapped {
  /** Commands as lists of words. */
  commands: Word[][];
  /** Texts that a shell reads; `undefined` is the shell that runs this. Of a guess it is not known that it is one. */
  scripts: { text: Word; dialect: Dialect | undefined; guess?: true }[];
  /** Variables that it sets for them. */
  assigned: Word[];
  /** Files that it writes itself. */
  writes: Word[];
  /** Where it goes to before it runs them. */
  cds: Word[];
  /** It does nothing of its own, so that what it runs is all that has to be allowed. */
  transparent: boolean;
  /** Why it can't be told what it runs; then each of `commands` is a guess. */
  unclear?: string;
  /** Why no list can judge it. */
  opaque?: string;
}

export const nothing = (): Wrapped => ({
  commands: [],
  scripts: [],
  assigned: [],
  writes: [],
  cds: [],
  transparent: false,
});

/** It is not known where the command begins: it may be anywhere. */
export function guessed(words: Word[]): Wrapped {
  const commands = words.slice(1).flatMap((word, at) => (word.text.startsWith("-") ? [] : [words.slice(at + 1)]));
  const why = `how ${words[0]?.text ?? ""} reads its options here is not known`;
  return { ...nothing(), commands, unclear: why };
}

/** Words joined by blanks, as a shell then reads them anew. */
export function script(words: Word[], dialect: Dialect | undefined): Wrapped["scripts"][number] {
  const unknown = words.find((word) => !word.literal);
  return { text: unknown ? unknownWord(textOf(words)) : literalWord(textOf(words)), dialect };
}
