// Where a shell computes with a variable it runs what that holds: of x='a[$(rm y)]', $((x)) runs rm (bash(1), ARITHMETIC EVALUATION).
// So it is watched what is computed with, and where that comes from. Pure.

import type { ArithmeticWord, Assignment, SyntaxNode, Word as Node, WordPart } from "unbash";
import { DECLARES } from "./builtins.ts";
import { readWord, type Word } from "./words.ts";

/** Text that would run something, were it computed with. */
export const RUNS_WHEN_COMPUTED = /\$\(|`|\$\{|<\(/;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/g;
/** Builtins that compute with the subscripts in any of their words. */
const SUBSCRIPTS = new Set(["test", "[", "unset", "let"]);
/** Builtins that fill variables with text of others. */
const FILLS = new Set(["read", "mapfile", "readarray", "getopts", "printf"]);
/** Those of them that do so with their own words. */
const VALUES = new Set(["printf", "getopts"]);
/** In brackets quotes keep what they hold, for the computation as well. */
const KEPT = /'[^']*(?:\$\(|`)|\\[$`]/;
/** Variables that the shell fills so by itself. */
const FILLED = "_ BASH_ARGV BASH_COMMAND BASH_EXECUTION_STRING BASH_REMATCH MAPFILE OPTARG REPLY";
const COMPARISONS = new Set("-eq -ne -lt -le -gt -ge -v -R".split(" "));

export class Arithmetic {
  readonly #computed = new Set<string>();
  readonly #unsure = new Set(FILLED.split(" "));
  /** Names in what a variable is given: x=y; $((x)) computes with y. */
  readonly #holds = new Map<string, Set<string>>();
  readonly #opaque: string[] = [];
  readonly #unclear: string[] = [];

  /** What can't be judged by any list. */
  opaque(): string[] {
    return this.#opaque;
  }

  /** What a list of what is allowed can't judge. */
  unclear(): string[] {
    const both = this.#reached().filter((name) => this.#unsure.has(name));
    return [
      ...this.#unclear,
      ...both.map((name) => `it computes with ${name}, and what that holds is only known when it runs`),
    ];
  }

  see(node: SyntaxNode): void {
    if (node.type === "ArithmeticWord") this.#compute(node);
    else if (node.type === "ArithmeticCommandExpansion")
      this.#unclear.push(`it computes with what ${node.text} prints`);
    else if (node.type === "Assignment") this.#assignment(node);
    else if (node.type === "For" || node.type === "Select") this.#assign(readWord(node.name).text, node.wordlist ?? []);
    else if (node.type === "TestUnary" && COMPARISONS.has(node.operator)) this.#subscript(readWord(node.operand));
    else if (node.type === "TestBinary" && COMPARISONS.has(node.operator)) {
      this.#subscript(readWord(node.left));
      this.#subscript(readWord(node.right));
    } else if (node.type === "ParameterExpansion") {
      if (node.index && !/^[@*]$/.test(node.index.value)) this.#subscript(readWord(node.index));
      if (node.operation?.type === "Default" && node.operation.operator.endsWith("="))
        this.#assign(node.parameter, [node.operation.operand]);
      if (node.operation?.type === "Slice")
        for (const part of [node.operation.offset, node.operation.length]) if (part) this.#subscript(readWord(part));
      const lists = node.operation?.type === "Names" || (node.index && /^[@*]$/.test(node.index.value));
      if (node.prefix === "!" && !lists)
        this.#unclear.push(`which variable ${node.text} means is only known when it runs`);
    }
  }

  /** A builtin that computes with what its arguments name; the targets are those that it sets. */
  builtin(name: string, words: Word[], targets: Word[]): void {
    if (SUBSCRIPTS.has(name))
      for (const [at, word] of words.entries())
        if (at > 0 && (name === "let" || word.text.includes("[") || isUnknownName(name, words, at)))
          this.#subscript(word);
    if (targets.length > 0 && VALUES.has(name))
      for (const word of words.slice(1)) this.#value(word.literal ? word.text : word.literalPrefix);
    for (const target of targets) {
      const [, before = "", variable, value] = /^(([A-Za-z_]\w*)?[^=]*)(?:=([^]*))?/.exec(target.text) ?? [];
      if (before.includes("[")) this.#subscript(upTo(target, before.length));
      if (variable === undefined) continue;
      if (FILLS.has(name)) this.#unsure.add(variable);
      if (DECLARES.has(name) && value !== undefined) this.#hold(variable, value, target.literal);
    }
  }

  #compute(node: ArithmeticWord): void {
    const parts = node.parts ?? [];
    for (const part of parts)
      if (part.type === "CommandExpansion") this.#unclear.push(`it computes with what ${part.text} prints`);
    const kept = parts.length > 0 ? writtenIn(parts) : node.value;
    if (RUNS_WHEN_COMPUTED.test(kept)) this.#opaque.push(`${node.value} runs a command when it is computed`);
    this.#names(
      parts.length > 0
        ? parts.map((part) => (part.type === "CommandExpansion" ? "0" : part.text)).join("")
        : node.value,
    );
  }

  #subscript(word: Word): void {
    const quoted = word.literal ? word.text : word.literalPrefix;
    if (RUNS_WHEN_COMPUTED.test(quoted) || (word.splits && word.text.includes("[") && KEPT.test(word.text)))
      this.#opaque.push(`${word.text} runs a command when it is computed`);
    this.#names(word.text);
  }

  #names(text: string): void {
    if (RUNS_WHEN_COMPUTED.test(text.replaceAll(/\$\{\w+\}/g, ""))) this.#unclear.push(`it computes with ${text}`);
    if (/\$[\d@*]|\$\{[\d@*]/.test(text)) this.#unclear.push(`it computes with an argument (${text})`);
    for (const [name] of text.matchAll(NAME)) this.#computed.add(name);
  }

  #assignment({ name, value, append, index }: Assignment): void {
    if (index) this.#subscript(readWord(index));
    const values = value.type === "Word" ? [value] : value.elements;
    if (value.type === "ArrayValue")
      for (const element of values) {
        const key = /^\[([^]*)\]\+?=/.exec(element.text)?.[1];
        if (key !== undefined) this.#subscript({ ...readWord(element), text: key });
      }
    this.#assign(name, values);
    // Of what is put together of pieces no name is known.
    if (append && values.some((one) => /[A-Za-z_]/.test(one.text))) this.#unsure.add(name);
  }

  #assign(name: string, values: readonly Node[]): void {
    for (const value of values) {
      const word = readWord(value);
      if (!isNumber(value)) this.#hold(name, word.text, word.literal);
    }
  }

  /** Of a known text its names are known; of any other nothing is. */
  #hold(name: string, text: string, known: boolean): void {
    if (isComputed(text)) return;
    if (known) this.#value(text);
    if (!known || /[[$`]/.test(text)) return void this.#unsure.add(name);
    const held = this.#holds.get(name) ?? new Set();
    for (const [other] of text.matchAll(NAME)) held.add(other);
    this.#holds.set(name, held);
  }

  /** What a variable is given. */
  #value(text: string): void {
    if (/\[.*(?:\$\(|`|\$\{)/s.test(text)) this.#opaque.push(`${text} runs a command when it is computed`);
  }

  /** All that is computed with, through what the variables hold. */
  #reached(): string[] {
    const reached = new Set(this.#computed);
    for (const name of reached) for (const other of this.#holds.get(name) ?? []) reached.add(other);
    return [...reached];
  }
}

/** An operand of test -v or unset, which may have a subscript. */
function isUnknownName(name: string, words: Word[], at: number): boolean {
  if (words[at]?.literal !== false) return false;
  return name === "unset" ? words[1]?.text !== "-f" : /^-[vR]$/.test(words[at - 1]?.text ?? "");
}

function upTo(word: Word, length: number): Word {
  const literal = word.literalPrefix.length >= length;
  return { ...word, text: word.text.slice(0, length), literal, literalPrefix: word.literalPrefix.slice(0, length) };
}

/** $((…)) and nothing else. */
function isComputed(text: string): boolean {
  return /^\$\(\((?:[^$`]|\$\w)*\)\)$/.test(text);
}

/** Made of what was computed, and of no letters: no name can come of it. */
function isNumber({ parts }: Node): boolean {
  return (
    parts !== undefined &&
    parts.some((part) => part.type !== "Literal") &&
    parts.every(
      (part) =>
        part.type === "ArithmeticExpansion" ||
        ((part.type === "BraceExpansion" || part.type === "Literal") && !/[A-Za-z_$`]/.test(part.text)),
    )
  );
}

/** What stands there as it is, in quotes or not. */
function writtenIn(parts: readonly WordPart[]): string {
  return parts
    .map((part) =>
      part.type === "DoubleQuoted"
        ? writtenIn(part.parts)
        : part.type === "Literal" || part.type === "SingleQuoted" || part.type === "AnsiCQuoted"
          ? part.value
          : "",
    )
    .join("");
}
