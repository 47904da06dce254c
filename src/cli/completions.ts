// What a shell offers when Tab is pressed: verbs and options as commander knows them, and the ids and names of tasks as they are now.

import type { Command, Option } from "commander";
import { loadConfig } from "../config.ts";
import { openApp } from "../operations/app.ts";
import { list } from "../operations/list.ts";
import { KEYS, SETTINGS } from "../settings.ts";
import { isTerminal as hasEnded } from "../task.ts";
import { SHELLS } from "./commands/completions.ts";
import { visible } from "../visible.ts";
import { headOf } from "../cut.ts";

/** What may stand in a place. `about` is shown beside it by shells that can. */
interface Choice {
  value: string;
  about?: string;
}

const MOST_TASKS = 50;
/** What only a task that goes on can be asked. */
const OF_LIVE_TASKS = new Set(["send", "attach", "cancel"]);
const OF_ENDED_TASKS = new Set(["prune"]);

/** What can stand for the last of `words`: "value\tabout", one a line. Nothing leaves it to the shell, which knows files and programs. */
export async function completionsOf(program: Command, words: string[]): Promise<string> {
  const last = words.at(-1) ?? "";
  const choices = await choicesFor(program, words.slice(0, -1), last);
  const fitting = choices.filter(({ value }) => value.startsWith(last));
  return fitting.map(({ value, about = "" }) => `${value}\t${visible(about)}\n`).join("");
}

async function choicesFor(program: Command, before: string[], last: string): Promise<Choice[]> {
  const verb = program.commands.find((command) => command.name() === before[0]);
  if (!verb) return before.length > 0 ? [] : last.startsWith("-") ? options(program) : verbs(program);
  if (before.includes("--")) return []; // a command of the person's own
  // bash hands "--status=work" on as three words, others as one.
  const equals = before.at(-1) === "=" ? 2 : 1;
  const asked = optionCalled(verb, before.at(-equals));
  if (asked && takesValue(asked)) return (asked.argChoices ?? []).map((value) => ({ value }));
  const [name, value] = last.split("=", 2);
  if (last.startsWith("-") && value !== undefined)
    return (optionCalled(verb, name)?.argChoices ?? []).map((choice) => ({ value: `${name}=${choice}` }));
  return last.startsWith("-") ? options(verb) : await positionals(verb, before.slice(1));
}

function verbs(program: Command): Choice[] {
  const shown = program.createHelp().visibleCommands(program);
  return shown.map((command) => ({ value: command.name(), about: command.summary() }));
}

function options(command: Command): Choice[] {
  const shown = command.createHelp().visibleOptions(command);
  return shown.map((option) => ({ value: option.long ?? option.flags, about: option.description }));
}

async function positionals(verb: Command, before: string[]): Promise<Choice[]> {
  const given = before.filter((word, at) => !word.startsWith("-") && !wantsNext(verb, before[at - 1]));
  const [first] = verb.registeredArguments;
  if (!first || (given.length > 0 && !first.variadic)) return [];
  if (verb.name() === "completions") return SHELLS.map((value) => ({ value }));
  if (verb.name() === "config") {
    return KEYS.map((key) => ({ value: key, about: SETTINGS[key].about }));
  }
  if (verb.name() === "setup") {
    const { HOSTS } = await import("../operations/setup.ts");
    return HOSTS.map(({ id, title }) => ({ value: id, about: title }));
  }
  return first.name() === "id" ? await tasks(verb.name(), given) : [];
}

/** The newest first. Nothing for a home that can't be read: a complaint would end up in the line that a person types. */
async function tasks(verb: string, given: string[]): Promise<Choice[]> {
  try {
    const found = (
      await list(
        openApp(await loadConfig(), () => {}),
        { limit: MOST_TASKS, offset: 0 },
      )
    ).tasks;
    return found
      .filter(({ status }) => !(hasEnded(status) ? OF_LIVE_TASKS : OF_ENDED_TASKS).has(verb))
      .filter(({ id, name }) => !given.includes(id) && !given.includes(name ?? id))
      .flatMap(({ id, name, status, command }) => {
        const about = `${status}  ${headOf(command, 60)}`;
        return [...(isWord(name) ? [{ value: name, about }] : []), { value: id, about }];
      });
  } catch {
    return [];
  }
}

/** A name that needs no quotes in any shell. */
function isWord(name: string | undefined): name is string {
  return name !== undefined && /^\w[\w.-]*$/.test(name);
}

function optionCalled(command: Command, flag: string | undefined): Option | undefined {
  return command.options.find((option) => flag !== undefined && (option.long === flag || option.short === flag));
}

function wantsNext(command: Command, word: string | undefined): boolean {
  const option = optionCalled(command, word);
  return option !== undefined && takesValue(option);
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}
