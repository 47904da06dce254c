// From one line to one JSON-RPC message, or to the answer for a line that is none. Pure.

import {
  type JSONRPCErrorResponse,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
  type JSONRPCResultResponse,
  parseJSONRPCMessage,
  ProtocolErrorCode,
  RELATED_TASK_META_KEY,
  type RequestId,
} from "@modelcontextprotocol/server";
import { messageOf } from "../errors.ts";

/** The error reply to a line. `id` is null where the line does not say whose answer this is. */
export interface Refusal {
  jsonrpc: "2.0";
  id: RequestId | null;
  error: { code: number; message: string };
}

export type Parsed = { message: JSONRPCMessage } | { refusal: Refusal };

/** `undefined` for a blank line. */
export function parseMessage(bytes: Uint8Array): Parsed | undefined {
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === "") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(null, ProtocolErrorCode.ParseError, `the line is not JSON (${messageOf(error)})`);
  }
  // Decoding has put U+FFFD for what is not UTF-8: what was meant is not known, so nothing of it is run.
  if (text.includes("\uFFFD") && !isUtf8(bytes))
    return refuse(idOf(value), ProtocolErrorCode.ParseError, "the line is not UTF-8");
  if (isPlainRequest(value)) return { message: value };
  try {
    return { message: parseJSONRPCMessage(value) };
  } catch {
    return refuse(idOf(value), ProtocolErrorCode.InvalidRequest, "the line is not one JSON-RPC 2.0 message");
  }
}

const REQUEST_KEYS = new Set(["jsonrpc", "id", "method", "params"]);

/** True for what the SDK's schema takes for a request as well, when nothing is unusual about it: that takes 0.1 ms for what is seen here. */
function isPlainRequest(value: unknown): value is JSONRPCRequest {
  if (!isObject(value)) return false;
  const { jsonrpc, id, method, params = {} } = value;
  if (jsonrpc !== "2.0" || !isTextOrSafe(id) || typeof method !== "string" || !isObject(params)) return false;
  for (const key in value) if (!REQUEST_KEYS.has(key)) return false;
  const { _meta: meta = {} } = params;
  if (!isObject(meta) || RELATED_TASK_META_KEY in meta) return false;
  return meta.progressToken === undefined || isTextOrSafe(meta.progressToken);
}

function isTextOrSafe(value: unknown): value is RequestId {
  return typeof value === "string" || Number.isSafeInteger(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// What a message is, by its keys: it was checked when it was read, or comes from the SDK. The SDK's own questions check all of it again,
// each of them, which is most of what a message costs.

export function isRequest(message: JSONRPCMessage): message is JSONRPCRequest {
  return "method" in message && "id" in message;
}

export function isNotification(message: JSONRPCMessage): message is JSONRPCNotification {
  return "method" in message && !("id" in message);
}

/** A result or an error. */
export function isResponse(message: JSONRPCMessage): message is JSONRPCResultResponse | JSONRPCErrorResponse {
  return !("method" in message);
}

export function tooLong(bytes: number, mostBytes: number): Parsed {
  const message = `the line is ${bytes} bytes long; at most ${mostBytes} are read`;
  return refuse(null, ProtocolErrorCode.InvalidRequest, message);
}

function refuse(id: RequestId | null, code: number, message: string): Parsed {
  return { refusal: { jsonrpc: "2.0", id, error: { code, message: `${message}; send one message a line` } } };
}

function idOf(value: unknown): RequestId | null {
  const id = typeof value === "object" && value !== null && "id" in value ? value.id : null;
  return isRequestId(id) ? id : null;
}

export function isRequestId(value: unknown): value is RequestId {
  return typeof value === "string" || Number.isInteger(value);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
