import { type Clock, systemClock } from "../../activity-api/clock.ts";
import { type Deployment, DeploymentStatus, ScmError, type ScmSite } from "./scmSite.ts";

export interface PublishOptions {
  /** Until the app must have taken the code over, retries included. */
  timeoutMinutes: number;
  /** Takes the lines that a user should see meanwhile. */
  report(line: string): void;
  /** Defaults to the system's. */
  clock?: Clock;
}

const FIRST_LOOK_MILLISECONDS = 250;
const LONGEST_WAIT_MILLISECONDS = 5_000;

/** How long public deployers wait before they try a new identity's role again. */
const ROLE_SPREAD_MILLISECONDS = 20_000;

/**
 * Publishes the zip and waits until the app has taken it over. What passes is waited out: another deployment, a site that
 * is not up yet, and a role of the app's identity that Azure has not spread yet.
 *
 * @returns the id of the deployment.
 * @throws Error with the service's own words when the deployment failed or the time is up.
 */
export async function publish(
  site: ScmSite,
  zip: Uint8Array,
  { timeoutMinutes, report, clock = systemClock }: PublishOptions,
): Promise<string> {
  const deadline = new Deadline(timeoutMinutes, clock);
  for (;;) {
    const before = await look(site, undefined);
    const id = await handOver(site, zip, deadline);
    const deployment = await outcome(site, { id, before: before?.id }, deadline);
    if (deployment.status === DeploymentStatus.success) return deployment.id;
    const reason = await whyItFailed(site, deployment);
    if (!isRoleNotSpread(reason)) throw notDeployed(site, reason);
    await deadline.wait(ROLE_SPREAD_MILLISECONDS, () => notDeployed(site, reason));
    report("The app's identity may not write to its deployment container yet; publishing again.");
  }
}

async function handOver(site: ScmSite, zip: Uint8Array, deadline: Deadline): Promise<string | undefined> {
  for (let wait = FIRST_LOOK_MILLISECONDS; ; wait = longer(wait)) {
    try {
      return await site.publish(zip);
    } catch (error) {
      if (!(error instanceof ScmError) || error.kind === "refused") throw error;
      await deadline.wait(wait, () => error);
    }
  }
}

/**
 * The deployment when it is over, whichever way. Where the site named no id it is the latest one, and that is the one
 * before until the new one appears.
 */
async function outcome(
  site: ScmSite,
  { id, before }: { id: string | undefined; before: string | undefined },
  deadline: Deadline,
): Promise<Deployment> {
  for (let wait = FIRST_LOOK_MILLISECONDS; ; wait = longer(wait)) {
    const deployment = await look(site, id);
    if (deployment && deployment.id !== before && deployment.status >= DeploymentStatus.failed)
      return deployment;
    await deadline.wait(wait, () =>
      notDeployed(
        site,
        `it has not finished in ${deadline.minutes} minutes. ${deployment?.text ?? ""}`.trim(),
      ),
    );
  }
}

/** Undefined also where the site gives no answer to rely on, as while the app restarts. */
async function look(site: ScmSite, id: string | undefined): Promise<Deployment | undefined> {
  try {
    return await site.deployment(id);
  } catch (error) {
    if (error instanceof ScmError && error.kind !== "refused") return undefined;
    throw error;
  }
}

/** The status text is often empty, and the reason in the log. */
async function whyItFailed(site: ScmSite, { id, text }: Deployment): Promise<string> {
  const log = await site.deploymentLog(id);
  const reasons = log.filter(line => /exception|error|fail/i.test(line));
  return [...new Set([text, ...reasons])].filter(part => part !== "").join("\n") || "it gives no reason.";
}

/** What the platform says when the app's identity may not write to the deployment container; also for minutes after the role was granted. */
function isRoleNotSpread(reason: string): boolean {
  return /BlobUploadFailedException|InaccessibleStorageException/.test(reason) && /\b403\b/.test(reason);
}

function notDeployed(site: ScmSite, reason: string): Error {
  const advice = isRoleNotSpread(reason)
    ? "\nThe app's identity needs Storage Blob Data Owner on the storage account of its deployment container, and the " +
      "account's firewall must let the app in: a closed account needs a private endpoint in the app's virtual network, " +
      "with its name in a private DNS zone that the network asks, before the code is published."
    : "";
  return new Error(`The package was not deployed by https://${site.hostName}: ${reason}${advice}`);
}

function longer(wait: number): number {
  return Math.min(wait * 2, LONGEST_WAIT_MILLISECONDS);
}

class Deadline {
  readonly minutes: number;
  readonly #clock: Clock;
  readonly #end: number;

  constructor(minutes: number, clock: Clock) {
    this.minutes = minutes;
    this.#clock = clock;
    this.#end = clock.now() + minutes * 60_000;
  }

  /** @throws what `error` gives when the wait would end too late. */
  async wait(milliseconds: number, error: () => Error): Promise<void> {
    if (this.#clock.now() + milliseconds > this.#end) throw error();
    await this.#clock.sleep(milliseconds);
  }
}
