// Has a pattern tried by a process of its own, and ends that when it takes too long: what somebody sends must never hold up this one.

import { messageOf } from "../errors.ts";
import { patternTooSlow, searchFailed, searchTooLong } from "../wording.ts";
import type { Home } from "../home.ts";
import type { Place } from "../output/arriving.ts";
import type { Excerpt } from "../output/excerpt.ts";
import type { Search } from "../output/grep.ts";
import type { Looked } from "../output/look.ts";
import type { View } from "../output/index.ts";
import type { SearchReply, SearchRequest } from "../output/searcher.ts";
import { ownCommand, ownEnvironment, SEARCH_VERB } from "../process/self.ts";
import { takesLinuxWays } from "../process/system.ts";
import type { TaskId } from "../task.ts";

/** One that is at work says so four times a second. */
const SILENCE_MS = 5_000;
/** Between two requests it is kept for so long. */
const IDLE_MS = 1_000;
/** When whoever started it is killed while a pattern runs wild, it dies too on Linux, and elsewhere after so many seconds of the processor. */
const LIMITED =
  takesLinuxWays || process.platform === "win32" ? [] : ["/bin/sh", "-c", 'ulimit -t 300; exec "$@"', "sh"];

type Request = SearchRequest extends infer R ? (R extends SearchRequest ? Omit<R, "source" | "flags"> : never) : never;

export class Searcher {
  readonly #home: Home;
  readonly #pattern: RegExp;
  #process: SearchProcess | undefined;
  #idle: Timer | undefined;
  /** One request after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(home: Home, pattern: RegExp) {
    this.#home = home;
    this.#pattern = pattern;
  }

  /** Which of the lines is the first that matches; -1 for none. Throws `bad_request` when the pattern takes too long. */
  async first(lines: string[]): Promise<number> {
    const reply = await this.#ask({ op: "first", lines });
    return "first" in reply ? reply.first : -1;
  }

  /** The first line that matches in the next part of a task's output. Throws as above. */
  async look(task: TaskId, place: Place): Promise<Looked> {
    const reply = await this.#ask({ op: "look", task, place });
    if ("looked" in reply) return reply.looked;
    throw searchFailed(this.#pattern.source, "no answer");
  }

  /** What of a task's output matches. Throws `bad_request` when that takes longer than `mostMs`, or the pattern too long. */
  async grep(task: TaskId, view: View, search: Search, mostMs?: number): Promise<Excerpt> {
    const reply = await this.#ask({ op: "grep", task, view, search }, mostMs);
    if ("excerpt" in reply) return reply.excerpt;
    throw searchFailed(this.#pattern.source, "no answer");
  }

  /** Ends its process. */
  close(): void {
    clearTimeout(this.#idle);
    this.#process?.kill();
    this.#process = undefined;
  }

  #ask(request: Request, mostMs?: number): Promise<SearchReply> {
    const reply = this.#last.then(() => this.#exchange(request, mostMs));
    this.#last = reply.catch(() => {});
    return reply;
  }

  async #exchange(request: Request, mostMs: number | undefined): Promise<SearchReply> {
    const { source, flags } = this.#pattern;
    clearTimeout(this.#idle);
    this.#process ??= this.#start();
    let reply = await this.#process.exchange({ ...request, source, flags }, mostMs);
    if (reply === "gone") {
      this.#process = this.#start(); // somebody ended it
      reply = await this.#process.exchange({ ...request, source, flags }, mostMs);
    }
    if (typeof reply !== "object" || "tooSlow" in reply || "failure" in reply) this.close();
    if (reply === "silent" || (typeof reply === "object" && "tooSlow" in reply)) throw patternTooSlow(source);
    if (reply === "late") throw searchTooLong(source, (mostMs ?? 0) / 1000);
    if (reply === "gone") throw searchFailed(source, "its process ended");
    if ("failure" in reply) throw searchFailed(source, reply.failure);
    this.#idle = setTimeout(() => this.close(), IDLE_MS);
    return reply;
  }

  #start(): SearchProcess {
    try {
      return new SearchProcess(this.#home);
    } catch (error) {
      throw searchFailed(this.#pattern.source, messageOf(error)); // EAGAIN, ENOMEM
    }
  }
}

class SearchProcess {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "ignore">;
  readonly #lines: AsyncGenerator<string, void>;

  constructor(home: Home) {
    this.#process = Bun.spawn([...LIMITED, ...ownCommand(), SEARCH_VERB], {
      cwd: "/",
      env: ownEnvironment(home),
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#lines = linesOf(this.#process.stdout);
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  async #send(request: SearchRequest): Promise<void> {
    await this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    await this.#process.stdin.flush();
  }

  /** "silent": it showed no sign of life and was killed; "late": it took longer than `mostMs`; "gone": it ended by itself. */
  async exchange(
    request: SearchRequest,
    mostMs: number | undefined,
  ): Promise<SearchReply | "silent" | "late" | "gone"> {
    let ended: "silent" | "late" | "gone" = "gone";
    const end = (why: typeof ended) => {
      ended = why;
      this.kill();
    };
    const most = mostMs === undefined ? undefined : setTimeout(() => end("late"), mostMs);
    let silence = setTimeout(() => end("silent"), SILENCE_MS);
    try {
      this.#send(request).catch(() => {}); // it has ended, and its output says so
      for (;;) {
        const { done, value } = await this.#lines.next();
        if (done) return ended;
        if (value !== "") return JSON.parse(value) as SearchReply;
        clearTimeout(silence);
        silence = setTimeout(() => end("silent"), SILENCE_MS);
      }
    } finally {
      clearTimeout(most);
      clearTimeout(silence);
    }
  }
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let pending: string[] = [];
  for await (const chunk of chunks) {
    const [more = "", ...lines] = decoder.decode(chunk, { stream: true }).split("\n");
    pending.push(more);
    for (const line of lines) {
      yield pending.join("");
      pending = [line];
    }
  }
}
