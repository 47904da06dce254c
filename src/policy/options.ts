// Reads past the options of a program that runs another one, to where that one begins. What is not known for certain is said. Pure.

import { literalWord, type Word } from "./words.ts";

/** The options of a program, as getopt_long(3) is told them. */
export interface Options {
  /** Short options without a value, and with one. */
  flags?: string;
  values?: string;
  /** Short ones whose value stands in the same word, or is none. */
  optionals?: string;
  /** Long ones, separated by blanks. A value may stand in the next word. */
  longFlags?: string;
  longValues?: string;
  /** Words of its own before the command. */
  operands?: number;
  /** NAME=value before the command. */
  assigns?: boolean;
  /** Those, short or long, whose value is a file that it writes, and a directory that it goes to. */
  writes?: string;
  goes?: string;
}

export interface ReadOptions {
  /** Each option that was given, with its value: "c", "split-string". */
  given: Map<string, Word | undefined>;
  assigned: Word[];
  operands: Word[];
  /** What follows: the command and its arguments. */
  rest: Word[];
}

export const ASSIGNMENT = /^([^=]+)=/s;

/** `undefined` when it can't be told where the command begins. */
export function readOptions(words: Word[], options: Options): ReadOptions | undefined {
  const read: ReadOptions = { given: new Map(), assigned: [], operands: [], rest: [] };
  const queue = words.slice(1);
  let onlyOperands = false;
  for (let word = queue.shift(); word; word = queue.shift()) {
    if (options.assigns && !word.splits && ASSIGNMENT.test(word.literalPrefix) && !word.text.startsWith("-")) {
      read.assigned.push(word);
      continue;
    }
    if (!word.literal) return read.operands.length === (options.operands ?? 0) ? end(read, word, queue) : undefined;
    if (onlyOperands || !/^-./.test(word.text)) {
      if (options.assigns && word.text === "-") continue; // env(1): as -i
      if (read.operands.length === (options.operands ?? 0)) return end(read, word, queue);
      read.operands.push(word);
      onlyOperands = true;
    } else if (word.text === "--") onlyOperands = true;
    else if (!readOption(word.text, options, read, queue)) return undefined;
  }
  return read;
}

function end(read: ReadOptions, first: Word, queue: Word[]): ReadOptions {
  return { ...read, rest: [first, ...queue] };
}

function readOption(text: string, options: Options, read: ReadOptions, queue: Word[]): boolean {
  return text.startsWith("--") ? readLong(text.slice(2), options, read, queue) : readShort(text, options, read, queue);
}

/** A long option may be shortened as long as it means one only. */
function readLong(text: string, options: Options, read: ReadOptions, queue: Word[]): boolean {
  const [name = "", ...value] = text.split("=");
  const lists = [options.longFlags, options.longValues].map((list = "") => list.split(" "));
  const isWhole = lists.some((names) => names.includes(name));
  const meant = (one: string) => one !== "" && (isWhole ? one === name : one.startsWith(name));
  const [flags = [], values = []] = lists.map((names) => names.filter(meant));
  const [only, another] = [...flags, ...values];
  if (only === undefined || another !== undefined) return false;
  if (value.length > 0) read.given.set(only, literalWord(value.join("=")));
  else read.given.set(only, values.length > 0 ? queue.shift() : undefined);
  return true;
}

function readShort(text: string, options: Options, read: ReadOptions, queue: Word[]): boolean {
  for (let at = 1; at < text.length; at += 1) {
    const letter = text.charAt(at);
    const attached = text.slice(at + 1);
    if (options.optionals?.includes(letter)) {
      read.given.set(letter, attached === "" ? undefined : literalWord(attached));
      return true;
    }
    if (options.values?.includes(letter)) {
      read.given.set(letter, attached === "" ? queue.shift() : literalWord(attached));
      return true;
    }
    if (!options.flags?.includes(letter)) return false;
    read.given.set(letter, undefined);
  }
  return true;
}
