import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Clock } from "../../activity-api/clock.ts";
import { CLOUDS, Cloud, parseCloud } from "../../activity-api/clouds.ts";
import type { TokenSource } from "../../activity-api/tokens.ts";
import {
  checkInputs,
  DEFAULT_PUBLISH_TIMEOUT_MINUTES,
  type FunctionPackageInputs,
} from "./functionPackageInputs.ts";
import type { Deployment, ScmSite } from "./scmSite.ts";

/** What state keeps as the outputs. */
export interface FunctionPackageOutputs extends FunctionPackageInputs {
  deploymentId: string;
}

export interface LifecycleOptions {
  /** Takes the lines that a user should see meanwhile. Defaults to standard output, which Pulumi shows. */
  report?: (line: string) => void;
  /** Where credentials are looked for. Defaults to the environment of the process. */
  env?: NodeJS.ProcessEnv;
  /** Defaults to the system's. */
  clock?: Clock;
}

/** The life of a `FunctionPackage`. */
export class FunctionPackageLifecycle {
  readonly #report: (line: string) => void;
  readonly #env: NodeJS.ProcessEnv;
  readonly #clock: Clock | undefined;

  constructor({ report = console.info, env = process.env, clock }: LifecycleOptions = {}) {
    this.#report = report;
    this.#env = env;
    this.#clock = clock;
  }

  check(news: FunctionPackageInputs) {
    return checkInputs(news);
  }

  /**
   * Other code is published over the old. A replaced app keeps its resource id and has no code: that its id may change
   * makes the engine replace this resource along with the app, and so publish again.
   */
  diff(olds: FunctionPackageOutputs, news: FunctionPackageInputs) {
    const replaces = (["functionAppId", "scmHostName"] as const).filter(key => olds[key] !== news[key]);
    return { changes: replaces.length > 0 || olds.contentHash !== news.contentHash, replaces };
  }

  async create(inputs: FunctionPackageInputs): Promise<{ id: string; outs: FunctionPackageOutputs }> {
    return { id: inputs.functionAppId, outs: await this.#publish(inputs) };
  }

  async update(news: FunctionPackageInputs): Promise<{ outs: FunctionPackageOutputs }> {
    return { outs: await this.#publish(news) };
  }

  /**
   * The published code while the latest deployment is the one of state; any other, or none, is drift of its hash. Gone
   * with its site, when the app was deleted by hand.
   */
  async read(
    id: string,
    props: FunctionPackageOutputs,
  ): Promise<{ id?: string; props?: FunctionPackageOutputs; inputs?: FunctionPackageInputs }> {
    const { ScmError } = await import("./scmSite.ts");
    try {
      const latest = await (await this.#site(props)).deployment();
      const observed =
        latest?.id === props.deploymentId ? props : { ...props, contentHash: otherCode(latest) };
      const { deploymentId: _, ...inputs } = observed;
      return { id, props: observed, inputs };
    } catch (error) {
      if (error instanceof ScmError && error.kind === "unknownHost") return {};
      throw error;
    }
  }

  /** The functions have as long to appear as the deployment had. */
  async #publish(inputs: FunctionPackageInputs): Promise<FunctionPackageOutputs> {
    const zip = await readPackage(inputs);
    const { publish } = await import("./publishing.ts");
    const timeoutMinutes = inputs.publishTimeoutMinutes ?? DEFAULT_PUBLISH_TIMEOUT_MINUTES;
    const deploymentId = await publish(await this.#site(inputs), zip, {
      timeoutMinutes,
      report: this.#report,
      clock: this.#clock,
    });
    await this.#waitForFunctions(inputs, timeoutMinutes);
    return { ...inputs, deploymentId };
  }

  async #waitForFunctions(inputs: FunctionPackageInputs, timeoutMinutes: number): Promise<void> {
    const { functionAppId, functions = [], cloud, resourceManagerUrl } = inputs;
    if (functions.length === 0) return;
    const { waitForFunctions } = await import("./registeredFunctions.ts");
    await waitForFunctions({
      functionAppId,
      names: functions,
      resourceManagerUrl:
        resourceManagerUrl ?? CLOUDS[parseCloud(cloud ?? Cloud.commercial)].resourceManagerUrl,
      tokens: await this.#deployerTokens(inputs),
      timeoutMinutes,
      clock: this.#clock,
    });
  }

  /**
   * What speaks HTTP and gets tokens is loaded when the site is asked. A preview without refresh asks nothing, and would
   * wait for it in vain.
   */
  async #site(inputs: FunctionPackageInputs): Promise<ScmSite> {
    const { ScmSite } = await import("./scmSite.ts");
    return new ScmSite(inputs.scmHostName, await this.#deployerTokens(inputs));
  }

  async #deployerTokens({ tenantId, cloud, authorityUrl }: FunctionPackageInputs): Promise<TokenSource> {
    const { deployerTokens } = await import("../deployer/tokens.ts");
    const azure = parseCloud(cloud ?? Cloud.commercial);
    const deployer = { tenantId, cloud: azure, authorityUrl };
    return deployerTokens(deployer, CLOUDS[azure].resourceManagerAudience, this.#env);
  }
}

/** What stands in for a hash that is not known: the site tells ids of deployments, not what was in them. */
function otherCode(latest: Deployment | undefined): string {
  return latest === undefined ? "nothing is deployed" : `other code, by deployment ${latest.id}`;
}

/** What is published must be what was previewed. */
async function readPackage({ packagePath, contentHash }: FunctionPackageInputs): Promise<Uint8Array> {
  const zip = await readFile(packagePath).catch(error => {
    throw new Error(
      `The package ${packagePath} cannot be read from ${process.cwd()} (${error.code}). Run pulumi up again, which builds it.`,
    );
  });
  const hash = createHash("sha256").update(zip).digest("hex");
  if (hash === contentHash) return zip;
  throw new Error(
    `The package ${packagePath} has changed since the preview: its SHA-256 is ${hash}, not ${contentHash}. Run pulumi up again.`,
  );
}
