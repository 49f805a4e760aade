import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureEngine } from "../local/engine/ensureEngine.ts";
import { type OperationResult, PulumiStack } from "../local/engine/stack.ts";
import { type ManyTenants, startManyTenants } from "../local/manyTenants.ts";
import { type LocalTenant, startTenant } from "../local/tenant.ts";
import { median, seconds } from "./statistics.ts";

const TENANTS = 25;
const CONTENT_TYPES = 5;
const PAIRS = 5;
const GOAL = 1.5;

/**
 * What does a refresh of all content types of many tenants cost, beside one of as many dynamic resources that do nothing?
 * The two take turns, so that a slow moment of the machine meets both. The services of the local tenant run on the same
 * processors, and what they take counts against us.
 */
export async function benchRefresh(): Promise<void> {
  const application = { clientId: randomUUID(), secret: randomUUID() };
  const stateFolder = await mkdtemp(path.join(tmpdir(), "bench-refresh-"));
  const tenant = await startTenant();
  const customers = await startManyTenants(tenant, TENANTS, { application });
  const stackOf = await stacksIn(stateFolder, tenant, application.secret);
  const subscriptions = stackOf("subscriptions");
  const noOps = stackOf("no-op");
  try {
    await subscriptions.init({
      tenantIds: customers.tenantIds,
      clientId: application.clientId,
      activityApiUrl: customers.activityApi.url,
      authorityUrl: tenant.entra.url,
    });
    await noOps.init({ resources: TENANTS * CONTENT_TYPES });
    await succeeded(subscriptions.up());
    await succeeded(noOps.up());

    const asked = requestsDuring(tenant, customers);
    const pairs: { subscriptions: number; noOps: number }[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      pairs.push({
        subscriptions: await seconds(() => succeeded(subscriptions.refresh({ expectNoChanges: true }))),
        noOps: await seconds(() => succeeded(noOps.refresh({ expectNoChanges: true }))),
      });
    }
    report(pairs, asked());
  } finally {
    await subscriptions.close();
    await noOps.close();
    await customers.close();
    await tenant.close();
    await rm(stateFolder, { recursive: true, force: true });
  }
}

async function stacksIn(stateFolder: string, tenant: LocalTenant, secret: string) {
  const engine = await ensureEngine();
  return (program: string) =>
    new PulumiStack({
      engine,
      programFolder: path.join(import.meta.dirname, "programs", program),
      stateFolder: path.join(stateFolder, program),
      stackName: "bench",
      environment: { NODE_EXTRA_CA_CERTS: tenant.tls.caFile, SIEM_CLIENT_SECRET: secret },
    });
}

/** Counts the tokens and lists that are asked for from now on. */
function requestsDuring({ entra }: LocalTenant, { activityApi: { service } }: ManyTenants) {
  const tokensBefore = entra.requests().length;
  service.clearRequests();
  return () => ({
    tokens: entra.requests().length - tokensBefore,
    lists: service.requests().filter(({ operation }) => operation === "list").length,
    others: service.requests().filter(({ operation }) => operation !== "list").length,
  });
}

function report(
  pairs: { subscriptions: number; noOps: number }[],
  asked: { tokens: number; lists: number; others: number },
): void {
  const resources = TENANTS * CONTENT_TYPES;
  const ratio = median(pairs.map(pair => pair.subscriptions / pair.noOps));
  const ours = median(pairs.map(pair => pair.subscriptions)).toFixed(2);
  const floor = median(pairs.map(pair => pair.noOps)).toFixed(2);
  console.log(`refresh of ${resources} unchanged subscriptions     ${ours} s`);
  console.log(`refresh of ${resources} no-op dynamic resources     ${floor} s`);
  console.log(`ratio, median of ${PAIRS} pairs                ${ratio.toFixed(2)} (goal: at most ${GOAL})`);
  console.log(
    `asked for in one refresh of ${TENANTS} tenants     ${asked.tokens / PAIRS} tokens, ${asked.lists / PAIRS} lists, ` +
      `${asked.others / PAIRS} other requests (goal: one token and one list per tenant, and no more)`,
  );
}

async function succeeded(operation: Promise<OperationResult>): Promise<void> {
  const { exitCode, stdout, stderr } = await operation;
  if (exitCode !== 0) throw new Error(`pulumi ended with exit code ${exitCode}:\n${stdout}\n${stderr}`);
}
