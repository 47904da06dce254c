// Tasks as resources: what each has printed, and how it stands. Only what is asked for is registered here; the answers are loaded with
// the first question.

import {
  ProtocolError,
  ProtocolErrorCode,
  type Result,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import * as z from "zod/mini";
import { BackburnerError, messageOf } from "../../errors.ts";
import type { App } from "../../operations/app.ts";
import type { Listening } from "../listening.ts";
import { missing } from "./missing.ts";

export const RESOURCE_CAPABILITIES = { resources: { subscribe: true }, completions: {} };

/** `listening` is how subscriptions of 2026-07-28 come in. */
export function serveResources(server: Server, app: App, listening: Listening | undefined): void {
  const subscriptions = lazily(async () => {
    const { Subscriptions } = await import("./subscriptions.ts");
    return new Subscriptions(app, (uri) => server.sendResourceUpdated({ uri }));
  });
  if (listening) listening.onresources = async (uris) => (await subscriptions()).set(uris);

  // With schemas of our own: what does not fit the SDK's is answered as a failure of the server, and not as wrong parameters.
  server.setRequestHandler("resources/list", { params: ofPage }, ({ cursor }) =>
    answered(async () => (await import("./list.ts")).listResources(app, cursor)),
  );
  server.setRequestHandler("resources/templates/list", { params: ofPage }, ({ cursor }) =>
    answered(async () => (await import("./list.ts")).listTemplates(cursor)),
  );
  server.setRequestHandler("resources/read", { params: ofResource }, ({ uri }, context) =>
    answered(async () => (await import("./read.ts")).readResource(app, uri), { uri, context }),
  );
  server.setRequestHandler("completion/complete", { params: ofCompletion }, (params) =>
    answered(async () => (await import("./complete.ts")).completeId(app, params)),
  );
  server.setRequestHandler("resources/subscribe", { params: ofResource }, ({ uri }, context) =>
    answered(async () => (await subscriptions()).add(uri), { uri, context }),
  );
  server.setRequestHandler("resources/unsubscribe", { params: ofResource }, ({ uri }) =>
    answered(async () => (await subscriptions()).remove(uri)),
  );
}

const ofPage = z.object({ cursor: z.optional(z.string()) });
const ofResource = z.object({ uri: z.string() });
const ofCompletion = z.object({
  ref: z.discriminatedUnion("type", [
    z.object({ type: z.literal("ref/resource"), uri: z.string() }),
    z.object({ type: z.literal("ref/prompt"), name: z.string() }),
  ]),
  argument: z.object({ name: z.string(), value: z.string() }),
});
export type CompletionParams = z.output<typeof ofCompletion>;

/** The answer, or what was thrown as the protocol's error. */
async function answered(
  act: () => Promise<Result | void>,
  of?: { uri: string; context: ServerContext },
): Promise<Result> {
  try {
    return (await act()) ?? {};
  } catch (error) {
    const sentence = messageOf(error);
    const code = error instanceof BackburnerError ? error.code : undefined;
    if (code === undefined) console.error(error); // a fault of ours
    if (code === "not_found" && of) throw missing(of.uri, sentence, of.context.mcpReq.envelope !== undefined);
    const ofCaller = code === "bad_request" || code === "not_found";
    throw new ProtocolError(ofCaller ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError, sentence);
  }
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
