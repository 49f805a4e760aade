import path from "node:path";
import { preparePack } from "./swap.ts";

await preparePack(path.join(import.meta.dirname, ".."));
