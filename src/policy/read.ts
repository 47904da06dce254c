// Finds all that a command line would run, set and write: through every list, substitution and wrapper. The parsing itself is a
// library's job (unbash); this walks its tree. What it does not know it calls opaque, never harmless.

import {
  type ArithmeticExpression,
  type Command,
  type Coproc,
  forEachChild,
  parse,
  type Redirection,
  type SyntaxNode,
} from "unbash";
import { Arithmetic } from "./arithmetic.ts";
import { looksUp, setsOf } from "./builtins.ts";
import { Compounds } from "./compounds.ts";
import type { Dialect, Found } from "./found.ts";
import { readsStdin } from "./shells.ts";
import { nameOf, unwrap } from "./wrappers.ts";
import { baseOf, readWord, type Word, wordOf } from "./words.ts";

const DEEPEST = 20;

/** What a shell of that kind would find in the text. */
export function readCommands(text: string, dialect: Dialect): Found {
  const reader = new Reader();
  reader.script(text, { dialect, depth: 0, stdin: [] });
  return reader.end();
}

/** Where in the text something stands. */
interface Context {
  dialect: Dialect;
  depth: number;
  /** Here-documents that are its stdin, as far as is known. */
  stdin: Redirection[];
}

class Reader {
  readonly #found: Found = { simple: [], settings: [], writes: [], cds: [], opaque: [], unclear: [] };
  readonly #arithmetic = new Arithmetic();
  readonly #compounds = new Compounds();
  /** Here-documents that were read, as each dialect reads them. */
  readonly #fed = { bash: new Set<Redirection>(), sh: new Set<Redirection>() };

  end(): Found {
    for (const one of [this.#arithmetic, this.#compounds]) {
      this.#found.opaque.push(...one.opaque());
      this.#found.unclear.push(...one.unclear());
    }
    return this.#found;
  }

  script(text: string, context: Context): void {
    if (context.depth > DEEPEST) return void this.#found.opaque.push("commands are nested too deep in it");
    this.#visit(parse(text), context);
  }

  #visit(node: SyntaxNode, context: Context): void {
    if (node.type === "Script" && node.errors)
      for (const { message } of node.errors) this.#found.unclear.push(`it can't be parsed (${message})`);
    if (context.dialect === "sh") this.#checkPortable(node);
    this.#arithmetic.see(node);
    this.#compounds.see(node);
    if (node.type === "Command") this.#command(node, context);
    else if (node.type === "Redirect") this.#redirect(node);
    else if (node.type === "For" || node.type === "Select") this.#set(readWord(node.name).text, false);
    else if (node.type === "Coproc") this.#coproc(node);
    else if (node.type === "ArithmeticBinary" && /^(?:[^=!<>]|<<|>>)?=$/.test(node.operator))
      this.#setComputed(node.left);
    else if (node.type === "ArithmeticUnary" && /^(?:\+\+|--)$/.test(node.operator)) this.#setComputed(node.operand);
    else if (
      node.type === "ParameterExpansion" &&
      node.operation?.type === "Transform" &&
      node.operation.operand.value === "P"
    )
      this.#found.opaque.push(`${node.text} runs what is in a variable`);
    else if (node.type === "ParameterExpansion" && /^:?=$/.test(node.operation?.operator ?? ""))
      this.#set(node.parameter, false);
    const inner = node.type === "Redirected" ? withStdin(context, node.redirects) : context;
    forEachChild(node, (child) => this.#visit(child, inner));
  }

  #command(node: Command, context: Context): void {
    const assigned = node.prefix.filter((part) => part.type === "Assignment");
    for (const one of assigned) this.#set(one.name, node.name !== undefined);
    if (!node.name) return;
    const words = [readWord(node.name), ...node.args.map(wordOf)];
    this.#run(words, withStdin(context, node.redirects));
  }

  #run(words: Word[], context: Context, guess = false): void {
    const { dialect, depth } = context;
    const [name] = words;
    if (!name) return;
    // With nothing in it a word vanishes, and the next one is the command.
    if (!name.literal || name.text === "") {
      if (!guess)
        this.#found.opaque.push(`${name.text === "" ? "an empty word" : name.text} stands where a command's name does`);
      return;
    }
    const wrapped = unwrap(words);
    this.#found.simple.push({ words, wraps: guess || wrapped?.transparent === true });
    this.#builtin(words);
    this.#feed(words, context);
    if (!wrapped) return;
    if (depth > DEEPEST) return void this.#found.opaque.push("commands are nested too deep in it");
    if (wrapped.unclear !== undefined) this.#found.unclear.push(wrapped.unclear);
    if (wrapped.opaque !== undefined) this.#found.opaque.push(wrapped.opaque);
    for (const one of wrapped.assigned) this.#set(nameOf(one), true);
    this.#found.writes.push(...wrapped.writes);
    this.#found.cds.push(...wrapped.cds);
    for (const command of wrapped.commands)
      this.#run(
        command,
        { ...context, depth: depth + 1 },
        guess || (wrapped.unclear !== undefined && wrapped.commands.length > 1),
      );
    for (const { text, dialect: own = dialect, guess: unsure } of wrapped.scripts)
      if (unsure) this.#guess(text, { ...context, dialect: own });
      else this.#text(text, { ...context, dialect: own });
  }

  /** What a shell makes of the here-documents that it may read. */
  #feed(words: Word[], context: Context): void {
    const dialect = context.stdin.length > 0 ? readsStdin(words) : undefined;
    if (!dialect) return;
    for (const one of context.stdin) {
      if (this.#fed[dialect].has(one)) continue;
      this.#fed[dialect].add(one);
      this.#text(bodyOf(one), { ...context, dialect, stdin: [] });
    }
  }

  /** The commands of what may be a script, for a list of what is denied; nothing else is said of it. */
  #guess(text: Word, context: Context): void {
    const reader = new Reader();
    reader.script(text.text, { ...context, depth: context.depth + 1 });
    this.#found.simple.push(...reader.end().simple.map((simple) => ({ ...simple, wraps: true })));
  }

  #text(text: Word, context: Context): void {
    if (text.literal) this.script(text.text, { ...context, depth: context.depth + 1 });
    else this.#found.opaque.push(`what ${JSON.stringify(text.text)} holds is run, and only known when it runs`);
  }

  #builtin(words: Word[]): void {
    const name = baseOf(words[0]?.text ?? "");
    const why = looksUp(name, words);
    if (why !== undefined) this.#found.opaque.push(why);
    if (name === "cd" || name === "pushd" || name === "popd")
      this.#found.cds.push(words.find((word, at) => at > 0 && word.text !== "--") ?? literalHome);
    const { settings, targets, unclear } = setsOf(name, words);
    for (const { name: variable, exported } of settings) this.#set(variable, exported);
    this.#found.unclear.push(...unclear);
    this.#arithmetic.builtin(name, words, targets);
    this.#compounds.builtin(
      name,
      words,
      settings.map((one) => one.name),
    );
  }

  #redirect(node: Redirection & { type: "Redirect" }): void {
    if (node.descriptor?.type === "FileDescriptorVariable") this.#set(node.descriptor.name, false);
    if (!node.target || node.operator === "<" || node.operator === "<&") return;
    const target = readWord(node.target);
    if (node.operator === ">&" && target.literal && /^(?:\d+-?|-)$/.test(target.text)) return;
    if (node.target.parts?.every((part) => part.type === "ProcessSubstitution")) return; // what it runs is found by itself
    this.#found.writes.push(target);
  }

  #setComputed(target: ArithmeticExpression): void {
    if (target.type !== "ArithmeticWord") return;
    const name = /^[A-Za-z_]\w*/.exec(target.value)?.[0];
    if (name === undefined) this.#found.unclear.push(`which variable ${target.value} sets is only known when it runs`);
    else this.#set(name, false);
  }

  #coproc(node: Coproc): void {
    this.#set(node.name === undefined ? "COPROC" : readWord(node.name).text, false);
  }

  #set(name: string, exported: boolean): void {
    this.#found.settings.push({ name, exported });
  }

  /** The same text is something else to another shell: "[[ a && b ]]" runs b where [[ is no keyword. */
  #checkPortable(node: SyntaxNode): void {
    const what =
      node.type === "ArithmeticExpansion"
        ? node.text.startsWith("$[")
          ? "$[ ]"
          : undefined
        : node.type === "Redirect"
          ? node.operator.startsWith("&>")
            ? node.operator
            : undefined
          : Object.hasOwn(NOT_PORTABLE, node.type)
            ? NOT_PORTABLE[node.type]
            : undefined;
    if (what !== undefined) this.#found.opaque.push(`${what} means something else to another sh; bash -c reads it`);
  }
}

/** Its own here-documents, whatever their descriptors: those may be turned into stdin. Without any, those around it. */
function withStdin(context: Context, redirects: readonly Redirection[]): Context {
  const own = redirects.filter((one) => one.type !== "Redirect");
  return own.length > 0 ? { ...context, stdin: own } : context;
}

const literalHome: Word = { text: "~", literal: true, splits: false, literalPrefix: "~" };

const NOT_PORTABLE: Record<string, string> = {
  AnsiCQuoted: "$'…'",
  LocaleString: '$"…"',
  TestCommand: "[[ ]]",
  ArithmeticCommand: "(( ))",
  ArithmeticFor: "for (( ))",
  ProcessSubstitution: "<( )",
  ArrayValue: "an array",
  ExtendedGlob: "an extended glob",
  HereString: "<<<",
  Select: "select",
  Coproc: "coproc",
};

function bodyOf(node: Redirection): Word {
  if (node.type === "HereString")
    return node.target ? readWord(node.target) : { text: "", literal: true, splits: false, literalPrefix: "" };
  if (node.type !== "HereDoc") throw new Error("no text stands here");
  const { parts, text } = node.body;
  const literal =
    node.delimiter?.quoted === true || parts === undefined || parts.every((part) => part.type === "Literal");
  const indented = node.operator === "<<-" ? text.replaceAll(/^\t+/gm, "") : text;
  // Without quotes around its delimiter a backslash has a meaning in it.
  const known = node.delimiter?.quoted === true || !text.includes("\\");
  return { text: indented, literal: literal && known, splits: false, literalPrefix: "" };
}
