// Where a shell computes with a variable it runs what that holds: of x='a[$(rm y)]', $((x)) runs rm (bash(1), ARITHMETIC EVALUATION).
// So it is watched what is computed with, and where that comes from. Pure.

import type { ArithmeticWord, SyntaxNode, Word as Node } from "unbash";
import { readWord, type Word } from "./words.ts";

/** Text that would run something, were it computed with. */
export const RUNS_WHEN_COMPUTED = /\$\(|`|\$\{|<\(/;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/g;
/** Builtins that compute with the subscript of a name that they are given. */
const SUBSCRIPTS = new Set(
  "test [ declare typeset local export readonly read unset printf let wait getopts mapfile readarray".split(" "),
);
const COMPARISONS = new Set("-eq -ne -lt -le -gt -ge -v -R".split(" "));

export class Arithmetic {
  readonly #computed = new Set<string>();
  readonly #unsure = new Set<string>();
  readonly #opaque: string[] = [];
  readonly #unclear: string[] = [];

  /** What can't be judged by any list. */
  opaque(): string[] {
    return this.#opaque;
  }

  /** What a list of what is allowed can't judge. */
  unclear(): string[] {
    const both = [...this.#computed].filter((name) => this.#unsure.has(name));
    return [
      ...this.#unclear,
      ...both.map((name) => `it computes with ${name}, and what that holds is only known when it runs`),
    ];
  }

  see(node: SyntaxNode): void {
    if (node.type === "ArithmeticWord") this.#compute(node);
    else if (node.type === "ArithmeticCommandExpansion")
      this.#unclear.push(`it computes with what ${node.text} prints`);
    else if (node.type === "Assignment")
      this.#assign(node.name, node.value.type === "Word" ? [node.value] : node.value.elements, node.index);
    else if (node.type === "For" || node.type === "Select")
      this.#assign(readWord(node.name).text, node.wordlist ?? [], undefined);
    else if (node.type === "TestUnary" && COMPARISONS.has(node.operator)) this.#subscript(readWord(node.operand));
    else if (node.type === "TestBinary" && COMPARISONS.has(node.operator)) {
      this.#subscript(readWord(node.left));
      this.#subscript(readWord(node.right));
    } else if (node.type === "ParameterExpansion") {
      if (node.index && !/^[@*]$/.test(node.index.value)) this.#subscript(readWord(node.index));
      if (node.operation?.type === "Slice")
        for (const part of [node.operation.offset, node.operation.length]) if (part) this.#subscript(readWord(part));
      const lists = node.operation?.type === "Names" || (node.index && /^[@*]$/.test(node.index.value));
      if (node.prefix === "!" && !lists)
        this.#unclear.push(`which variable ${node.text} means is only known when it runs`);
    }
  }

  /** A builtin that computes with what its arguments name. */
  builtin(name: string, words: Word[]): void {
    if (!SUBSCRIPTS.has(name)) return;
    for (const word of words.slice(1)) if (/[[]/.test(word.text)) this.#subscript(word);
    if (name === "read" || name === "mapfile" || name === "readarray" || name === "getopts" || name === "printf")
      for (const word of words.slice(1)) if (/^[A-Za-z_]\w*$/.test(word.text)) this.#unsure.add(word.text);
    if (name === "let") for (const word of words.slice(1)) this.#subscript(word);
  }

  #compute(node: ArithmeticWord): void {
    const parts = node.parts ?? [];
    for (const part of parts)
      if (part.type === "CommandExpansion") this.#unclear.push(`it computes with what ${part.text} prints`);
    this.#names(
      parts.length > 0
        ? parts.map((part) => (part.type === "CommandExpansion" ? "0" : part.text)).join("")
        : node.value,
    );
  }

  #subscript(word: Word): void {
    const quoted = word.literal ? word.text : word.literalPrefix;
    if (RUNS_WHEN_COMPUTED.test(quoted)) this.#opaque.push(`${word.text} runs a command when it is computed`);
    this.#names(word.text);
  }

  #names(text: string): void {
    if (RUNS_WHEN_COMPUTED.test(text.replaceAll(/\$\{\w+\}/g, ""))) this.#unclear.push(`it computes with ${text}`);
    if (/\$[\d@*]|\$\{[\d@*]/.test(text)) this.#unclear.push(`it computes with an argument (${text})`);
    for (const [name] of text.matchAll(NAME)) this.#computed.add(name);
  }

  #assign(name: string, values: readonly Node[], index: Node | undefined): void {
    if (index) this.#subscript(readWord(index));
    for (const value of values) {
      const parts = value.parts ?? [];
      const harmless = parts.every(
        (part) => part.type === "ArithmeticExpansion" || part.type === "BraceExpansion" || part.type === "Literal",
      );
      const word = readWord(value);
      if (word.literal && /\[.*(?:\$\(|`|\$\{)/s.test(word.text))
        this.#opaque.push(`${word.text} runs a command when it is computed`);
      const plain = word.literal && !/[[$`]/.test(word.text);
      if (!plain && !(harmless && !word.literal)) this.#unsure.add(name);
      // What a computed variable is made of is computed as well.
      if (word.literal && /^[A-Za-z_]\w*$/.test(word.text)) this.#alias(name, word.text);
    }
  }

  /** x=y; $((x)) computes with y. */
  #alias(name: string, other: string): void {
    if (this.#computed.has(name)) this.#computed.add(other);
    if (this.#unsure.has(other)) this.#unsure.add(name);
  }
}
