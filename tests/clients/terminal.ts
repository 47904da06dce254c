// A host in a terminal of its own, with somebody who types and reads.

import { messageOf } from "../../src/errors.ts";
import { waitUntil } from "../helpers/home.ts";
import type { Place } from "./host.ts";

/** Hosts start slowly on a machine that has other work. */
const PATIENCE_MS = 60_000;

export class HostTerminal {
  /** All that the host has drawn. */
  drawn = "";
  readonly #host: Bun.Subprocess;

  constructor(place: Place, command: string[], env: Record<string, string>) {
    const decoder = new TextDecoder();
    this.#host = Bun.spawn(["env", "nice", ...command], {
      cwd: place.project.directory,
      env: place.environment(env),
      terminal: {
        cols: 120,
        rows: 40,
        data: (_terminal, bytes) => {
          this.drawn += decoder.decode(bytes, { stream: true });
        },
      },
    });
  }

  /** The words on the screen, without what moves and colours them; hosts move where a space would be. */
  get words(): string {
    return Bun.stripANSI(this.drawn).replaceAll(/\s+/g, "");
  }

  type(keys: string): void {
    this.#host.terminal?.write(keys);
  }

  /** Types a line, and Enter until it is taken: one that comes too soon after the text counts as a part of it. */
  async send(line: string, taken: () => boolean): Promise<void> {
    this.type(line);
    await this.shows(line);
    await waitUntil(
      `the host takes "${line}"`,
      async () => {
        this.type("\r");
        for (let waits = 0; waits < 20 && !taken(); waits++) await Bun.sleep(50);
        return taken();
      },
      PATIENCE_MS,
    );
  }

  /** Resolves once the words have been drawn, spaces aside. */
  async shows(words: string): Promise<void> {
    const wanted = words.replaceAll(/\s+/g, "");
    try {
      await waitUntil(`the host shows "${words}"`, () => this.words.includes(wanted), PATIENCE_MS);
    } catch (error) {
      throw new Error(`${messageOf(error)}; it has drawn ${this.words.slice(-2_000)}`, { cause: error });
    }
  }

  async close(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.#host.kill(signal);
    await this.#host.exited;
    this.#host.terminal?.close();
  }
}
