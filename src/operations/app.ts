// What every operation needs: the settings, the store, and the one vigil of this process.

import type { Config } from "../config.ts";
import { closeUmask } from "../process/umask.ts";
import { openStore, type Store } from "../store/open.ts";
import { Vigil } from "../supervisor/vigil.ts";

export interface App {
  config: Config;
  store: Store;
  vigil: Vigil;
}

/** Opens the home that the settings name. Throws `unavailable` when it can't be used. */
export function openApp(config: Config): App {
  closeUmask();
  const store = openStore(config.home);
  return { config, store, vigil: new Vigil(config.home, store) };
}
