import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { OFFICE_365_MANAGEMENT_APIS } from "../../components/application/activityFeedGrants.ts";
import { OBSERVED_KNOBS } from "../../local/activity/knobs.ts";
import { ensureEngine } from "../../local/engine/ensureEngine.ts";
import { PulumiStack } from "../../local/engine/stack.ts";
import { type LocalTenant, startTenant } from "../../local/tenant.ts";
import { RELEASED_INTEGRATIONS } from "./releasedIntegrations.ts";
import { RELEASED, recordedText } from "./releasedState.ts";

/** `npm run record-release`: deploys each integration on a local tenant, and keeps the state that this version leaves. */
const REPOSITORY = path.join(import.meta.dirname, "../..");

const { version } = JSON.parse(await readFile(path.join(REPOSITORY, "package.json"), "utf8"));
const folder = path.join(RELEASED, version);
await mkdir(folder, { recursive: true });
for (const name of Object.keys(RELEASED_INTEGRATIONS)) {
  const file = path.join(folder, `${name}.json`);
  await writeFile(file, await record(name));
  console.info(`${path.relative(process.cwd(), file)}: the state of ${version}, ${name}`);
}

async function record(name: string): Promise<string> {
  const tenant = await startTenant({ knobs: { ...OBSERVED_KNOBS, startThrottleMinutes: 0 } });
  const stateFolder = await mkdtemp(path.join(tmpdir(), "record-release-"));
  const stack = new PulumiStack({
    engine: await ensureEngine(),
    programFolder: REPOSITORY,
    stateFolder,
    stackName: name,
    environment: tenant.environment,
  });
  try {
    const { secrets, ...integration } = RELEASED_INTEGRATIONS[name]!;
    const configuration = { ...tenant.configuration, ...integration.configuration };
    await stack.init(configuration, secrets);
    const up = await stack.up();
    if (up.exitCode !== 0) throw new Error(`${up.stdout}\n${up.stderr}`);
    const { deployer, managementApisObjectId } = whoDeployed(tenant);
    return recordedText(
      { deployer, managementApisObjectId, configuration, secrets },
      await stack.exportState({ showSecrets: true }),
    );
  } finally {
    await stack.close();
    await tenant.close();
    await rm(stateFolder, { recursive: true, force: true });
  }
}

function whoDeployed({ directory, resourceManager, environment, tenantId, subscriptionId }: LocalTenant) {
  const managementApis = directory.findServicePrincipalByClientId(OFFICE_365_MANAGEMENT_APIS);
  const { deployerObjectId: objectId } = resourceManager;
  return {
    deployer: { tenantId, subscriptionId, clientId: environment.ARM_CLIENT_ID!, objectId },
    managementApisObjectId: managementApis!.objectId,
  };
}
