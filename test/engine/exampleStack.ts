import path from "node:path";
import { inject } from "vitest";
import { PulumiStack } from "../../local/engine/stack.ts";
import type { LocalTenant } from "../../local/tenant.ts";
import { ADDRESSES, type Addresses } from "./exampleAddresses.ts";

export const EXAMPLES = path.join(import.meta.dirname, "../../examples");

/**
 * A stack of an example's own files, on a local tenant.
 *
 * The examples leave out where Microsoft's services are, as their users do, and components read neither the environment
 * nor the stack's configuration. So the addresses come in where the example meets the package: Node gives it the components
 * with the addresses filled in (`exampleImports`). Pulumi's transformations would come too late, since a component has
 * read its arguments by then.
 */
export function exampleStack(example: string, tenant: LocalTenant, stateFolder: string): PulumiStack {
  const { activityApiUrl, authorityUrl, resourceManagerUrl } = tenant.configuration as unknown as Addresses;
  return new PulumiStack({
    engine: inject("engine"),
    programFolder: path.join(EXAMPLES, example),
    stateFolder,
    stackName: "test",
    environment: {
      ...tenant.environment,
      NODE_OPTIONS: `--import=${new URL("./exampleImports.ts", import.meta.url).href}`,
      [ADDRESSES]: JSON.stringify({ activityApiUrl, authorityUrl, resourceManagerUrl }),
    },
  });
}
