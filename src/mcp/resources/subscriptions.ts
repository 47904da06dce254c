// The resources that one connection wants to hear of. A task is watched only as long as somebody does, and while it goes on.

import { messageOf } from "../../errors.ts";
import { noResource } from "../../wording.ts";
import type { App } from "../../operations/app.ts";
import { asSeen, updates } from "../../operations/updates.ts";
import type { Task } from "../../task.ts";
import { parseUri } from "./uri.ts";

export class Subscriptions {
  readonly #app: App;
  readonly #tell: (uri: string) => Promise<void>;
  readonly #watched = new Map<string, AbortController>();

  /** `tell` is called when a resource has changed: at most once a second, and at the end of its task. */
  constructor(app: App, tell: (uri: string) => Promise<void>) {
    this.#app = app;
    this.#tell = tell;
  }

  /** Whatever happens from now on is told. Throws `not_found`. */
  add(uri: string): void {
    const seen = asSeen(this.#app, taskIn(uri));
    if (this.#watched.has(uri)) return;
    const until = new AbortController();
    this.#watched.set(uri, until);
    const done = () => {
      if (this.#watched.get(uri) === until) this.#watched.delete(uri);
    };
    this.#watch(uri, seen, until.signal)
      .catch((error: unknown) => console.error(`backburner: while watching ${uri}: ${messageOf(error)}`))
      .finally(done);
  }

  remove(uri: string): void {
    this.#watched.get(uri)?.abort();
    this.#watched.delete(uri);
  }

  /** These and no others. Of one that is not there nothing is heard. */
  set(uris: Set<string>): void {
    for (const uri of this.#watched.keys()) if (!uris.has(uri)) this.remove(uri);
    for (const uri of uris) {
      try {
        this.add(uri);
      } catch {}
    }
  }

  async #watch(uri: string, seen: Task, signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => void setImmediate(resolve)); // whoever subscribes is answered first
    for await (const _ of updates(this.#app, seen, signal)) await this.#tell(uri);
  }
}

function taskIn(uri: string): string {
  const meant = parseUri(uri);
  if (!meant) throw noResource(uri);
  return meant.task;
}
