// A real terminal, tmux's, whose screen can be read: for what draws on all of it.

import { BINARY, newHome, waitUntil } from "./home.ts";

export class Screen {
  readonly #socket = `backburner-test-${crypto.randomUUID()}`;

  /** Runs the binary; what it left with stands on the screen then, and the state of its terminal. */
  constructor(home: string, args: string[], { columns = 120, rows = 20 } = {}) {
    const words = args.map((word) => `'${word}'`).join(" ");
    const command = `before=$(stty -g); ${BINARY} ${words}; echo "left with $?"; [ "$before" = "$(stty -g)" ] && echo "as it was"; exec sleep 1000`;
    const size = ["-x", String(columns), "-y", String(rows)];
    const env = ["-e", `BACKBURNER_HOME=${home}`, "-e", "LC_ALL=C.UTF-8"];
    this.#tmux("-f", "/dev/null", "new-session", "-d", ...size, ...env, command);
  }

  /** What stands on it, without trailing blanks. */
  get text(): string {
    return this.#tmux("capture-pane", "-p").replace(/\s+$/, "");
  }

  /** The same with its colours, as escape sequences. */
  get coloured(): string {
    return this.#tmux("capture-pane", "-p", "-e").replace(/\n+$/, "");
  }

  get lines(): string[] {
    return this.text.split("\n");
  }

  /** Keys by tmux's names (Up, Enter, C-c), else as text. */
  press(...keys: string[]): void {
    this.#tmux("send-keys", ...keys);
  }

  type(text: string): void {
    this.#tmux("send-keys", "-l", text);
  }

  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** Resolves with the screen once it shows that. */
  async shows(wanted: string | RegExp): Promise<string> {
    let text = "";
    const seen = () => {
      text = this.text;
      return typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
    };
    await waitUntil(`the screen shows ${wanted}`, seen).catch((error: unknown) => {
      throw new Error(`${String(error)}; it shows:\n${text}`);
    });
    return text;
  }

  end(): void {
    this.#tmux("kill-server");
  }

  #tmux(...args: string[]): string {
    // A home of its own: the socket goes with it.
    const { stdout, stderr, exitCode } = Bun.spawnSync(["tmux", "-L", this.#socket, ...args], {
      env: { ...process.env, TMUX_TMPDIR: this.#directory, LC_ALL: "C.UTF-8" },
    });
    if (exitCode !== 0) throw new Error(`tmux ${args.join(" ")}: ${stderr.toString()}`);
    return stdout.toString();
  }

  readonly #directory = newHome();
}
