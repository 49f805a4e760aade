import fc from "fast-check";
import { expect } from "vitest";
import { ActivityApiError } from "../../activity-api/errors.ts";
import { SubscriptionNotReadyError } from "../../activity-api/subscriptionNotReady.ts";
import type { Fault } from "../../local/activity/faultDefinition.ts";
import type { SeenRequest } from "../../local/activity/requestLog.ts";
import { minutes } from "./activityApiFixture.ts";
import { AMPLE_MINUTES, type SubscriptionWorld } from "./subscriptionWorld.ts";

/** What decides whether a run may fail, and what it has to achieve. */
export interface Circumstances {
  /** Whether somebody changed the subscription since Pulumi looked at it last. */
  meddledWith: boolean;
  /** Whether the service may still be in trouble. */
  inTrouble: boolean;
}

type Command = fc.AsyncCommand<Circumstances, SubscriptionWorld, false>;

function command(name: string, run: Command["run"], check: Command["check"] = () => true): Command {
  return { check, run, toString: () => name };
}

interface UpSettings {
  kind: "up" | "up --refresh" | "up --replace" | "up --replace '**'" | "up after a rename";
  onDestroy: "keep" | "stop";
  readyTimeoutMinutes: number;
  deletesFirst: boolean;
}

/** It may fail in trouble or for want of time. Never does it stop anything, and when it succeeds, all is well. */
function up(settings: UpSettings): Command {
  return command(JSON.stringify(settings), async (circumstances, world) => {
    const failure = await operate(settings, world).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(world.requests("stop")).toEqual([]);
    expectPatience(world.requests("start"));
    if (failure !== undefined) return expectExcuse(failure, settings, circumstances);
    if (settings.kind !== "up") circumstances.meddledWith = false;
    if (!circumstances.meddledWith) expect(world.status()).toBe("enabled");
  });
}

async function operate(settings: UpSettings, world: SubscriptionWorld): Promise<void> {
  const { kind, deletesFirst, onDestroy, readyTimeoutMinutes } = settings;
  const { stack } = world;
  const run = world.newRun();
  const program = world.program({ onDestroy, readyTimeoutMinutes });
  if (kind === "up --refresh") await stack.refresh(run);
  if (kind === "up" || kind === "up --refresh") return stack.up(run, program);
  await stack.replace(run, program, {
    deletesFirst: deletesFirst && kind !== "up after a rename",
    deletedBy: kind === "up --replace '**'" ? world.newProcess() : run,
  });
}

/** Within one run: never refused twice for being too early, and 15 minutes from a start that was taken to the next. */
function expectPatience(starts: SeenRequest[]): void {
  expect(starts.filter(({ status }) => status === 403).length).toBeLessThanOrEqual(1);
  const taken = starts.filter(({ status }) => status === 200).map(({ at }) => Date.parse(at));
  for (const [index, time] of taken.slice(1).entries())
    expect(time - taken[index]!).toBeGreaterThanOrEqual(15 * minutes);
}

function expectExcuse(failure: unknown, { readyTimeoutMinutes }: UpSettings, { inTrouble }: Circumstances) {
  const isExpected = failure instanceof SubscriptionNotReadyError || failure instanceof ActivityApiError;
  if (!isExpected || (!inTrouble && readyTimeoutMinutes === AMPLE_MINUTES)) throw failure;
}

const refresh = command("refresh", async (circumstances, world) => {
  try {
    await world.stack.refresh(world.newRun());
    circumstances.meddledWith = false;
  } catch (error) {
    if (!circumstances.inTrouble) throw error;
  }
  expect([...world.requests("start"), ...world.requests("stop")]).toEqual([]);
});

const destroy = command("destroy", async (_circumstances, world) => {
  const before = world.status();
  const stops = world.stack.isToBeStopped && before === "enabled";
  await world.stack.destroy(world.newRun());
  expect(world.requests("start")).toEqual([]);
  expect(world.status()).toBe(stops ? "disabled" : before);
});

const disable = command("somebody disables it", async (circumstances, world) => {
  world.disableBehindItsBack();
  circumstances.meddledWith = true;
});

const remove = command("somebody removes it", async (circumstances, world) => {
  world.removeBehindItsBack();
  circumstances.meddledWith = true;
});

const startByHand = command("somebody starts it", async (_circumstances, world) => world.startByHand());

function wait(minutes: number): Command {
  return command(`${minutes} minutes pass`, async (_circumstances, world) => world.passMinutes(minutes));
}

function trouble(fault: Fault): Command {
  return command(JSON.stringify(fault), async (circumstances, world) => {
    world.service.setFault(fault);
    circumstances.inTrouble = true;
  });
}

const troubleEnds = command(
  "the trouble ends",
  async (circumstances, world) => {
    world.service.clearFaults();
    circumstances.inTrouble = false;
  },
  ({ inTrouble }) => inTrouble,
);

const anyUp = fc
  .record<UpSettings>({
    kind: fc.oneof(
      fc.constantFrom("up", "up --refresh"),
      fc.constantFrom("up --refresh", "up --replace", "up --replace '**'", "up after a rename"),
    ) as fc.Arbitrary<UpSettings["kind"]>,
    onDestroy: fc.constantFrom("keep", "stop"),
    readyTimeoutMinutes: fc.constantFrom(0, 5, AMPLE_MINUTES),
    deletesFirst: fc.boolean(),
  })
  .map(up);

const anyTrouble = fc
  .record<Fault>({
    operation: fc.constantFrom("list", "start"),
    skip: fc.nat(2),
    times: fc.integer({ min: 1, max: 10 }),
    effect: fc.constantFrom<Fault["effect"]>(
      { kind: "error", code: "AF50000" },
      { kind: "html" },
      { kind: "throttle", status: 429 },
      { kind: "reset", processed: true },
      { kind: "tokenRejected" },
    ),
  })
  .map(trouble);

/** It was seen to happen soon after a stop: https://github.com/MicrosoftDocs/office-365-management-api/issues/479 */
export const START_WITHOUT_EFFECT: Fault = {
  operation: "start",
  effect: { kind: "answer", status: 200, body: '{"contentType":"Audit.General","status":"enabled"}' },
};

const anyLie = fc
  .oneof(
    fc.record<Fault>({
      operation: fc.constant("list"),
      times: fc.integer({ min: 1, max: 50 }),
      effect: fc.constant({ kind: "listedAsDisabled" }),
    }),
    fc.constant(START_WITHOUT_EFFECT),
  )
  .map(trouble);

/** What may happen to a subscription and to its service, in any order. */
export const histories = fc.commands<Circumstances, SubscriptionWorld, false>(
  [
    ...Array(5).fill(anyUp),
    ...[refresh, destroy, disable, remove, startByHand, troubleEnds].map(always => fc.constant(always)),
    fc.integer({ min: 1, max: 20 }).map(wait),
    fc.oneof(anyTrouble, anyLie),
  ],
  { maxCommands: 20, size: "max" },
);
