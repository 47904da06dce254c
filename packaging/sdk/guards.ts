// How the protocol's SDK tells requests, notifications and answers from each other: it validates the message anew for each such question,
// eight times on its way in and out, which is most of what a message costs. What comes in was validated when it was read
// (src/mcp/message.ts), and what goes out is made by the SDK and by us: its keys say what it is.

/** The SDK's questions, each by its schema, and what is asked instead. */
const GUARDS: Record<string, string> = {
  JSONRPCRequest: `"method" in value && "id" in value`,
  JSONRPCNotification: `"method" in value && !("id" in value)`,
  JSONRPCResultResponse: `"result" in value`,
  JSONRPCErrorResponse: `"error" in value`,
};

/** The SDK's source with these questions in place of its own. Throws when it does not ask them this way any more. */
export function withGuards(source: string): string {
  let changed = source;
  for (const [name, asked] of Object.entries(GUARDS)) {
    const own = `const is${name} = (value) => ${name}Schema.safeParse(value).success;`;
    if (!changed.includes(own))
      throw new Error(`the SDK has another is${name}: packaging/sdk/guards.ts is to be looked at`);
    changed = changed.replace(own, `const is${name} = (value) => ${asked};`);
  }
  return changed;
}
