/** A service provider's stack: all content types of many customers, looked at in one run. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { CHANGES_FOUND } from "../../local/engine/stack.ts";
import { type ManyTenants, startManyTenants } from "../../local/manyTenants.ts";
import { SECRET, SubscriptionStack, written } from "./subscriptionStack.ts";

const CUSTOMERS = 25;
const CONTENT_TYPES = [
  "Audit.General",
  "Audit.Exchange",
  "Audit.SharePoint",
  "Audit.AzureActiveDirectory",
  "DLP.All",
];

let stack: SubscriptionStack;
let customers: ManyTenants;
let tokensBefore: number;

beforeAll(async () => {
  stack = await SubscriptionStack.open();
  const { clientId } = stack.feed;
  customers = await startManyTenants(stack.tenant, CUSTOMERS, {
    application: { clientId, secret: SECRET },
  });
  const activityApiUrl = customers.activityApi.url;
  const declarations = customers.tenantIds.map((tenantId, index) => [
    `customer${index}`,
    { tenantId, activityApiUrl, contentTypes: CONTENT_TYPES },
  ]);
  stack.declare(Object.fromEntries(declarations));
  const up = await stack.pulumi.up();
  expect(up, written(up)).toMatchObject({ exitCode: 0 });
});

afterAll(async () => {
  await customers.close();
  await stack.close();
});

beforeEach(() => {
  customers.activityApi.service.clearRequests();
  tokensBefore = stack.tenant.entra.requests().length;
});

it("needs one token and one list per tenant to find 125 subscriptions as declared", async () => {
  const refresh = await stack.pulumi.refresh({ expectNoChanges: true });
  expect(refresh, written(refresh)).toMatchObject({ exitCode: 0 });
  expect(stack.tenant.entra.requests().length - tokensBefore).toBe(CUSTOMERS);
  const seen = customers.activityApi.service.requests();
  expect(seen.map(({ operation }) => operation)).toEqual(Array(CUSTOMERS).fill("list"));
  expect(new Set(seen.map(({ tenantId }) => tenantId))).toEqual(new Set(customers.tenantIds));
  expect(Object.keys(await stack.recorded())).toHaveLength(CUSTOMERS * CONTENT_TYPES.length);
});

it("tells the one subscription of one customer that drifted", async () => {
  customers.activityApi.service.disable("Audit.Exchange", { tenantId: customers.tenantIds[7] });
  const drift = await stack.pulumi.refresh({ expectNoChanges: true, args: ["--preview-only"] });
  expect(drift).toMatchObject({ exitCode: CHANGES_FOUND, resourceChanges: { update: 1 } });
  expect(drift.stdout).toContain("customer7-Audit.Exchange");
});

it("keeps all of them in state when one customer's list cannot be had", async () => {
  const tenantId = customers.tenantIds[3]!;
  const effect = { kind: "answer", status: 403 } as const;
  customers.activityApi.service.setFault({ operation: "list", tenantId, times: "always", effect });
  const refresh = await stack.pulumi.refresh();
  expect(refresh).toMatchObject({ exitCode: 1 });
  expect(written(refresh)).toContain(`Listing the subscriptions of tenant ${tenantId} failed`);
  expect(Object.keys(await stack.recorded())).toHaveLength(CUSTOMERS * CONTENT_TYPES.length);
});
