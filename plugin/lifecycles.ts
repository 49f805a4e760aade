import { deployerNeeds, type PlannedDeployment } from "../components/deployer/needs.ts";
import { UNKNOWN } from "../components/pulumi/wireFormat.ts";
import type { Properties } from "./secrets.ts";

/** The provider of a resource, as the modules that dynamic resources import export it. */
export interface LifecycleModule {
  check(
    olds: Properties,
    news: Properties,
  ): Promise<{ inputs: Properties; failures: { property: string; reason: string }[] }>;
  diff(
    id: string,
    olds: Properties,
    news: Properties,
  ): Promise<{ changes: boolean; replaces: string[]; deleteBeforeReplace?: boolean }>;
  create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
  read(id: string, props: Properties): Promise<{ id?: string; props?: Properties; inputs?: Properties }>;
  update(id: string, olds: Properties, news: Properties): Promise<{ outs: Properties }>;
  remove(id: string, props: Properties): Promise<void>;
}

/** Each is loaded when one of its resources is there, and serves what the state of dynamic resources is served by too. */
const MODULES: Record<string, () => Promise<unknown>> = {
  "defender-siem:index:AuditSubscription": () =>
    import("../components/subscription/auditSubscriptionProvider.ts"),
  "defender-siem:index:DeployerPrerequisites": async () =>
    planning(
      (await import("../components/deployer/deployerPrerequisitesProvider.ts")) as unknown as LifecycleModule,
    ),
  "defender-siem:index:FunctionPackage": () =>
    import("../components/functionPackage/functionPackageProvider.ts"),
  "defender-siem:index:VaultCertificate": () => import("../components/vault/vaultCertificateProvider.ts"),
};

/** @throws Error for a type that has none, which the schema has said before. */
export async function lifecycleOf(type: string): Promise<LifecycleModule> {
  const load = MODULES[type];
  if (load === undefined) throw new Error(`${type} is no resource of defender-siem.`);
  return (await load()) as LifecycleModule;
}

/** From another language the plan arrives as it was declared; the class of the npm package hands over what it takes. */
function planning(provider: LifecycleModule): LifecycleModule {
  return { ...provider, check: (olds, news) => provider.check(olds, withNeeds(news)) };
}

function withNeeds({
  registersApplication,
  grantsConsent,
  assignsRoles,
  createsResourceGroup,
  parts,
  ...news
}: Properties): Properties {
  if (news.needs !== undefined) return news;
  const planned = { registersApplication, grantsConsent, assignsRoles, createsResourceGroup, parts };
  const isUnknown = [...Object.values(planned), ...[parts ?? []].flat()].includes(UNKNOWN);
  return { ...news, needs: isUnknown ? UNKNOWN : deployerNeeds(planned as PlannedDeployment) };
}
