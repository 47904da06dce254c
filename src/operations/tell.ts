// What a door tells its user of something that was thrown, after what can be done about it was done.

import { toldOf } from "../errors.ts";
import { homeOf } from "../given-home.ts";
import { storePath } from "../home.ts";
import { remake } from "../store/open.ts";
import { isDamage } from "../store/repair.ts";
import { storeRemadeElsewhere } from "../wording.ts";

/** An error to show: a damaged store is made again first, and what the machine refused is put into words. */
export function tell(error: unknown): unknown {
  if (!isDamage(error)) return toldOf(error);
  try {
    const home = homeOf(process.env);
    return remake(home) ?? storeRemadeElsewhere(storePath(home));
  } catch (failure) {
    return toldOf(failure);
  }
}
