// Another user on the same machine: can neither read, nor signal, nor type, nor attach, nor use the home. Needs root to be two users.

import { expect, test } from "bun:test";
import { chmodSync, chownSync, copyFileSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, newHome, waitUntil } from "./helpers/home.ts";

const OWNER = 64_101;
const OTHER = 64_102;

/** The binary where every user can reach it: the directory it was built in may be closed. */
function reachableBinary(): { binary: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), "backburner-binary-"));
  chmodSync(directory, 0o755);
  const binary = join(directory, "backburner");
  try {
    linkSync(BINARY, binary);
  } catch {
    copyFileSync(BINARY, binary);
  }
  chmodSync(binary, 0o755);
  return { binary, remove: () => rmSync(directory, { recursive: true }) };
}

/** Runs argv as a user who is nobody else: no groups, no capabilities. */
async function as(user: number, home: string, argv: string[], env: Record<string, string> = {}) {
  const run = Bun.spawn(["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups", ...argv], {
    env: { PATH: process.env.PATH ?? "", HOME: "/", BACKBURNER_HOME: home, ...env },
    cwd: "/",
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
  return { stdout, stderr, code };
}

test.skipIf(process.geteuid?.() !== 0)("another user can neither read nor signal nor attach", async () => {
  const { binary, remove } = reachableBinary();
  const root = newHome();
  chmodSync(root, 0o755);
  const home = join(root, "home");
  mkdirSync(home, { mode: 0o700 });
  chownSync(home, OWNER, OWNER);
  try {
    const secret = { TOKEN: "s3cr3t-of-the-owner" };
    const started = await as(OWNER, home, [binary, "start", "-i", "--", "echo printed; read line; echo $line"], secret);
    expect(started).toMatchObject({ stderr: "", code: 0 });
    const id = started.stdout.trim();
    const queued = await as(OWNER, home, [binary, "start", "--", "true"], { ...secret, BACKBURNER_MAX_TASKS: "1" });
    const status = async () =>
      JSON.parse((await as(OWNER, home, [binary, "status", "--json", id])).stdout) as Record<string, unknown>;
    const { pid } = await waitUntil("it has printed", async () => {
      const task = await status();
      return task.output_lines === 1 && task.pid !== undefined && task;
    });
    const refused = {
      stdout: "",
      stderr: `backburner: the home ${home} belongs to another user; set BACKBURNER_HOME to a directory of your own, it is made when it is not there\n`,
      code: 125,
    };
    for (const args of [
      ["list"],
      ["status", id],
      ["logs", id],
      ["attach", id],
      ["send", id, "x"],
      ["cancel", id],
      ["mcp"],
      ["start", "true"],
      ["wait", id],
      ["prune"],
      ["events"],
    ])
      expect({ args, ...(await as(OTHER, home, [binary, ...args])) }).toEqual({ args, ...refused });

    // By hand as well: every path below the home, the processes' environments, the socket, signals.
    const paths = (readdirSync(home, { recursive: true }) as string[]).map((name) => join(home, name));
    expect(paths.length).toBeGreaterThan(6);
    const attempt = `for path; do cat "$path" || ls "$path" || echo x >>"$path"; done`;
    expect((await as(OTHER, home, ["sh", "-c", attempt, "sh", home, ...paths])).stdout).toBe("");
    const supervisor = Number((await as(OWNER, home, ["ps", "-o", "ppid=", "-p", String(pid)])).stdout);
    expect(supervisor).toBeGreaterThan(1);
    for (const one of [pid, supervisor]) {
      expect((await as(OTHER, home, ["sh", "-c", `cat /proc/${String(one)}/environ`])).stdout).toBe("");
      expect((await as(OTHER, home, ["sh", "-c", `kill -9 ${String(one)}`])).code).not.toBe(0);
    }
    const everybodySees = await as(OTHER, home, ["sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null"]);
    expect(everybodySees.stdout).toContain(id);
    expect(everybodySees.stdout).not.toContain(secret.TOKEN);
    const connect = `try { await Bun.connect({ unix: ${JSON.stringify(join(home, "tasks", id, "ctl"))}, socket: { data() {} } }); console.log("connected"); } catch { console.log("refused"); }`;
    const bun = join(binary, "..", "backburner");
    expect((await as(OTHER, home, [bun, "-e", connect], { BUN_BE_BUN: "1" })).stdout).toBe("refused\n");

    expect(await as(OWNER, home, [binary, "send", id, "from the owner"])).toMatchObject({ code: 0 });
    expect(await as(OWNER, home, [binary, "wait", id, queued.stdout.trim()])).toMatchObject({ code: 0 });
    expect((await as(OWNER, home, [binary, "logs", id])).stdout).toBe("printed\nfrom the owner\n");
  } finally {
    remove();
  }
});
