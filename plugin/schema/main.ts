// npm run schema
import { writeFileSync } from "node:fs";
import { GOLDEN_SCHEMA, schemaText } from "./goldenSchema.ts";

writeFileSync(GOLDEN_SCHEMA, schemaText());
