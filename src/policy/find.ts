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
  const hidden = hiddenIn(words);
  for (const at of hidden) {
    const stop = words.findIndex((word, later) => later > at && (!word.literal || ends(words, later)));
    const command = words.slice(at + 1, stop < 0 ? undefined : stop);
    if (command[0] && !isNoProgram(command[0])) commands.push(command);
  }
  return { ...nothing(), commands, ...(hidden.length > 0 && { unclear: "what find runs is only known when it runs" }) };
}

/** "+" ends a command behind "{}" only. */
function ends(words: Word[], at: number): boolean {
  return words[at]?.text === ";" || (words[at]?.text === "+" && words[at - 1]?.text === "{}");
}

/** Where an expansion may hold "-exec", with what that would run and what ends it behind it. */
function hiddenIn(words: Word[]): number[] {
  const hidden: number[] = [];
  const lastEnd = words.findLastIndex((word, at) => ends(words, at) || (!word.literal && !isPlainOperand(word)));
  let withinCommand = false;
  for (const [at, word] of words.entries()) {
    if (at === 0) continue;
    if (word.literal) withinCommand = RUNS.test(word.text) || (withinCommand && !ends(words, at));
    else if (isPlainOperand(word)) continue;
    else if (word.splits) hidden.push(at);
    // In a command it is an argument; at most it ends that.
    else if (withinCommand) withinCommand = false;
    else if (lastEnd > at + 1 && !isNoProgram(words[at + 1])) hidden.push(at);
  }
  return hidden;
}

function isNoProgram(word: Word | undefined): boolean {
  return word?.literal === true && /^-|^[()!,;]$/.test(word.text);
}
