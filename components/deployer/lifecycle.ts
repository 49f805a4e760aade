import { isDeepStrictEqual } from "node:util";
import { Cloud, parseCloud } from "../../activity-api/clouds.ts";
import { parseEndpoint } from "../../activity-api/endpoints.ts";
import { parseTenantId } from "../../activity-api/identifiers.ts";
import { type CheckFailure, InputCheck } from "../pulumi/inputCheck.ts";
import { definedOnly, UNKNOWN } from "../pulumi/wireFormat.ts";
import type { DeployerNeeds } from "./needs.ts";

/** What `DeployerPrerequisites` hands to its provider, and what state keeps. */
export interface DeployerPrerequisitesInputs {
  tenantId: string;
  subscriptionId: string;
  cloud?: string;
  resourceGroupName?: string;
  authorityUrl?: string;
  resourceManagerUrl?: string;
  needs: DeployerNeeds;
}

/** The life of a `DeployerPrerequisites`: a look, whenever something is needed that was not looked at before. */
export class DeployerPrerequisitesLifecycle {
  readonly #env: NodeJS.ProcessEnv;

  /** @param env where the deployer's credential is looked for. Defaults to the environment of the process. */
  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#env = env;
  }

  /** Fails with everything that is missing, in the preview already. */
  async check(
    olds: Partial<DeployerPrerequisitesInputs>,
    news: DeployerPrerequisitesInputs,
  ): Promise<{ inputs: DeployerPrerequisitesInputs; failures: CheckFailure[] }> {
    const inputs = definedOnly(news);
    const check = new InputCheck();
    check.parse("tenantId", news.tenantId, parseTenantId);
    check.parse("cloud", news.cloud, parseCloud);
    check.parse("authorityUrl", news.authorityUrl, url => parseEndpoint("authorityUrl", url));
    check.parse("resourceManagerUrl", news.resourceManagerUrl, url =>
      parseEndpoint("resourceManagerUrl", url),
    );
    const isLookedAt = isDeepStrictEqual(decisive(olds), decisive(inputs));
    if (check.failures.length > 0 || isLookedAt || isUnknown(inputs))
      return { inputs, failures: check.failures };
    return { inputs, failures: await this.#missing(inputs) };
  }

  diff(olds: DeployerPrerequisitesInputs, news: DeployerPrerequisitesInputs) {
    const replaces = olds.subscriptionId === news.subscriptionId ? [] : ["subscriptionId"];
    return { changes: !isDeepStrictEqual(decisive(olds), decisive(news)), replaces };
  }

  async #missing(inputs: DeployerPrerequisitesInputs): Promise<CheckFailure[]> {
    // Loaded here, since a preview without changes should not wait for HTTP and token libraries.
    const { preflight } = await import("./preflight.ts");
    const { prerequisiteTable } = await import("../../activity-api/prerequisites/table.ts");
    const { cloud, resourceGroupName, authorityUrl, resourceManagerUrl } = inputs;
    const checks = await preflight(
      {
        ...inputs,
        cloud: cloud === undefined ? Cloud.commercial : parseCloud(cloud),
        resourceGroupName,
        authorityUrl,
        resourceManagerUrl,
      },
      this.#env,
    );
    const failed = checks.filter(({ state }) => state === "failed");
    if (failed.length === 0) return [];
    const reason = `Nothing was created, because the deployer cannot finish:\n${prerequisiteTable(failed)}`;
    // No property is named, since Pulumi would print its value before the reason.
    return [{ property: "", reason }];
  }
}

/** Where the answer comes from makes no other answer. */
function decisive(inputs: Partial<DeployerPrerequisitesInputs>) {
  const { tenantId, subscriptionId, resourceGroupName, needs } = inputs;
  return { tenantId, subscriptionId, resourceGroupName, needs };
}

/** As in the preview of what creates the resource group. */
function isUnknown(inputs: DeployerPrerequisitesInputs): boolean {
  return Object.values(inputs).includes(UNKNOWN);
}
