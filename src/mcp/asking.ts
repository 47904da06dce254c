// Asking the person through the client, about a task that is to be started. In the initialize era the server asks while the call is
// open; in 2026-07-28 the call is answered with the question and comes again with the answer, or the task's handle carries it.

import {
  CLIENT_CAPABILITIES_META_KEY,
  type ElicitRequestFormParams,
  type ProtocolEra,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import * as z from "zod/mini";
import { messageOf } from "../errors.ts";
import type { App } from "../operations/app.ts";
import { type Question, takeAnswer, withdraw } from "../operations/questions.ts";
import { InputNeeded } from "./input-needed.ts";
import { inputRequestsOf, isYes } from "./modern/questions.ts";

/** One call's way to the person. */
export interface Asking {
  /** The client has said that it can ask. */
  able: boolean;
  /** What came back of an earlier round of this call, by the keys of its questions. Untrusted. */
  responses: Record<string, unknown>;
  /** Asks and takes the answer. Throws InputNeeded where the call has to come again with it. */
  ask(app: App, question: Question): Promise<void>;
}

export function askingOf(server: Server, era: ProtocolEra, context: ServerContext): Asking {
  return era === "modern" ? inRounds(context) : atOnce(server, context);
}

const elicitation = z.looseObject({ form: z.optional(z.unknown()), url: z.optional(z.unknown()) });
const declaring = z.object({ [CLIENT_CAPABILITIES_META_KEY]: z.object({ elicitation }) });

/** One that names no form of it means the form; one that names addresses alone can't ask this. */
function asksInForms(capability: unknown): boolean {
  const { data } = elicitation.safeParse(capability);
  return data !== undefined && (data.form !== undefined || data.url === undefined);
}

function inRounds({ mcpReq }: ServerContext): Asking {
  return {
    get able() {
      return asksInForms(declaring.safeParse(mcpReq.envelope).data?.[CLIENT_CAPABILITIES_META_KEY].elicitation);
    },
    responses: mcpReq.inputResponses ?? {},
    ask(_, question) {
      throw new InputNeeded(inputRequestsOf([question]) as InputNeeded["requests"]);
    },
  };
}

/** Longer than a question is open. */
const PATIENCE_MS = 16 * 60_000;

function atOnce(server: Server, { mcpReq }: ServerContext): Asking {
  return {
    get able() {
      // oxlint-disable-next-line typescript/no-deprecated -- the way of the initialize era
      return asksInForms(server.getClientCapabilities()?.elicitation);
    },
    responses: {},
    async ask(app, question) {
      const { signal } = mcpReq;
      try {
        const form = inputRequestsOf([question])[question.key]?.params as ElicitRequestFormParams;
        // oxlint-disable-next-line typescript/no-deprecated
        const response = await mcpReq.elicitInput(form, { timeout: PATIENCE_MS, signal });
        takeAnswer(app, question, isYes(response) === true);
      } catch (error) {
        const gone = "the call that asked for it was given up";
        withdraw(app, question, signal.aborted ? gone : `nobody could be asked: ${messageOf(error)}`);
      }
    },
  };
}
