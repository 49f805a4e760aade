/** Draws the pictures of the documents: `npm run picture`. */
import { writeFile } from "node:fs/promises";
import { architecturePicture } from "./architecturePicture.ts";
import { workbookPicture } from "./workbookPicture.ts";

const images = new URL("../images/", import.meta.url);
await writeFile(new URL("workbook.svg", images), workbookPicture());
await writeFile(new URL("architecture.svg", images), architecturePicture());
