// completion/complete: the {id} of the templates.

import type { CompleteResult } from "@modelcontextprotocol/server";
import { noCompletion } from "../../wording.ts";
import type { App } from "../../operations/app.ts";
import { complete } from "../../operations/complete.ts";
import type { CompletionParams } from "./serve.ts";
import { PARTS, templateOf } from "./uri.ts";

/** The most that the protocol allows. */
const MOST_VALUES = 100;

/** Throws `bad_request` for a reference that is none of ours. */
export function completeId(app: App, { ref, argument }: CompletionParams): CompleteResult {
  if (ref.type !== "ref/resource") throw noCompletion(ref.name);
  if (!PARTS.some((part) => templateOf(part) === ref.uri)) throw noCompletion(ref.uri);
  if (argument.name !== "id") return { completion: { values: [], total: 0, hasMore: false } };
  const { values, total } = complete(app, argument.value, MOST_VALUES);
  return { completion: { values, total, hasMore: total > values.length } };
}
