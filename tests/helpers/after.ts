// Preloaded for every test file (bunfig.toml): a hook that is set in an imported module counts for the first importer only.

import { afterEach } from "bun:test";
import { removeHomes } from "./home.ts";
import { demandValidMessages } from "./schema-check.ts";

afterEach(removeHomes);
afterEach(demandValidMessages);
