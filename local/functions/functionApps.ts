import type { FunctionApp, FunctionAppHosts } from "../azure/resourceManagerHooks.ts";
import { FunctionAppSite, type FunctionAppSurroundings } from "./functionAppSite.ts";
import type { InvocationResult } from "./functionHost.ts";

/** The function apps of the local tenant, by resource id in lower case, since Azure compares ids without regard to it. */
export class FunctionApps {
  readonly #surroundings: FunctionAppSurroundings;
  readonly #sites = new Map<string, FunctionAppSite>();

  constructor(surroundings: FunctionAppSurroundings) {
    this.#surroundings = surroundings;
  }

  async create(app: FunctionApp): Promise<FunctionAppHosts> {
    const site = await FunctionAppSite.start(app, this.#surroundings);
    this.#sites.set(app.resourceId.toLowerCase(), site);
    return site.hosts;
  }

  async update(app: FunctionApp): Promise<void> {
    await this.#sites.get(app.resourceId.toLowerCase())?.update(app);
  }

  async delete({ resourceId }: Pick<FunctionApp, "resourceId">): Promise<void> {
    const site = this.#sites.get(resourceId.toLowerCase());
    this.#sites.delete(resourceId.toLowerCase());
    await site?.close();
  }

  /** Names of the functions that the host has found in the code of an app; undefined when there is no such app. */
  functionNames(resourceId: string): string[] | undefined {
    const site = this.#sites.get(resourceId.toLowerCase());
    return site && (site.functionApp?.functions() ?? []).map(({ name }) => name);
  }

  /**
   * Runs a function of an app now instead of at its next time.
   *
   * @throws Error when there is no such app, or no code on it, or no such function in the code.
   */
  async run(appName: string, functionName: string): Promise<InvocationResult> {
    const site = [...this.#sites].find(([resourceId]) =>
      resourceId.endsWith(`/sites/${appName.toLowerCase()}`),
    )?.[1];
    if (site === undefined) throw new Error(`The local tenant has no function app "${appName}".`);
    if (site.functionApp === undefined)
      throw new Error(`Nothing is published on the function app "${appName}".`);
    return await site.functionApp.run(functionName);
  }

  async close(): Promise<void> {
    const sites = [...this.#sites.values()];
    this.#sites.clear();
    await Promise.all(sites.map(site => site.close()));
  }
}
