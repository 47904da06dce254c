// A patient: a home of its own and a user's own directory, so that nothing of this machine's user is found.

import { dirname } from "node:path";
import { BINARY, newHome } from "./home.ts";

export interface Found {
  check: string;
  status: "ok" | "warning" | "problem";
  message: string;
  advice?: string;
  fixable?: true;
}

export interface Diagnosis {
  code: number;
  ok: boolean;
  checks: Found[];
  repaired: string[];
}

export interface Circumstances {
  env?: Record<string, string>;
  /** Words before the command. */
  via?: string[];
  cwd?: string;
}

export class Patient {
  readonly user = newHome();
  home = newHome(); // on its own: what still runs for it is ended after the test

  /** What the doctor says. */
  ask({ fix = false, ...how }: Circumstances & { fix?: boolean } = {}): Diagnosis {
    const { stdout, stderr, code } = this.run(["doctor", "--json", ...(fix ? ["--fix"] : [])], how);
    if (stderr !== "" || !stdout.startsWith("{")) throw new Error(`doctor left with ${code}: ${stdout}${stderr}`);
    return { code, ...JSON.parse(stdout) };
  }

  /** What it says of one thing. */
  askOf(check: string, how: Circumstances = {}): Found[] {
    return this.ask(how).checks.filter((one) => one.check === check);
  }

  /** Any verb, to its end. */
  run(args: string[], how: Circumstances = {}) {
    return this.#spawn([...(how.via ?? []), BINARY, ...args], how);
  }

  /** Does what an advice says, as a person would in a shell. */
  follow(advice: string | undefined, how: Circumstances = {}): void {
    const command = /"(backburner [^"]*)"/.exec(advice ?? "")?.[1] ?? advice ?? "false";
    const { stdout, stderr, code } = this.#spawn(["/bin/sh", "-c", command], how);
    if (code !== 0) throw new Error(`${command} left with ${code}: ${stdout}${stderr}`);
  }

  #spawn(argv: string[], { env = {}, cwd = this.user }: Circumstances) {
    const { stdout, stderr, exitCode } = Bun.spawnSync(argv, {
      cwd,
      env: {
        HOME: this.user,
        PATH: `${dirname(BINARY)}:/usr/bin:/bin`,
        BACKBURNER_HOME: this.home,
        ...env,
      },
    });
    return { stdout: stdout.toString(), stderr: stderr.toString(), code: exitCode };
  }
}
