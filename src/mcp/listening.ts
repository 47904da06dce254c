// What the client of a 2026-07-28 connection listens to. The SDK answers `subscriptions/listen` itself and tells nobody: this transport,
// put around the true one, sees the requests and cancellations come in and the acknowledgements go out. It changes no message.

import {
  type JSONRPCMessage,
  type MessageExtraInfo,
  SUBSCRIPTION_ID_META_KEY,
  type Transport,
  type TransportSendOptions,
} from "@modelcontextprotocol/server";
import { isNotification, isRequest, isResponse } from "./message.ts";

export class Listening implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: NonNullable<Transport["onmessage"]>;
  /** Called with all resources that are listened to whenever that changes; what is new is acknowledged when it resolves. */
  onresources?: (uris: Set<string>) => Promise<void>;
  readonly #inner: Transport;
  /** Resources by the request that asked for them: none before it is acknowledged. */
  readonly #asked = new Map<unknown, string[]>();

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  async start(): Promise<void> {
    Object.assign(this.#inner, {
      onclose: () => this.onclose?.(),
      onerror: (error: Error) => this.onerror?.(error),
      onmessage: (message: JSONRPCMessage, extra?: MessageExtraInfo) => {
        this.#received(message);
        this.onmessage?.(message, extra);
      },
    });
    await this.#inner.start();
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (isResponse(message) && "error" in message) this.#asked.delete(message.id);
    else if (isNotification(message) && message.method === "notifications/subscriptions/acknowledged")
      await this.#acknowledged(message.params ?? {});
    await this.#inner.send(message, options);
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  #received(message: JSONRPCMessage): void {
    if (isRequest(message) && message.method === "subscriptions/listen") this.#asked.set(message.id, []);
    if (!isNotification(message) || message.method !== "notifications/cancelled") return;
    if (this.#asked.delete(message.params?.requestId)) void this.#tell();
  }

  async #acknowledged({ notifications, _meta: meta }: Record<string, unknown>): Promise<void> {
    const { resourceSubscriptions = [] } = notifications as { resourceSubscriptions?: string[] };
    const id = (meta as Record<string, unknown>)[SUBSCRIPTION_ID_META_KEY];
    if (!this.#asked.has(id)) return; // it was cancelled meanwhile
    this.#asked.set(id, resourceSubscriptions);
    await this.#tell();
  }

  async #tell(): Promise<void> {
    await this.onresources?.(new Set([...this.#asked.values()].flat()));
  }
}
