// How words are written so that a POSIX shell reads them as they are, and which lines it only takes apart into words. Pure.

const SAFE_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;
const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s;
/** Words that mean something to a shell where a command begins (POSIX 2.4, and bash's own). "time" means there what it means here. */
const RESERVED = new Set("if then else elif fi do done case esac while until for in function select coproc".split(" "));

/** A shell command line that runs exactly these words. Leading assignments stay assignments, as with env(1). */
export function commandLineOf(words: string[]): string {
  const program = words.findIndex((word) => !ASSIGNMENT.test(word));
  return words
    .map((word, at) => {
      const assignment = program < 0 || at < program ? ASSIGNMENT.exec(word) : undefined;
      if (assignment) return `${assignment[1]}=${quoted(assignment[2] ?? "")}`;
      return at === program && RESERVED.has(word) ? `'${word}'` : quoted(word);
    })
    .join(" ");
}

/** Between single quotes nothing is special but their end (POSIX 2.2.2). */
function quoted(word: string): string {
  return SAFE_WORD.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** One word: what is safe bare, and printable ASCII between quotes where that stands for itself (POSIX 2.2.2, 2.2.3). */
const PLAIN_WORD = /(?:[A-Za-z0-9_@%+=:,./-]|'[ -&(-~]*'|"[ #%-[\]-_a-~]*")+/g;
const PLAIN_LINE = new RegExp(`^[ \\t]*${PLAIN_WORD.source}(?:[ \\t]+${PLAIN_WORD.source})*[ \\t]*$`);
/** Bare, no assignment, no job ("%1"), no option of the shell's own ("-c" and "+x" come before it). */
const PLAIN_PROGRAM = /^[A-Za-z0-9_@:,./][A-Za-z0-9_@:,./+-]*$/;
const LONGEST_PLAIN_LINE = 4096;

/**
 * The words of a line of which any shell makes just these, in one simple command without an expansion. `undefined` for every other
 * line, and for one whose first word is the shell's own. ASCII alone: what else is a blank or a letter is up to the locale.
 */
export function plainWordsOf(line: string): string[] | undefined {
  if (line.length > LONGEST_PLAIN_LINE || !PLAIN_LINE.test(line)) return undefined;
  const [program = "", ...rest] = line.match(PLAIN_WORD) ?? [];
  if (!PLAIN_PROGRAM.test(program) || SHELLS_OWN.has(program)) return undefined;
  return [program, ...rest.map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, "$1$2"))];
}

/** What bash and dash do themselves: builtins and reserved words ("compgen -b", "compgen -k", dash(1)). "[" and the like are no plain words. */
const SHELLS_OWN = new Set(
  (
    ". : alias bg bind break builtin caller case cd chdir command compgen complete compopt continue coproc declare dirs disown do done " +
    "echo elif else enable esac eval exec exit export false fc fg fi for function getopts hash help histcmd history if in jobs kill let " +
    "local logout mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source suspend test then time " +
    "times trap true type typeset ulimit umask unalias unset until wait while"
  ).split(" "),
);
