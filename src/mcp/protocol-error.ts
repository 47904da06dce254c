// A failure outside of a tool's result: what a caller can do something about is a matter of its parameters.

import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { BackburnerError, messageOf } from "../errors.ts";
import { InputNeeded } from "./input-needed.ts";

/** Does it; what it throws for a user is thrown as the protocol's error. */
export async function asProtocolError<T>(act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof InputNeeded) throw error;
    const known = error instanceof BackburnerError;
    if (!known) console.error(error); // a fault of ours
    const code =
      known && error.code !== "unavailable" ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError;
    throw new ProtocolError(code, messageOf(error));
  }
}
