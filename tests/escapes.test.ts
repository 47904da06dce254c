// What others wrote (commands, names, directories, output) and what a person mistypes never reaches a terminal raw, at no verb.

import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { cli, startTask, TerminalRun } from "./helpers/cli.ts";
import { newHome, waitUntil } from "./helpers/home.ts";
import { visible, visibleJson } from "../src/visible.ts";

/** Title, clipboard (long and unfinished too), cursor, colours, C1 forms, bell, bidirectional overrides, tags, line separators. */
const EVIL = [
  "\u001b]0;title\u0007",
  "\u001b]52;c;aGk=\u001b\\",
  "\u001b[2J\u001b[H\u001b[31m",
  "\u001b[?1049h\u001bc\u001b(0",
  "\u001bP1$q\u001b\\\u001b_apc\u001b\\\u001b^pm\u001b\\",
  "\u009b31m\u009d0;title\u009c\u0090q\u009c",
  "\u0007\u0000\u0005\u000e\u007f\u0085",
  "\u202e\u202d\u2066\u2069\u2028\u2029",
].join("middle");
const EVIL_SHOWN = `${EVIL}\u{e0041}\u00ad\u200b`;
const WITHOUT_NUL = EVIL_SHOWN.replaceAll("\0", "");

/** What no terminal may get: anything that leaves its line, recolours or reorders. */
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0007\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
/** In fields nothing that is not seen. */
const FORBIDDEN_IN_FIELDS = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

async function onTerminal(home: string, args: string[], cols = 2_000): Promise<string> {
  return (await new TerminalRun(home, args, { cols, env: { NO_COLOR: "1" } }).left()).text;
}

test("every verb shows what is in commands, names, directories and output, and sends none of it", async () => {
  const home = newHome();
  const cwd = join(home, `directory${WITHOUT_NUL.replaceAll("/", "")}`);
  mkdirSync(cwd);
  const name = "evil \u202ename\u{e0041}";
  const bytes = Buffer.from(EVIL).toString("base64");
  const command = `: '${WITHOUT_NUL}'; echo ${bytes} | base64 -d; echo; printf 'a\\033]52;c;'; printf 'QUFB%.0s' $(seq 4000); printf '\\033['; sleep 0.1; printf '31mred\\n'; exit 3`;
  const id = await startTask(home, ["--name", name, "--cwd", cwd, "--", command]);
  await cli(home, ["wait", id]);
  const left = await startTask(home, ["--", `(exec -a 'left\u001b[31m\u202e' sleep 60) & sleep 0.1`]);
  await cli(home, ["wait", left]);
  for (const args of [
    ["list"],
    ["status", id],
    ["status", left],
    ["wait", left],
    ["events"],
    ["list", "--json"],
    ["status", "--json", id],
    ["events", "--json"],
    ["logs", "--json", id],
    ["wait", "--json", id],
  ]) {
    const text = await onTerminal(home, args);
    expect({ args, forbidden: FORBIDDEN_IN_FIELDS.exec(text)?.[0] }).toEqual({ args, forbidden: undefined });
    expect(text.length).toBeGreaterThan(20);
  }
  for (const args of [
    ["logs", id],
    ["logs", "-f", id],
    ["logs", id, "-n", "3"],
    ["logs", id, "--stdout"],
    ["logs", id, "--grep", "."],
    ["logs", id, "--grep", "red", "-C", "9"],
    ["logs", id, "--until", "red"],
    ["wait", id, "--until", "red"],
    ["attach", id, "-n", "9"],
    ["start", "--wait", "--name", name, "--cwd", cwd, "--", command],
  ]) {
    const text = await onTerminal(home, args);
    expect({ args, forbidden: FORBIDDEN.exec(text)?.[0] }).toEqual({ args, forbidden: undefined });
    expect(text).toContain("red");
  }
  expect(await onTerminal(home, ["cancel", left])).not.toMatch(FORBIDDEN_IN_FIELDS);
  // The exact bytes, where they are asked for.
  expect(await onTerminal(home, ["logs", "--raw", id])).toContain("\u001b]0;title\u0007");
});

test("send and the last line of a task that waits for input are cleaned, attach to a terminal's task is not", async () => {
  const home = newHome();
  const id = await startTask(home, [
    "-i",
    "--",
    "printf 'prompt\\033[2J\\302\\233\\342\\200\\256> '; while read -r x; do printf \"got\\033]0;t\\007$x\\033[\"; done",
  ]);
  await waitUntil("it waits", async () => (await cli(home, ["status", id])).stdout.includes("for input, it seems"));
  expect(await onTerminal(home, ["status", id])).not.toMatch(FORBIDDEN_IN_FIELDS);
  expect(await onTerminal(home, ["status", "--json", id])).not.toMatch(FORBIDDEN_IN_FIELDS);
  const sent = await onTerminal(home, ["send", id, "it"]);
  expect(sent).toContain("got");
  expect(sent).not.toMatch(FORBIDDEN);
  await cli(home, ["cancel", id]);
  const drawn = await onTerminal(home, ["start", "-it", "--", "printf '\\033[1mbold\\033[0m\\n'"]);
  expect(drawn).toContain("\u001b[1mbold");
});

/** What a view on the whole screen sends by itself, without colours. */
// oxlint-disable-next-line no-control-regex
const OWN = /\u001b\[(?:0m|\d+;1H|K|J|2J)|\u001b\[\?(?:1049|25|7|2026)[hl]/g;

test("the screens of top and list --watch, and lines of several tasks, hold none of it", async () => {
  const home = newHome();
  const name = "evil \u202ename";
  const bytes = Buffer.from(EVIL).toString("base64");
  const command = `: red '${WITHOUT_NUL}'; echo ${bytes} | base64 -d; echo red`;
  const id = await startTask(home, ["--name", name, "--", command]);
  const other = await startTask(home, ["--", command]);
  await cli(home, ["wait", id, other]);
  for (const [args, keys] of [
    [["top"], ["\r", "q"]],
    [["top"], ["c", "n", "i"]],
    [["list", "--watch"], []],
  ] as [string[], string[]][]) {
    const run = new TerminalRun(home, args, { cols: 300, env: { NO_COLOR: "1" } });
    for (const key of ["", ...keys]) {
      const before = run.text.length;
      run.type(key);
      if (key === "" || key === "\r") await waitUntil("it is drawn", () => run.text.slice(before).includes("red"));
    }
    run.type("q");
    const { text } = await run.left();
    const shown = text.replaceAll(OWN, "");
    expect({ args, forbidden: FORBIDDEN_IN_FIELDS.exec(shown)?.[0] }).toEqual({ args, forbidden: undefined });
  }
  const several = await onTerminal(home, ["logs", id, other]);
  expect(several).toContain("middlered\n");
  expect(several).not.toMatch(FORBIDDEN);
  const { stdout } = await cli(home, ["complete", "--", "status", ""]);
  expect(stdout).toContain(id);
  expect(stdout).not.toMatch(FORBIDDEN_IN_FIELDS);
});

test("what a person mistypes, and what a setting holds, is shown and not sent", async () => {
  const home = newHome();
  for (const args of [
    [WITHOUT_NUL],
    ["status", WITHOUT_NUL],
    ["logs", WITHOUT_NUL],
    ["logs", "x", "--grep", `(${WITHOUT_NUL}`],
    ["start", `--${WITHOUT_NUL}`],
    ["start", "--cwd", `/${WITHOUT_NUL}`, "--", "true"],
    ["start", "--timeout", WITHOUT_NUL, "true"],
    ["start", "--stdin", WITHOUT_NUL, "true"],
    ["start", "--name", WITHOUT_NUL, "true"],
    ["start", WITHOUT_NUL, "--", "true"],
    ["start", WITHOUT_NUL, "true"],
    ["list", "--status", WITHOUT_NUL],
    ["send", "x", "--key", WITHOUT_NUL],
    ["mcp", WITHOUT_NUL],
  ]) {
    const text = await onTerminal(home, args);
    expect(text).toStartWith("backburner: ");
    expect({ args, forbidden: FORBIDDEN_IN_FIELDS.exec(text)?.[0] }).toEqual({ args, forbidden: undefined });
  }
  for (const args of [["list"], ["mcp"]]) {
    const { stderr } = await cli(home, args, { env: { BACKBURNER_MAX_TASKS: WITHOUT_NUL } });
    expect(stderr).toStartWith("backburner: BACKBURNER_MAX_TASKS is ");
    expect(stderr).not.toMatch(FORBIDDEN_IN_FIELDS);
  }
});

test("every control and format character is shown, and what people write stays as it is", () => {
  expect(visible("\u001b\n\t\u007f\u009b\u202e\u{e0041}\ud800\u{e0101}")).toBe(
    "␛⏎␉␡\\u009b\\u202e\\u{e0041}\\ud800\\u{e0101}",
  );
  const written = "naïve Ünïcödé 安宁 עברית العربية ไทย 👩‍👩‍👧 🏳️‍🌈 e\u0301";
  expect(visible(written)).toBe(written);
  const value = { text: `${WITHOUT_NUL}\0\ud800 ${written}` };
  expect(visibleJson(JSON.stringify(value)).replaceAll("\u200d", "")).not.toMatch(FORBIDDEN_IN_FIELDS);
  expect(JSON.parse(visibleJson(JSON.stringify(value)))).toEqual(value);
});
