/**
 * Random histories of one subscription that is declared, meddled with and replaced, while its service has its troubles.
 * When one fails, fast-check prints the seed and the shortest history that fails as well.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Knobs } from "../../local/activity/knobs.ts";
import { type AuditSubscriptionFixture, startAuditSubscriptionFixture } from "./auditSubscriptionFixture.ts";
import { histories, START_WITHOUT_EFFECT } from "./subscriptionHistories.ts";
import { SubscriptionWorld } from "./subscriptionWorld.ts";

let tenant: AuditSubscriptionFixture;
beforeAll(async () => {
  tenant = await startAuditSubscriptionFixture();
});
afterAll(() => tenant.close());

it("is enabled after every up that succeeds, stopped by none, and enabled again once the trouble is over", async () => {
  const listDisabled = fc.constantFrom<Knobs["listDisabled"]>("show", "hide");
  const property = fc.asyncProperty(histories, listDisabled, async (history, listDisabled) => {
    tenant.api.service.turnKnobs({ listDisabled });
    const world = new SubscriptionWorld(tenant);
    const begin = () => ({ model: { meddledWith: false, inTrouble: false }, real: world });
    try {
      await fc.asyncModelRun(begin, history);
      world.service.clearFaults();
      await expectHealing(world);
      world.disableBehindItsBack();
      world.service.setFault(START_WITHOUT_EFFECT);
      await expectHealing(world);
      world.removeBehindItsBack();
      await expectHealing(world);
    } finally {
      await world.close();
    }
  });
  await fc.assert(property, { numRuns: 60 });
});

async function expectHealing(world: SubscriptionWorld): Promise<void> {
  const run = world.newRun();
  await world.stack.refresh(run);
  await world.stack.up(run, world.program());
  expect(world.status()).toBe("enabled");
}
