// What every operation needs: the settings, the store, and the one vigil of this process.

import type { Config } from "../config.ts";
import { closeUmask } from "../process/umask.ts";
import { openStore, type Store, upToDate } from "../store/open.ts";
import { Vigil } from "../supervisor/vigil.ts";

export interface App {
  config: Config;
  /** Opened anew when its file was deleted or replaced: not to be kept across a wait. */
  readonly store: Store;
  vigil: Vigil;
}

/** Opens the home that the settings name. `tell` hears of a damaged store that was made again, else stderr. Throws `unavailable` when it can't be used. */
export function openApp(config: Config, tell?: (remade: Error) => void): App {
  closeUmask();
  const { home } = config;
  let opened = openStore(home, tell);
  const store = () => (opened = upToDate(home, opened));
  return {
    config,
    get store() {
      return store();
    },
    vigil: new Vigil(home, store),
  };
}
