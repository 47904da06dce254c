// The shell that commands run with: there, and really running what it is given.

import { messageOf } from "../../errors.ts";
import { defaultShell } from "../../process/shell.ts";
import { readSetting, sourcesOf } from "../../given-settings.ts";
import { visible } from "../../visible.ts";
import { type Check, findings } from "./check.ts";
import { headOf } from "../../cut.ts";

const { ok, warning, problem } = findings("shell");

const WORD = "backburner-asks";
/** Quotes that any shell of Unix removes: what only repeats its arguments is none. */
const COMMAND = process.platform === "win32" ? `echo ${WORD}` : "echo backburner''-asks";
const PATIENCE_MS = 2_000;
const SLOW_MS = 500;

export const checkShell: Check = async ({ env }) => {
  const given = await shellSet(env);
  const shell = given ?? defaultShell(env.PATH);
  const called = given ? `BACKBURNER_SHELL (${shell[0]})` : shell.join(" ");
  const change = given ? "change or unset BACKBURNER_SHELL" : "set BACKBURNER_SHELL to a shell that works";
  let asked: Awaited<ReturnType<typeof ask>>;
  try {
    asked = await ask(shell);
    if (asked.ms > SLOW_MS && asked.ms < PATIENCE_MS) asked = await ask(shell); // the first time may have read it from the disk
  } catch (error) {
    return [problem(`${called} can't be started (${messageOf(error)})`, change)];
  }
  const { stdout, stderr, code, ms } = asked;
  if (ms >= PATIENCE_MS) return [problem(`${called} did not run a command within ${PATIENCE_MS / 1000} s`, change)];
  if (code !== 0 || !stdout.trimEnd().endsWith(WORD)) {
    const said = headOf(visible(stderr.trim().split("\n").at(-1) ?? ""), 200);
    return [
      problem(`${called} does not run a command: it left with ${code}${said === "" ? "" : `, saying ${said}`}`, change),
    ];
  }
  if (stdout.trimEnd() !== WORD || stderr !== "")
    return [
      warning(
        `${called} prints something of its own before each command, which is then in every task's output`,
        "look into the files that it reads when it starts",
      ),
    ];
  if (ms > SLOW_MS)
    return [
      warning(
        `${called} takes ${(ms / 1000).toFixed(1)} s to start, which every task waits for`,
        "look into the files that it reads when it starts, or leave -l out",
      ),
    ];
  if (!given && process.platform !== "win32" && !shell[0]?.endsWith("bash"))
    return [warning(`there is no bash: commands run with ${called}`, "install bash, or set BACKBURNER_SHELL")];
  return [ok(`${called} runs commands, in ${ms} ms`)];
};

/** `undefined` also when it can't be read: the settings' check tells of that. */
async function shellSet(env: Record<string, string | undefined>): Promise<string[] | undefined> {
  try {
    return readSetting("shell", await sourcesOf(env)).value;
  } catch {
    return undefined;
  }
}

async function ask(shell: string[]) {
  const began = performance.now();
  const asked = Bun.spawn([...shell, COMMAND], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    detached: true,
  });
  const timer = setTimeout(() => {
    try {
      process.kill(-asked.pid, "SIGKILL"); // with what its start-up files have started
    } catch {
      asked.kill("SIGKILL"); // Windows has no groups
    }
  }, PATIENCE_MS);
  const said = Promise.all([asked.stdout.text(), asked.stderr.text()]);
  const code = (await asked.exited) ?? asked.signalCode;
  clearTimeout(timer);
  const ms = Math.round(performance.now() - began);
  const [stdout, stderr] = await Promise.race([said, Bun.sleep(PATIENCE_MS).then(() => ["", ""])]);
  return { stdout: stdout ?? "", stderr: stderr ?? "", code, ms };
}
