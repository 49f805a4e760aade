/**
 * Entry of the child process that runs Azurite's blob service with the options of its own command line.
 *
 * Azurite's own entry lives on when its parent is killed; this one ends with it, because the operating system closes
 * the channel between the two.
 */
import { createRequire } from "node:module";

process.on("disconnect", () => process.exit());
createRequire(import.meta.url)("azurite/dist/src/blob/main.js");
