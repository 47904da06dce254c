// One provider's API: which requests are its, what they say in our words, and how an answer looks on its wire.

import type { Sent, ToolShown } from "./script.ts";

/** A turn with the host's names in it, ready to be said. */
export type Answer = { text: string } | { calls: { id: string; tool: ToolShown; args: Record<string, unknown> }[] };

export interface Dialect {
  /** Whether a POST to this path asks the model for an answer. */
  asks(path: string): boolean;
  read(body: Body): Sent;
  answer(answer: Answer, request: { path: string; body: Body }): Response;
}

/** A request's or an event's JSON. */
export type Body = Record<string, unknown>;

/** The list at this key, or none. */
export function list(body: Body, key: string): Body[] {
  const value = body[key];
  return Array.isArray(value) ? (value as Body[]) : [];
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** The text of a tool's result, whether it came as a text or as parts. */
export function plain(content: unknown): string {
  if (!Array.isArray(content)) return text(content);
  return (content as Body[]).map((part) => text(part.text ?? part)).join("\n");
}

/** Server-sent events, all at once. With `named`, each is named after its `type`. */
export function events(bodies: Body[], { named = false, end = "" } = {}): Response {
  const lines = bodies.map((body) => `${named ? `event: ${text(body.type)}\n` : ""}data: ${JSON.stringify(body)}\n\n`);
  return new Response(lines.join("") + end, { headers: { "content-type": "text/event-stream" } });
}
