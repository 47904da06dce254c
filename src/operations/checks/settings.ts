// The settings, and what else of the environment changes how we run.

import { messageOf } from "../../errors.ts";
import { showSettings, type ShownSettings } from "../settings.ts";
import { type Check, type Finding, findings } from "./check.ts";

const { ok, warning, problem } = findings("settings");
const around = findings("environment");

export const checkSettings: Check = async ({ env }) => {
  let shown: ShownSettings;
  try {
    shown = await showSettings(env);
  } catch (error) {
    return [problem(messageOf(error), '"backburner config --example" prints one that is right')];
  }
  const { settings, unknown } = shown;
  const wrong: Finding[] = settings.flatMap(({ name, variable, source, error }) =>
    error
      ? [problem(error.message, source === "environment" ? `change or unset ${variable}` : `mend ${name} there`)]
      : [],
  );
  for (const { name, meant } of unknown)
    wrong.push(
      warning(
        `${name} is no setting and does nothing`,
        meant === undefined ? `unset ${name}` : `did you mean ${meant}?`,
      ),
    );
  if (wrong.length > 0) return wrong;
  const from = (source: string) => settings.filter((one) => one.source === source).map(({ name }) => name);
  const [file, variables] = [from("config.toml"), from("environment")];
  const parts = [
    ...(file.length > 0 ? [`config.toml sets ${file.join(", ")}`] : []),
    ...(variables.length > 0 ? [`the environment sets ${variables.join(", ")}`] : []),
  ];
  return [ok(parts.length > 0 ? parts.join("; ") : "all are as they are by default")];
};

/** Variables that any program made with Bun listens to, whatever it is. */
export const BUN_VARIABLES = ["BUN_OPTIONS", "BUN_BE_BUN"];

export const checkEnvironment: Check = ({ env }) => {
  const set = BUN_VARIABLES.filter((name) => env[name]);
  if (set.length === 0) return [around.ok("nothing in it takes this program over")];
  return set.map((name) =>
    around.warning(`${name} is set, which changes what any program made with Bun does, this one too`, `unset ${name}`),
  );
};
