// What somebody who types the name or the id of a task may mean.

import { getNewestIds, getNewestNames } from "../store/read.ts";
import type { App } from "./app.ts";

export interface Completions {
  /** Names first, then ids; the newest first of each. */
  values: string[];
  /** How many there are beyond `values` too. */
  total: number;
}

/** Names and ids that begin with what was typed; of nothing the newest ids. */
export function complete(app: App, typed: string, most: number): Completions {
  const names = typed === "" ? [] : getNewestNames(app.store, typed, most);
  const { ids, total } = getNewestIds(app.store, typed, most);
  return { values: [...names, ...ids].slice(0, most), total: names.length + total };
}
