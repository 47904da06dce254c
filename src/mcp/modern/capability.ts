// What a client has declared on this very request: that it knows the extension, and that it can ask its person.

import { CLIENT_CAPABILITIES_META_KEY } from "@modelcontextprotocol/server";
import * as z from "zod/mini";
import type { Polled } from "../polled.ts";

const EXTENSION = "io.modelcontextprotocol/tasks";
/** What a server declares, and what it asks of a client. */
export const REQUIRED = { extensions: { [EXTENSION]: {} } };

const declaring = z.object({
  [CLIENT_CAPABILITIES_META_KEY]: z.object({ extensions: z.object({ [EXTENSION]: z.looseObject({}) }) }),
});

/** `meta` is the request's own, or what the SDK has lifted off it. */
export function declaresTasks(meta: unknown): boolean {
  return declaring.safeParse(meta).success;
}

const asking = z.object({ [CLIENT_CAPABILITIES_META_KEY]: z.object({ elicitation: z.looseObject({}) }) });

/** A client that can't ask its person is not asked to. */
export function shownTo(meta: unknown, task: Polled): Polled {
  return asking.safeParse(meta).success ? task : { ...task, questions: [] };
}
