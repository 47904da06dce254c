// That a resource is not there: -32602 since 2026-07-28, and -32002 in the specifications before it. The SDK lets out -32602 alone; so
// where -32002 is due, the error's data are marked, and the transport gives it its code.

import { type JSONRPCMessage, ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";

class MissingBefore2026 {
  readonly uri: string;

  constructor(uri: string) {
    this.uri = uri;
  }
}

export function missing(uri: string, sentence: string, isModern: boolean): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, sentence, isModern ? { uri } : new MissingBefore2026(uri));
}

/** The message as it goes out. */
export function withItsCode(message: JSONRPCMessage): JSONRPCMessage {
  if (!("error" in message) || !(message.error.data instanceof MissingBefore2026)) return message;
  return { ...message, error: { ...message.error, code: ProtocolErrorCode.ResourceNotFound } };
}
