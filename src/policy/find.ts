// What find(1) runs for the files that it finds, and which of its words may turn out to be "-exec". Pure.

import { nothing, type Wrapped } from "./wrapped.ts";
import { isPlainOperand, unknownWord, type Word } from "./words.ts";

const RUNS = /^-(?:exec|execdir|ok|okdir)$/;

export function find(words: Word[]): Wrapped {
  const commands: Word[][] = [];
  let end = 0;
  for (const [at, word] of words.entries()) {
    if (at === 0 || !RUNS.test(word.text)) continue;
    // Also within another's command: what stands before it may end that one, or take that one's "-exec" as its value.
    const stop = words.findIndex(
      (next, later) => later > at && (ends(words, later) || (at < end && RUNS.test(next.text))),
    );
    const command = words.slice(at + 1, stop < 0 ? undefined : stop);
    commands.push(command.map((one) => (one.text.includes("{}") ? unknownWord(one.text, one.text === "{}") : one)));
    end = Math.max(end, at + 1 + command.length);
  }
  const hidden = mayRunMore(words);
  return { ...nothing(), commands, ...(hidden && { unclear: "what find runs is only known when it runs" }) };
}

/** "+" ends a command behind "{}" only. */
function ends(words: Word[], at: number): boolean {
  return words[at]?.text === ";" || (words[at]?.text === "+" && words[at - 1]?.text === "{}");
}

/** An expansion may hold "-exec", and behind it stand what that would run and what ends it. */
function mayRunMore(words: Word[]): boolean {
  let withinCommand = false;
  return words.some((word, at) => {
    if (at === 0) return false;
    if (word.literal) {
      withinCommand = RUNS.test(word.text) || (withinCommand && !ends(words, at));
      return false;
    }
    if (isPlainOperand(word)) return false;
    if (word.splits) return true;
    // In a command it is an argument; at most it ends that.
    if (withinCommand) return (withinCommand = false);
    const next = words[at + 1];
    return (
      next !== undefined && !isNoProgram(next) && words.slice(at + 2).some((_, more) => mayEnd(words, at + 2 + more))
    );
  });
}

function isNoProgram({ text, literal }: Word): boolean {
  return literal && /^-|^[()!,;]$/.test(text);
}

function mayEnd(words: Word[], at: number): boolean {
  const word = words[at];
  return ends(words, at) || (word !== undefined && !word.literal && !isPlainOperand(word));
}
