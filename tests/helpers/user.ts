// A user of nobody's: an id that no account and no process has, who owns a directory with a copy of the binary. Needs to be root,
// as the tests are.

import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, isRunning, kill, waitUntil } from "./home.ts";
import { Server } from "./server.ts";

export class Stranger {
  readonly uid: number;
  readonly directory: string;
  readonly home: string;

  private constructor(uid: number, directory: string) {
    this.uid = uid;
    this.directory = directory;
    this.home = join(directory, "home");
  }

  /** Makes one, hands it to the body, and ends whatever still runs as it. */
  static async use(body: (stranger: Stranger) => Promise<void>): Promise<void> {
    const uid = unusedUid();
    const directory = mkdtempSync(join(tmpdir(), "backburner-user-"));
    const stranger = new Stranger(uid, directory);
    try {
      chmodSync(directory, 0o755);
      copyFileSync(BINARY, stranger.binary);
      chmodSync(stranger.binary, 0o755);
      mkdirSync(stranger.home, { mode: 0o700 });
      chownSync(stranger.home, uid, uid);
      await body(stranger);
    } finally {
      await waitUntil(`nothing runs as ${uid}`, () => {
        const left = processesOf(uid);
        for (const pid of left) kill(pid, "SIGKILL");
        return left.length === 0;
      });
      rmSync(directory, { recursive: true, force: true });
    }
  }

  get binary(): string {
    return join(this.directory, "backburner");
  }

  /** Words before a command that make it this user's, without any of root's powers. */
  get as(): string[] {
    const { uid } = this;
    return ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--no-new-privs", "--inh-caps=-all"];
  }

  async serve(env: Record<string, string> = {}): Promise<Server> {
    const via = [...this.as, "/bin/sh", "-c", 'binary=$1; shift 2; exec "$binary" "$@"', "sh", this.binary];
    const server = new Server(this.home, { via, env: { ...this.#env, ...env }, cwd: this.home });
    await server.shakeHands();
    return server;
  }

  run(args: string[], { home = this.home, before = [] as string[] } = {}) {
    const { stdout, stderr, exitCode, signalCode } = Bun.spawnSync([...this.as, ...before, this.binary, ...args], {
      env: { ...this.#env, BACKBURNER_HOME: home },
      cwd: "/",
      timeout: 20_000,
    });
    return { stdout: stdout.toString(), stderr: stderr.toString(), code: signalCode ?? exitCode };
  }

  get #env(): Record<string, string> {
    return { PATH: process.env.PATH ?? "", HOME: this.home };
  }
}

/** Pids of all that runs as the user. */
export function processesOf(uid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && ownerOf(name) === uid)
    .map(Number)
    .filter(isRunning);
}

/** The owner of a process; `undefined` when it is gone. */
function ownerOf(name: string): number | undefined {
  try {
    return statSync(`/proc/${name}`).uid;
  } catch {
    return undefined;
  }
}

function unusedUid(): number {
  for (;;) {
    const uid = 2_000_000_000 + Math.floor(Math.random() * 100_000_000);
    if (processesOf(uid).length === 0) return uid;
  }
}
