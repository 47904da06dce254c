// On Windows a process is given one line of text; how most programs split it into words again, and the other way round. Pure.
// learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments

/** The words of a command line. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let inQuotes = false;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? "";
    if (char === "\\") {
      const length = /^\\+/.exec(line.slice(at))?.[0].length ?? 1;
      at += length;
      if (line[at] === '"') {
        word = (word ?? "") + "\\".repeat(length >> 1);
        if (length % 2 === 1) word += '"';
        else at -= 1;
      } else {
        word = (word ?? "") + "\\".repeat(length);
        at -= 1;
      }
    } else if (char === '"') {
      inQuotes = !inQuotes;
      word ??= "";
    } else if (!inQuotes && (char === " " || char === "\t")) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  return word === undefined ? words : [...words, word];
}

/** A line that is split into these words. */
export function lineOf(words: string[]): string {
  return words.map((word) => quoted(word)).join(" ");
}

/** Backslashes mean something before a quote only. */
function quoted(word: string, always = false): string {
  if (!always && word !== "" && !/[\s"]/.test(word)) return word;
  return `"${word.replaceAll(/(\\*)"/g, String.raw`$1$1\"`).replace(/\\+$/, "$&$&")}"`;
}

/** True for the system's own command interpreter, which reads its line in a way of its own. */
export function isCommandInterpreter(program: string): boolean {
  return /(?:^|[\\/])cmd(?:\.exe)?$/i.test(program);
}

/** True for PowerShell, old and new. */
export function isPowerShell(program: string): boolean {
  return /(?:^|[\\/])(?:powershell|pwsh)(?:\.exe)?$/i.test(program);
}

const SAFE_WORD = /^[A-Za-z0-9_@+=:./\\-]+$/;

/** A line for cmd that runs exactly these words. No quote is one for cmd itself, so that a caret works before each of its own characters. */
export function cmdLineOf(words: string[]): string {
  const escaped = (text: string) => text.replaceAll(/[()[\]%!^"`<>&|;, *?]/g, "^$&");
  const [program = "", ...more] = words;
  return [escaped(program), ...more.map((word) => (SAFE_WORD.test(word) ? word : escaped(quoted(word, true))))].join(
    " ",
  );
}

/** A line for PowerShell that runs exactly these words: between single quotes nothing is special but their end. */
export function powerShellLineOf(words: string[]): string {
  return `& ${words.map((word) => `'${word.replaceAll("'", "''")}'`).join(" ")}`;
}

/** argv that has a shell run a command. `verbatim`: no word is to be quoted any more. */
export function shellWords(shell: string[], command: string): { argv: string[]; verbatim: boolean } {
  const verbatim = isCommandInterpreter(shell[0] ?? "");
  // cmd takes all between the first quote and the last as it is (`cmd /?`, /s).
  return { argv: [...shell, verbatim ? `"${command}"` : command], verbatim };
}
