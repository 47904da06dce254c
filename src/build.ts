// What the build writes into the binary about itself.

import { version } from "../package.json";

declare const BUILD_COMMIT: string;
declare const BUILD_TARGET: string;

/** As `--version` shows it: the release, the commit it was built from, and for which machine. */
export const BUILD = `${version} (${BUILD_COMMIT}, ${BUILD_TARGET})`;
