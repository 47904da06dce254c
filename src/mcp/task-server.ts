// The SDK's server, which knows tools and nothing of tasks, taught to let handles pass where it expects a tool's result, and our own
// results without a check, to offer the tasks of 2025-11-25 in that revision alone, and to look at the revision that each request of
// the other era names, not only the first.

import {
  isInputRequiredResult,
  type JSONRPCRequest,
  PROTOCOL_VERSION_META_KEY,
  type ProtocolEra,
  type Result,
  Server,
  type ServerCapabilities,
  type ServerContext,
  UnsupportedProtocolVersionError,
} from "@modelcontextprotocol/server";

type Handler = (request: JSONRPCRequest, context: ServerContext) => Promise<Result>;

export class TaskServer extends Server {
  readonly #era: ProtocolEra;

  constructor(era: ProtocolEra, ...args: ConstructorParameters<typeof Server>) {
    super(...args);
    this.#era = era;
  }

  /** True on a connection of the one revision that has tasks in its core. */
  get hasCoreTasks(): boolean {
    return this.#revision === "2025-11-25";
  }

  /** `undefined` before `initialize`. */
  get #revision(): string | undefined {
    // oxlint-disable-next-line typescript/no-deprecated -- no other way in the initialize era
    return this.getNegotiatedProtocolVersion();
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
    const wrapped = method === "tools/call" ? withOurResults(wrap, handler) : wrap(handler);
    return async (request, context) => {
      this.#checkRevision(context);
      return wrapped(request, context);
    };
  }

  #checkRevision({ mcpReq }: ServerContext): void {
    const envelope: Record<string, unknown> = mcpReq.envelope ?? {};
    const requested = envelope[PROTOCOL_VERSION_META_KEY];
    const served = this.#revision;
    if (this.#era !== "modern" || typeof requested !== "string" || served === undefined || requested === served) return;
    throw new UnsupportedProtocolVersionError({ supported: [served], requested });
  }
}

/**
 * As `wrap` would have it, but what we answer goes out as it is: a handle, which the SDK does not know, and a tool's result, which the
 * compiler has checked, while the SDK's check takes 0.1 ms. What asks for input is the SDK's to send.
 */
function withOurResults(wrap: (inner: Handler) => Handler, handler: Handler): Handler {
  const checked = wrap(async (request, context) => {
    const result = await handler(request, context);
    if (isInputRequiredResult(result)) return result;
    throw new Past(result);
  });
  return async (request, context) => {
    try {
      return await checked(request, context);
    } catch (thrown) {
      if (thrown instanceof Past) return thrown.result;
      throw thrown;
    }
  };
}

/** Thrown past the SDK: what is to be answered. */
class Past {
  readonly result: Result;

  constructor(result: Result) {
    this.result = result;
  }
}
