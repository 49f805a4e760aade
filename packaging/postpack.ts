import path from "node:path";
import { restoreManifest } from "./swap.ts";

await restoreManifest(path.join(import.meta.dirname, ".."));
