/** Draws the workbook for docs/monitoring.md: `npm run picture`. */
import { writeFile } from "node:fs/promises";
import { workbookPicture } from "./workbookPicture.ts";

await writeFile(new URL("../images/workbook.svg", import.meta.url), workbookPicture());
