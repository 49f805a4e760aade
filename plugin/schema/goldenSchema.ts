import path from "node:path";
import { packageSchema } from "./packageSchema.ts";
import { REPOSITORY } from "./sourceProgram.ts";

/** What the plugin serves, kept in the repository so that a change of it is seen and reviewed. */
export const GOLDEN_SCHEMA = path.join(REPOSITORY, "plugin/schema.json");

/** The schema as it is to be in that file. */
export function schemaText(): string {
  return `${JSON.stringify(packageSchema(), undefined, 2)}\n`;
}
