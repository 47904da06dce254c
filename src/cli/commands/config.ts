// backburner config: what is set, and where.

import type { Command } from "commander";
import { nearest } from "../../nearest.ts";
import {
  exampleFile,
  settingsFile,
  showSettings,
  type ShownSetting,
  type ShownSettings,
} from "../../operations/settings.ts";
import { visible } from "../../visible.ts";
import { usage } from "../arguments.ts";
import { FAILED } from "../exit.ts";
import { epilogue } from "../help.ts";
import { showJson } from "../show.ts";
import { complain, hasColour, isTerminal, print, STDOUT } from "../terminal.ts";
import type { Call } from "../verbs.ts";

interface ConfigOptions {
  path?: true;
  example?: true;
  json?: true;
}

export function declareConfig(command: Command, { leaveWith }: Call): void {
  command
    .summary("show the settings, and where each comes from")
    .description(
      "Shows every setting with its value and where that comes from: the default, the\n" +
        "file config.toml in BACKBURNER_HOME, or a variable, which wins. Options of start\n" +
        "(--timeout, --cwd) win over both. Of one setting it prints the value alone.",
    )
    .argument("[setting]", "its name in the list, or its variable")
    .option("--path", "only print where config.toml is, or would be")
    .option("--example", "print a config.toml with every setting explained")
    .option("--json", "print {config_file, settings} as JSON; bytes and seconds as numbers")
    .action(async (name: string | undefined, { path, example, json }: ConfigOptions) => {
      if ([name, path, example].filter((one) => one !== undefined).length > 1)
        throw usage("a setting, --path and --example can't be combined; give one of them");
      if (json && (path || example)) throw usage("--json is for settings; leave it out, or --path and --example");
      if (example) return print(exampleFile());
      if (path) return print(`${settingsFile()}\n`);
      const shown = await showSettings();
      const settings = name === undefined ? shown.settings : [called(name, shown.settings)];
      if (json) await showJson({ config_file: shown.file, settings: wire(settings, shown.file) });
      else if (name === undefined) await print(textOf(shown));
      else for (const { text } of settings) if (text !== undefined) await print(`${visible(text)}\n`);
      if (name === undefined && !json)
        for (const { name: unknown, meant } of shown.unknown)
          await complain(`${unknown} is no setting${meant === undefined ? "" : `; did you mean ${meant}?`}`);
      for (const { error } of settings) {
        if (!error) continue;
        await complain(error.message);
        leaveWith(FAILED);
      }
    });
  epilogue(command, "Examples", [
    "backburner config",
    "backburner config max_tasks",
    "backburner config --json | jq .settings.keep_bytes.value",
    'backburner config --example >> "$(backburner config --path)"',
  ]);
}

function called(name: string, settings: ShownSetting[]): ShownSetting {
  const found = settings.find((one) => one.name === name || one.variable === name);
  if (found) return found;
  const names = settings.map((one) => one.name);
  const meant = nearest(name, [...names, ...settings.map(({ variable }) => variable)]);
  const next = meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}?`;
  throw usage(`there is no setting ${JSON.stringify(name)}; ${next}`);
}

/** By name, as people ask for one with jq. */
function wire(settings: ShownSetting[], file: string) {
  const entries = settings.map(({ name, variable, value, source, error }) => [
    name,
    {
      ...(value !== undefined && { value }),
      source,
      ...(source === "config.toml" && { file }),
      variable,
      ...(error && { error: error.message }),
    },
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** A table for a person, tab-separated lines for a program. */
function textOf({ settings, file }: ShownSettings): string {
  const rows = settings.map((one) => [one.name, valueOf(one), originOf(one, file)].map(visible));
  if (!isTerminal(STDOUT)) return rows.map((row) => `${row.join("\t")}\n`).join("");
  const head = ["SETTING", "VALUE", "FROM"];
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => Bun.stringWidth(row[at] ?? ""))));
  const line = (row: string[]) =>
    row
      .map((cell, at) => cell + " ".repeat((widths[at] ?? 0) - Bun.stringWidth(cell)))
      .join("  ")
      .trimEnd();
  const dim = (text: string) => (hasColour(STDOUT) ? `\u001b[2m${text}\u001b[22m` : text);
  const body = rows.map((row, at) => (settings[at]?.source === "default" ? dim(line(row)) : line(row)));
  return [hasColour(STDOUT) ? `\u001b[1m${line(head)}\u001b[22m` : line(head), ...body]
    .map((text) => `${text}\n`)
    .join("");
}

function valueOf({ text, unset, error }: ShownSetting): string {
  return error ? "(wrong)" : (text ?? `(${unset})`);
}

function originOf({ source, variable }: ShownSetting, file: string): string {
  return { default: "default", "config.toml": file, environment: variable }[source];
}
