// How words are written so that a POSIX shell reads them as they are. Pure.

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
