// The CLI door: runs the compiled binary as a person or a script does, on pipes or on a terminal of its own.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, waitUntil } from "./home.ts";

export interface Ran {
  stdout: string;
  stderr: string;
  code: number;
}

export interface CliOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Another build than the product. */
  binary?: string;
}

/** Runs the binary to its end, on pipes. */
export async function cli(home: string, args: string[], options: CliOptions = {}): Promise<Ran> {
  const running = spawnCli(home, args, options);
  const [stdout, stderr, code] = await Promise.all([
    new Response(running.stdout).text(),
    new Response(running.stderr).text(),
    running.exited,
  ]);
  return { stdout, stderr, code };
}

/** Starts the binary, on pipes. */
export function spawnCli(home: string, args: string[], { env = {}, cwd = home, binary = BINARY }: CliOptions = {}) {
  return Bun.spawn([binary, ...args], {
    env: environment(home, env),
    cwd,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** What a verb with `--json` prints. Fails on a code that is not 0. */
export async function cliJson(
  home: string,
  args: string[],
  options: CliOptions = {},
): Promise<Record<string, unknown>> {
  const [verb = "", ...rest] = args;
  const { stdout, stderr, code } = await cli(home, [verb, "--json", ...rest], options);
  if (code !== 0) throw new Error(`backburner ${args.join(" ")} left with ${code}: ${stderr}`);
  const printed: Record<string, unknown> = JSON.parse(stdout);
  return printed;
}

/** Starts a task and returns its id. */
export async function startTask(home: string, args: string[], options: CliOptions = {}): Promise<string> {
  const { stdout, stderr, code } = await cli(home, ["start", ...args], options);
  if (code !== 0) throw new Error(`backburner start ${args.join(" ")} left with ${code}: ${stderr}`);
  return stdout.trim();
}

/** A command that goes on until `open` is called, and how to know that it has begun. */
export function gate(home: string, name = "gate") {
  const [begun, opened] = [join(home, `${name}.begun`), join(home, `${name}.open`)];
  return {
    command: `touch ${begun}; until [ -e ${opened} ]; do sleep 0.02; done`,
    open: () => writeFileSync(opened, ""),
    begun: () => waitUntil(`the task at the ${name} has begun`, () => existsSync(begun)),
  };
}

/** Says the code that the binary left with, after the last byte that it wrote. Ctrl-C is the binary's alone. */
const ON_TERMINAL = `trap : INT HUP TERM; stty -a >terminal.before; "$0" "$@"; code=$?; stty -a >terminal.after; printf '[left with %s]' $code`;

/** The binary on a terminal of its own; stdout and stderr come out together. */
export class TerminalRun {
  /** What has come so far. */
  text = "";
  readonly #shell: Bun.Subprocess;

  constructor(
    home: string,
    args: string[],
    { env = {}, cols = 100 }: { env?: Record<string, string>; cols?: number } = {},
  ) {
    const decoder = new TextDecoder();
    // A Bun.Terminal that was made before would not be its controlling terminal: Ctrl-C would reach nobody.
    this.#shell = Bun.spawn(["/bin/sh", "-c", ON_TERMINAL, BINARY, ...args], {
      terminal: { cols, data: (_, bytes) => void (this.text += decoder.decode(bytes, { stream: true })) },
      env: environment(home, { TERM: "xterm-256color", ...env }),
      cwd: home,
    });
  }

  resize(cols: number, rows: number): void {
    this.#shell.terminal?.resize(cols, rows);
  }

  /** As when its window is closed. */
  hangUp(): void {
    this.#shell.terminal?.close();
  }

  type(keys: string): void {
    this.#shell.terminal?.write(keys);
  }

  /** Resolves with all that it wrote and its code once it has left. */
  async left(): Promise<{ text: string; code: number }> {
    const found = await waitUntil(`the binary leaves the terminal`, () =>
      /^([^]*)\[left with (\d+)\]$/.exec(this.text),
    );
    await this.#shell.exited;
    this.#shell.terminal?.close();
    return { text: (found[1] ?? "").replaceAll("\r\n", "\n"), code: Number(found[2]) };
  }
}

export const CTRL_C = "\u0003";

/** No colour settings of whoever runs the tests. */
export function environment(home: string, env: Record<string, string>): Record<string, string> {
  const { NO_COLOR: _, FORCE_COLOR: __, CLICOLOR_FORCE: ___, CLICOLOR: ____, ...inherited } = process.env;
  const kept = Object.entries(inherited).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...Object.fromEntries(kept.filter(([name]) => !name.startsWith("BACKBURNER_"))),
    BACKBURNER_HOME: home,
    ...env,
  };
}
