// subscriptions/listen with taskIds. The SDK answers the request and knows nothing of tasks: between it and the wire, this remembers
// the ids, adds them to its acknowledgement, and sends notifications/tasks until the subscription is cancelled.

import {
  type JSONRPCMessage,
  type JSONRPCNotification,
  MissingRequiredClientCapabilityError,
  type RequestId,
  SUBSCRIPTION_ID_META_KEY,
  type Transport,
  type TransportSendOptions,
} from "@modelcontextprotocol/server";
import * as z from "zod/mini";
import type { App } from "../../operations/app.ts";
import { readHandle } from "../../operations/handles.ts";
import { follow } from "../follow.ts";
import { isNotification, isRequest, isResponse } from "../message.ts";
import { declaresTasks, REQUIRED, shownTo } from "./capability.ts";
import { detailedTask } from "./task.ts";

const listening = z.object({
  notifications: z.object({ taskIds: z.array(z.string()) }),
  _meta: z.optional(z.unknown()),
});
const acknowledgement = z.object({ notifications: z.looseObject({}), _meta: z.record(z.string(), z.unknown()) });
const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";

interface Asked {
  taskIds: string[];
  /** The request's own `_meta`. */
  meta: unknown;
}

export class ListeningTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport["onmessage"];
  readonly #wire: Transport;
  readonly #app: App;
  /** Not acknowledged yet. */
  readonly #asked = new Map<RequestId, Asked>();
  readonly #open = new Map<RequestId, AbortController>();

  constructor(wire: Transport, app: App) {
    this.#wire = wire;
    this.#app = app;
  }

  async start(): Promise<void> {
    // oxlint-disable unicorn/prefer-add-event-listener -- a transport is no EventTarget
    this.#wire.onclose = () => {
      for (const id of this.#open.keys()) this.#forget(id);
      this.onclose?.();
    };
    this.#wire.onerror = (error) => this.onerror?.(error);
    this.#wire.onmessage = (message, extra) => {
      this.#note(message);
      this.onmessage?.(message, extra);
    };
    // oxlint-enable unicorn/prefer-add-event-listener
    await this.#wire.start();
  }

  close(): Promise<void> {
    return this.#wire.close();
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (isNotification(message) && message.method === ACKNOWLEDGED) return this.#acknowledge(message, options);
    // The request is refused, or its subscription ends with the server.
    if (isResponse(message)) this.#forget(message.id);
    return this.#wire.send(message, options);
  }

  #note(message: JSONRPCMessage): void {
    if (isRequest(message) && message.method === "subscriptions/listen") {
      const { data } = listening.safeParse(message.params);
      if (!data) return; // it doesn't ask for tasks
      const { notifications, _meta: meta } = data;
      this.#asked.set(message.id, { taskIds: notifications.taskIds, meta });
    } else if (isNotification(message) && message.method === "notifications/cancelled")
      this.#forget(message.params?.requestId as RequestId | undefined);
  }

  async #acknowledge(message: JSONRPCNotification, options?: TransportSendOptions): Promise<void> {
    const { notifications, _meta: meta } = acknowledgement.safeParse(message.params).data ?? {};
    const id = meta?.[SUBSCRIPTION_ID_META_KEY] as RequestId | undefined;
    const asked = id === undefined ? undefined : this.#asked.get(id);
    if (id === undefined || !asked) return this.#wire.send(message, options);
    if (!declaresTasks(asked.meta)) return this.#refuse(id);
    const taskIds = await this.#known(asked.taskIds);
    if (!this.#asked.delete(id)) return; // it was cancelled meanwhile
    const until = new AbortController();
    this.#open.set(id, until);
    const params = { ...message.params, notifications: { ...notifications, taskIds } };
    await this.#wire.send({ ...message, params }, options);
    for (const taskId of taskIds) this.#follow(id, taskId, asked.meta, until.signal);
  }

  /** The SDK believes that it has subscribed the client: it is told of a cancellation. */
  async #refuse(id: RequestId): Promise<void> {
    this.#asked.delete(id);
    this.onmessage?.({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
    const { code, message, data } = new MissingRequiredClientCapabilityError({ requiredCapabilities: REQUIRED });
    await this.#wire.send({ jsonrpc: "2.0", id, error: { code, message, data } });
  }

  async #known(taskIds: string[]): Promise<string[]> {
    const found = [...new Set(taskIds)].map((id) =>
      readHandle(this.#app, id).then(
        () => [id],
        () => [],
      ),
    );
    return (await Promise.all(found)).flat();
  }

  #follow(id: RequestId, taskId: string, meta: unknown, signal: AbortSignal): void {
    const about = { [SUBSCRIPTION_ID_META_KEY]: id };
    follow(this.#app, taskId, signal, (task) => {
      const params = { ...detailedTask(shownTo(meta, task), Date.now()), _meta: about };
      return this.#wire.send({ jsonrpc: "2.0", method: "notifications/tasks", params });
    });
  }

  #forget(id: RequestId | undefined): void {
    if (id === undefined) return;
    this.#asked.delete(id);
    this.#open.get(id)?.abort();
    this.#open.delete(id);
  }
}
