// The SDK's server, which knows tools and nothing of tasks, taught to let handles pass where it expects a tool's result, and to
// offer the tasks of 2025-11-25 in that revision alone.

import {
  type JSONRPCRequest,
  type Result,
  Server,
  type ServerCapabilities,
  type ServerContext,
} from "@modelcontextprotocol/server";

type Handler = (request: JSONRPCRequest, context: ServerContext) => Promise<Result>;

export class TaskServer extends Server {
  /** True on a connection of the one revision that has tasks in its core. */
  get hasCoreTasks(): boolean {
    // oxlint-disable-next-line typescript/no-deprecated -- no other way in the initialize era
    return this.getNegotiatedProtocolVersion() === "2025-11-25";
  }

  override getCapabilities(): ServerCapabilities {
    const { tasks, ...others } = super.getCapabilities();
    return tasks && this.hasCoreTasks ? { ...others, tasks } : others;
  }

  // Called by the constructor already: nothing of this object may be touched before a request comes.
  // oxlint-disable no-underscore-dangle -- the SDK's own name, and its hook for this
  protected override _wrapHandler(method: string, handler: Handler): Handler {
    const wrap = (inner: Handler) => super._wrapHandler(method, inner);
    // oxlint-enable no-underscore-dangle
    if (method !== "tools/call") return wrap(handler);
    return async (request, context) => {
      let handle: Result | undefined;
      const checked = wrap(async (...call) => {
        const result = await handler(...call);
        if (!isHandle(result)) return result;
        handle = result;
        return { content: [] };
      });
      const result = await checked(request, context);
      return handle ?? result;
    };
  }
}

/** Of either generation. */
function isHandle(result: Result): boolean {
  return result.resultType === "task" || "task" in result;
}
