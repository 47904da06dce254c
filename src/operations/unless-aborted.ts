// Waiting for work that may take longer than whoever waits has time.

/** What the work gives; `undefined` when the signal is aborted first. The work goes on by itself then, and how it fails nobody learns. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const given = Promise.withResolvers<undefined>();
  const giveUp = () => given.resolve(undefined);
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    return await Promise.race([work, given.promise]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
