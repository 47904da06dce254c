// Every command that the README shows is run, as it stands there.

import { expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { newHome, readText } from "./helpers/home.ts";

const ROOT = resolve(import.meta.dir, "..");
const readme = readText(join(ROOT, "README.md"));

/** The `sh` blocks; each is one script. */
const scripts = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, script = ""]) => script.trim());

/** What the tests can't do from inside themselves is run without that: this very run is the proof of the rest. */
const RUN_AS: Record<string, string> = {
  "npx bun run test": "true",
  "npx bun run verify": "npx bun run lint",
  "npx bun run bench": "npx bun run bench --quick --only startup,sizes,start",
};

test("the README is under 300 lines, begins with one sentence and something to run", () => {
  expect(readme.split("\n").length).toBeLessThan(300);
  expect(readme).toMatch(/^# backburner\n\n[^\n]+\.\n\n(?:[^\n]+\n)*?\n?```sh\n/);
  expect(scripts.length).toBeGreaterThan(3);
});

test.each(scripts.map((script) => [script]))(
  "README: %s",
  async (script) => {
    const runnable = script.replaceAll(/^npx bun run \w+/gm, (command) => RUN_AS[command] ?? command);
    const run = Bun.spawn(["bash", "-euo", "pipefail", "-c", runnable], {
      cwd: ROOT,
      // As the README says: the binary is on the PATH. What is installed and built already costs a moment.
      env: { ...process.env, BACKBURNER_HOME: newHome(), PATH: `${join(ROOT, "dist")}:${process.env.PATH}` },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [output, complaint, code] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
    expect({ code, output, complaint }).toMatchObject({ code: 0 });
  },
  120_000,
);
