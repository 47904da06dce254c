// How a tool asks the client for what only the person can say, at whatever depth of its work.

import type { InputRequests } from "@modelcontextprotocol/server";

/**
 * Thrown by a call that can't go on before it has answers. The client makes it again with them, and they are in the context's
 * `inputResponses`; in the initialize era the SDK asks, and makes it again itself. The answers are the client's: to be checked.
 */
export class InputNeeded extends Error {
  constructor(readonly requests: InputRequests) {
    super(`the client has to answer ${Object.keys(requests).join(", ")} first`);
    this.name = "InputNeeded";
  }
}
