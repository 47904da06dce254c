// declare and its like take a value that begins with "(" for an array's, in quotes too: declare -a 'a=($(rm y))' runs rm (seen with
// bash 5.2). They do so with -a and -A, and where the name is an array's, which is only known with all of the text. Pure.

import type { SyntaxNode } from "unbash";
import { RUNS_WHEN_COMPUTED } from "./arithmetic.ts";
import { DECLARES } from "./builtins.ts";
import { readWord, type Word } from "./words.ts";

/** Arrays of the shell's own. */
const OWN =
  "BASH_ALIASES BASH_ARGC BASH_ARGV BASH_CMDS BASH_LINENO BASH_REMATCH BASH_SOURCE BASH_VERSINFO COMPREPLY COMP_WORDS COPROC DIRSTACK FUNCNAME GROUPS MAPFILE PIPESTATUS";

export class Compounds {
  readonly #arrays = new Set(OWN.split(" "));
  /** Values that are read anew if the name is an array's. */
  readonly #values: { name: string; value: string; literal: boolean }[] = [];

  /** What can't be judged by any list. */
  opaque(): string[] {
    return this.#read()
      .filter(({ value }) => RUNS_WHEN_COMPUTED.test(value))
      .map(({ name, value }) => `${value} is read as elements of ${name}, and runs a command`);
  }

  /** What a list of what is allowed can't judge. */
  unclear(): string[] {
    return this.#read()
      .filter(({ value, literal }) => !literal || value.includes("["))
      .map(({ name }) => `what elements of ${name} are read from is only known when it runs`);
  }

  see(node: SyntaxNode): void {
    if (node.type === "Assignment" && (node.index || node.value.type === "ArrayValue")) this.#arrays.add(node.name);
    else if (node.type === "Coproc" && node.name) this.#arrays.add(readWord(node.name).text);
  }

  /** A builtin, and the names that it sets. */
  builtin(name: string, words: Word[], sets: string[]): void {
    if (name === "read" || name === "mapfile" || name === "readarray") for (const one of sets) this.#arrays.add(one);
    if (!DECLARES.has(name)) return;
    const arrays = words.some((word) => /^-[a-zA-Z]*[aA]/.test(word.text));
    for (const word of words.slice(1)) {
      const [, variable, value] = /^([A-Za-z_]\w*)(?:\+?=([^]*))?$/.exec(word.literalPrefix) ?? [];
      if (variable === undefined) continue;
      if (arrays) this.#arrays.add(variable);
      // Parentheses that the parser has read hold elements which are judged by themselves.
      const parsed = !word.literal && value === "" && word.text.startsWith(`${word.literalPrefix}(`);
      if (value === undefined || parsed || !/^(?:\(|$)/.test(value)) continue;
      this.#values.push({ name: variable, value, literal: word.literal });
    }
  }

  #read() {
    return this.#values.filter(({ name }) => this.#arrays.has(name));
  }
}
