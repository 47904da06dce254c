// MCP on stdin and stdout, one message a line. Survives whatever comes in, and says when it is time to leave.
// Bun's own streams, since loading node:stream for process.stdin costs 7 ms of the start.

import type { JSONRPCMessage, RequestId, Transport } from "@modelcontextprotocol/server";
import { type Line, linesOf } from "./lines.ts";
import { isNotification, isRequest, isRequestId, isResponse, parseMessage, type Refusal, tooLong } from "./message.ts";
import { withItsCode } from "./resources/missing.ts";

/** Above what any real call needs; a longer line is answered and skipped without being held. */
const LONGEST_LINE_BYTES = 32 * 2 ** 20;
/** How long answers that are under way may take once nobody can ask any more. */
const LAST_WORDS_MS = 250;

export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport["onmessage"];
  readonly #stdout = Bun.stdout.writer();
  readonly #leave: () => void;
  readonly #unanswered = new Set<RequestId>();
  #allAnswered = () => {};

  /** `leave` is called at the end of stdin, and when nobody reads stdout any more. It must end the process. */
  constructor(leave: () => void) {
    this.#leave = leave;
  }

  async start(): Promise<void> {
    void this.#receive();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await this.#write(withItsCode(message));
    if (isResponse(message)) this.#settle(message.id);
  }

  async close(): Promise<void> {
    this.onclose?.();
    this.#leave();
  }

  async #receive(): Promise<void> {
    try {
      for await (const line of linesOf(Bun.stdin.stream(), LONGEST_LINE_BYTES)) await this.#accept(line);
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
    if (this.#unanswered.size > 0) {
      await Promise.race([new Promise<void>((resolve) => (this.#allAnswered = resolve)), Bun.sleep(LAST_WORDS_MS)]);
    }
    this.#leave();
  }

  async #accept(line: Line): Promise<void> {
    const parsed = "bytes" in line ? parseMessage(line.bytes) : tooLong(line.tooLongBytes, LONGEST_LINE_BYTES);
    if (!parsed) return;
    if ("refusal" in parsed) return this.#write(parsed.refusal);
    const { message } = parsed;
    if (isRequest(message)) this.#unanswered.add(message.id);
    // A cancelled request gets no answer.
    else if (isNotification(message) && message.method === "notifications/cancelled")
      this.#settle(message.params?.requestId);
    this.onmessage?.(message);
  }

  /** Resolves when the bytes are on their way, so that a slow reader slows down who writes. */
  async #write(message: JSONRPCMessage | Refusal): Promise<void> {
    try {
      await this.#stdout.write(`${JSON.stringify(message)}\n`);
      await this.#stdout.flush();
    } catch {
      this.#leave(); // EPIPE: nobody reads
    }
  }

  #settle(id: unknown): void {
    if (isRequestId(id)) this.#unanswered.delete(id);
    if (this.#unanswered.size === 0) this.#allAnswered();
  }
}
