import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { OBSERVED_KNOBS } from "../activity/knobs.ts";
import { ensureEngine } from "../engine/ensureEngine.ts";
import { resourceStep } from "../engine/resourceSteps.ts";
import { CHANGES_FOUND, type OperationResult, PulumiStack } from "../engine/stack.ts";
import { closeOnInterrupt } from "../interrupt.ts";
import { type LocalTenant, startTenant } from "../tenant.ts";
import { count, Narration } from "./narration.ts";
import { pollNow } from "./polling.ts";
import { stayOpen } from "./stay.ts";
import { mustBeTrue } from "./storyFailure.ts";
import { countByName, landedEvents, publishEvents } from "./threats.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
/** Made anew by every run; git ignores it. */
const STORY_FOLDER = path.join(REPOSITORY, ".local", "start");

/** What the story and its steps share. */
interface Scene {
  tenant: LocalTenant;
  stack: PulumiStack;
  say: Narration;
  /** Every threat published so far: what has to be in the event store, each once and byte for byte. */
  threats: string[];
}

interface Outputs {
  clientId: string;
  eventsUrl: string;
  functionAppName: string;
  subscriptions: Record<string, string>;
}

/**
 * Declares this repository's own program on a local tenant with the real engine, collects what is published there, and
 * shows drift and its cure.
 *
 * @throws StoryFailure when a step was not true.
 */
export async function runStory({ stay }: { stay: boolean }): Promise<void> {
  const say = new Narration();
  const engine = await ensureEngine();
  await rm(STORY_FOLDER, { recursive: true, force: true });
  await mkdir(STORY_FOLDER, { recursive: true });
  // The story disables and starts within a minute, where the service would ask for fifteen; tests prove that wait.
  const tenant = await startTenant({ knobs: { ...OBSERVED_KNOBS, startThrottleMinutes: 0 } });
  const stack = new PulumiStack({
    engine,
    programFolder: REPOSITORY,
    stateFolder: STORY_FOLDER,
    stackName: "local",
    environment: tenant.environment,
  });
  const close = async () => {
    await stack.close();
    await tenant.close();
  };
  const interrupted = closeOnInterrupt(close);
  try {
    say.step("Engine", `Pulumi ${engine.version}`);
    say.step("Tenant", `${tenant.tenantId}, on loopback: Entra, Management Activity API, Azure`);
    const scene: Scene = { tenant, stack, say, threats: [] };
    const outputs = await declare(scene);
    await collect(scene, outputs, { events: 600, seed: "morning" });
    await drift(scene);
    await heal(scene);
    await collect(scene, outputs, { events: 200, seed: "afternoon" });
    await conclude(scene, outputs);
    if (stay) await stayOpen(stack, STORY_FOLDER, say);
  } catch (error) {
    if (!interrupted.aborted) throw error;
    // It failed because it was closed, which is no failure to tell: the interrupt ends the process.
    await new Promise<never>(() => {});
  } finally {
    await close();
  }
}

async function declare({ stack, tenant, say }: Scene): Promise<Outputs> {
  await stack.init(tenant.configuration);
  const startedAt = Date.now();
  const up = await stack.up();
  mustBeTrue(up.exitCode === 0, "pulumi up declares the integration", transcript(up));
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  const outputs = (await stack.outputs()) as unknown as Outputs;
  mustBeTrue(outputs.subscriptions["Audit.General"] === "enabled", "the subscription is enabled");
  say.step(
    "Declare",
    `pulumi up: ${count(up.resourceChanges.create ?? 0, "resource")} created in ${seconds} s`,
  );
  say.step("", `subscription to Audit.General enabled, for application ${outputs.clientId}`);
  return outputs;
}

async function collect(
  scene: Scene,
  outputs: Outputs,
  what: { events: number; seed: string },
): Promise<void> {
  const { tenant, say } = scene;
  const published = await publishEvents(tenant, what);
  scene.threats.push(...published.threats);
  const { threats, contentBlobs } = published;
  say.step(
    "Publish",
    `${count(published.events, "event")} in ${count(contentBlobs, "content blob")}, ${threats.length} of them of Defender for Office 365`,
  );
  say.step("Collect", ...(await pollNow(tenant, outputs.functionAppName)));
  const { lines, blobNames } = await landedEvents(tenant, outputs.eventsUrl);
  mustBeTrue(
    sameTexts(lines, scene.threats),
    `every threat is in the event store once and byte for byte: ${scene.threats.length} published, ${lines.length} there`,
  );
  say.step(
    "Land",
    `${count(lines.length, "event")} in ${count(blobNames.length, "blob")} of ${outputs.eventsUrl}`,
  );
  say.step("", countByName(lines));
}

async function drift({ stack, tenant, say }: Scene): Promise<void> {
  tenant.activity.disable("Audit.General");
  say.step("Drift", "somebody disables the subscription outside Pulumi");
  const drifted: string[] = [];
  const preview = await stack.preview({
    refresh: true,
    expectNoChanges: true,
    onEvent: event => {
      const step = resourceStep(event);
      if (step?.operation === "update" && step.phase === "done") drifted.push(step.name);
    },
  });
  mustBeTrue(
    preview.exitCode === CHANGES_FOUND,
    `pulumi preview --refresh --expect-no-changes ends with ${CHANGES_FOUND}, not ${preview.exitCode}`,
    transcript(preview),
  );
  mustBeTrue(drifted.length === 1, `one resource has drifted, not ${drifted.length}`, transcript(preview));
  say.step(
    "",
    `pulumi preview --refresh --expect-no-changes: exit ${preview.exitCode}, ${drifted[0]} differs`,
  );
}

async function heal({ stack, say }: Scene): Promise<void> {
  const up = await stack.up({ refresh: true });
  mustBeTrue(up.exitCode === 0, "pulumi up --refresh heals the subscription", transcript(up));
  const { subscriptions } = (await stack.outputs()) as unknown as Outputs;
  mustBeTrue(subscriptions["Audit.General"] === "enabled", "the subscription is enabled again");
  say.step(
    "Heal",
    `pulumi up --refresh: ${count(up.resourceChanges.update ?? 0, "resource")} updated, enabled again`,
  );
}

async function conclude({ tenant, say }: Scene, { eventsUrl }: Outputs): Promise<void> {
  const { lines } = await landedEvents(tenant, eventsUrl);
  const file = path.join(STORY_FOLDER, "events.ndjson");
  await writeFile(file, `${lines.join("\n")}\n`);
  say.plain(
    "",
    `All of it was true, in ${say.seconds} s. The events are in ${path.relative(process.cwd(), file)}.`,
    "",
    "Next:  npm start -- --stay   the same, and then pulumi is yours",
    "       npm run tenant        the tenant alone, for any client of the API",
    "       npm test              every promise, tested",
    "       README.md             a program of 15 lines, and what a real deployment needs",
  );
}

function sameTexts(one: string[], other: string[]): boolean {
  return one.toSorted().join("\n") === other.toSorted().join("\n");
}

function transcript({ stdout, stderr }: OperationResult): string {
  return `${stdout}\n${stderr}`;
}
