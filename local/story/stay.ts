import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { PulumiStack } from "../engine/stack.ts";
import type { Narration } from "./narration.ts";

/** What leads the plain `pulumi` to the stack and the tenant. */
const NEEDED = /^(PATH|PULUMI_\w+|ARM_\w+|ACTIONS_ID_TOKEN_\w+|NODE_EXTRA_CA_CERTS)$/;

/** Leaves tenant and stack to the user until Ctrl-C. */
export async function stayOpen(stack: PulumiStack, folder: string, say: Narration): Promise<never> {
  const file = path.join(folder, "environment.sh");
  // Only for this user: the pipeline's request token is in it.
  await writeFile(file, shellExports(stack.environment), { mode: 0o600 });
  const configFile = path.relative(process.cwd(), stack.configFile);
  say.plain(
    "",
    "The tenant stays until Ctrl-C. In another terminal:",
    "",
    `  source ${path.relative(process.cwd(), file)}`,
    `  pulumi preview --stack local --config-file ${configFile} --refresh`,
  );
  // Until the interrupt that ends the process; a timer keeps it alive.
  return await new Promise<never>(() => setInterval(() => {}, 60_000));
}

function shellExports(environment: NodeJS.ProcessEnv): string {
  return Object.entries(environment)
    .filter(([name]) => NEEDED.test(name))
    .map(([name, value]) => `export ${name}='${value?.replaceAll("'", "'\\''")}'\n`)
    .join("");
}
