import path from "node:path";
import { findingsIn, review } from "./checkov.ts";
import { writeTemplates } from "./integrations.ts";

/** `npm run arm` writes the templates; `npm run arm -- --check` has checkov look at them too, and fails without it. */
const folder = path.join(import.meta.dirname, "../../dist/arm");

for (const { file, resources } of await writeTemplates(folder)) {
  console.log(`${path.relative(process.cwd(), file)}: ${resources} resources`);
}
if (process.argv.includes("--check")) await check();

async function check(): Promise<void> {
  const { open, needless } = review(await findingsIn(folder));
  for (const { check, title, integration, resource } of open) {
    console.error(`${check} ${integration}: ${resource}: ${title}`);
  }
  for (const { check, type } of needless) console.error(`${check} ${type}: the suppression is not needed`);
  if (open.length + needless.length === 0) console.log("checkov: nothing that is not accepted with a reason");
  else process.exitCode = 1;
}
