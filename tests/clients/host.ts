// One host as npm gives it, in directories of its own outside the project: nothing of the person's own configuration is read or written.
// CLIENTS_DIR=<directory> keeps what was installed for the next run.

import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ran } from "../helpers/cli.ts";
import { BINARY, newHome, readText } from "../helpers/home.ts";
import { newProject, type Project } from "../helpers/project.ts";

/** Where packages go: some hundred megabytes each, once for a file. */
const installed = process.env.CLIENTS_DIR ?? mkdtempSync(join(tmpdir(), "backburner-clients-"));

/** To be called after all tests of a file. */
export function removeInstalled(): void {
  if (process.env.CLIENTS_DIR === undefined) rmSync(installed, { recursive: true, force: true });
}

/** Installs a package, without its scripts, and returns the path of a file in it. */
export async function fromNpm(spec: string, file: string): Promise<string> {
  const prefix = join(installed, spec.replaceAll("/", "+"));
  const path = join(prefix, "node_modules", file);
  if (existsSync(path)) return path;
  mkdirSync(prefix, { recursive: true });
  const flags = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = Bun.spawn(["npm", "install", ...flags, "--prefix", prefix, spec], {
    stdout: "ignore",
    stderr: "inherit",
  });
  if ((await npm.exited) !== 0 || !existsSync(path)) throw new Error(`npm has not brought ${file} with ${spec}`);
  return path;
}

/** Where one host runs: its home, ours, and a project. */
export class Place {
  /** The host's home directory. */
  readonly home = newHome();
  /** Ours. */
  readonly backburnerHome = newHome();
  readonly project: Project = newProject(newHome());
  readonly #programs = join(this.home, "bin");
  readonly #wire = join(this.home, "wire.jsonl");

  /** `program` is the host's name on the PATH, and `command` what that runs. */
  constructor(program: string, ...command: string[]) {
    mkdirSync(this.#programs);
    writeFileSync(join(this.#programs, program), `#!/bin/sh\nexec ${command.join(" ")} "$@"\n`, { mode: 0o755 });
    symlinkSync(BINARY, join(this.#programs, "backburner"));
  }

  /** `backburner setup HOST`, through the host's own command where it has one. From then on the host's messages are kept. */
  async setUp(host: string, env: Record<string, string> = {}): Promise<void> {
    const done = await this.run(["backburner", "setup", host], env);
    if (done.code !== 0) throw new Error(`backburner setup ${host}: ${done.stderr}`);
    this.listen();
  }

  /** A script takes the binary's place on the PATH: it keeps what the host sends, and runs the same binary with a home of its own. */
  listen(): void {
    const path = join(this.#programs, "backburner");
    unlinkSync(path);
    const script = `#!/bin/sh\nexport BACKBURNER_HOME='${this.backburnerHome}'\ntee -a '${this.#wire}' | '${BINARY}' "$@"\n`;
    writeFileSync(path, script, { mode: 0o755 });
  }

  /** No variable of the person's but PATH. Where a host honours a proxy, nothing beyond this machine is in reach. */
  environment(more: Record<string, string> = {}): Record<string, string> {
    const nowhere = "http://127.0.0.1:9";
    return {
      PATH: `${this.#programs}:${process.env.PATH}`,
      HOME: this.home,
      TERM: "xterm-256color",
      LANG: "C.UTF-8",
      SHELL: "/bin/bash",
      HTTP_PROXY: nowhere,
      HTTPS_PROXY: nowhere,
      NO_PROXY: "127.0.0.1,localhost",
      ...more,
    };
  }

  /** Writes a file of the host's configuration. */
  write(path: string, content: unknown): void {
    const file = join(this.home, path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  }

  /** Runs the host to its end in the project. */
  async run(command: string[], env: Record<string, string> = {}): Promise<Ran> {
    const running = Bun.spawn(["env", "nice", ...command], {
      cwd: this.project.directory,
      env: this.environment(env),
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, code] = await Promise.all([running.stdout.text(), running.stderr.text(), running.exited]);
    return { stdout, stderr, code };
  }

  /** What the host sent to its servers, in order. */
  get messages(): { method?: string; params?: Record<string, unknown> }[] {
    const lines = readText(this.#wire).split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  /** Their methods, each once. */
  get methods(): string[] {
    return [...new Set(this.messages.flatMap(({ method }) => method ?? []))];
  }

  /** The revisions that the host offered, as `initialize` or the envelope of a request say it. */
  get revisions(): string[] {
    const said = readText(this.#wire).matchAll(
      /"(?:protocolVersion|io\.modelcontextprotocol\/protocolVersion)":"([^"]+)"/g,
    );
    return [...new Set([...said].map(([, revision = ""]) => revision))];
  }
}
