// Programs that run a command for each of many things: for lines of stdin, for files, over and over. Pure.

import { type ReadOptions, readOptions } from "./options.ts";
import { unknownWord, type Word } from "./words.ts";
import { guessed, nothing, script, type Wrapped } from "./wrapped.ts";

/** What is read from stdin stands behind the command, or in place of `{}`. */
export function xargs(words: Word[]): Wrapped {
  const read = readOptions(words, {
    flags: "0oprtx",
    optionals: "eil",
    values: "adEIJLnPRsS",
    longFlags: "null no-run-if-empty verbose interactive exit open-tty show-limits eof replace max-lines",
    longValues: "arg-file delimiter max-args max-procs max-chars process-slot-var",
  });
  if (!read) return guessed(words);
  if (read.rest.length === 0) return nothing();
  const mark = read.given.get("I")?.text ?? read.given.get("J")?.text ?? replaced(read);
  const command =
    mark === undefined
      ? [...read.rest, unknownWord("{}", true)]
      : read.rest.map((word) => (word.text.includes(mark) ? { ...unknownWord(word.text), literalPrefix: "" } : word));
  return { ...nothing(), commands: [command], transparent: true };
}

function replaced({ given }: ReadOptions): string | undefined {
  if (!given.has("replace") && !given.has("i")) return undefined;
  return (given.get("replace") ?? given.get("i"))?.text ?? "{}";
}

/** Its command and arguments are joined and read by a shell, unless -x. */
export function watch(words: Word[]): Wrapped {
  const read = readOptions(words, {
    flags: "bcdefgprtwxC",
    values: "nqs",
    longFlags: "beep color differences errexit chgexit precise no-rerun no-title no-wrap exec",
    longValues: "interval equexit shotsdir",
  });
  if (!read) return guessed(words);
  if (read.given.has("x") || read.given.has("exec")) return { ...nothing(), commands: [read.rest], transparent: true };
  return { ...nothing(), scripts: read.rest.length > 0 ? [script(read.rest, "sh")] : [], transparent: true };
}

/** GNU parallel has its command read by a shell, for each argument. */
export function parallel(words: Word[]): Wrapped {
  const read = readOptions(words, {
    flags: "0mkXtqrv",
    values: "jaCInNLPsS",
    longValues: "jobs delay joblog retries tmpdir timeout",
    longFlags: "bar dry-run eta halt-on-error keep-order line-buffer progress tag ungroup verbose will-cite",
  });
  if (!read) return { ...guessed(words), transparent: false };
  const colons = read.rest.findIndex((word) => word.text.startsWith(":::"));
  const command = colons < 0 ? read.rest : read.rest.slice(0, colons);
  if (command.length === 0) return { ...nothing(), unclear: "what parallel runs is only known when it runs" };
  // Its replacement strings are quoted for the shell: as an argument each is one word.
  return { ...nothing(), scripts: [script(command.map(withoutPlaces), "sh")] };
}

const withoutPlaces = (word: Word): Word =>
  /^\{[^{}]*\}/.test(word.text) ? { ...word, text: `"$${word.text.replace(/^\{[^{}]*\}/, "1")}"` } : word;
