import { type Clock, systemClock } from "../../activity-api/clock.ts";
import { CLOUDS, Cloud, parseCloud } from "../../activity-api/clouds.ts";
import type { CertificateVault, VersionOfCertificate } from "./certificateVault.ts";
import { checkInputs, DEFAULTS, type VaultCertificateInputs } from "./vaultCertificateInputs.ts";

/** What state keeps as the outputs. All of it is public. */
export interface VaultCertificateOutputs extends VaultCertificateInputs {
  certificate: string;
  thumbprint: string;
  keyId: string;
  notAfter: string;
  /** Whether it can be used: "valid", "disabled" or "expiring". A refresh writes what it finds. */
  state: string;
}

export interface LifecycleOptions {
  /** Takes the lines that a user should see meanwhile. Defaults to standard output, which Pulumi shows. */
  report?: (line: string) => void;
  /** Where credentials are looked for. Defaults to the environment of the process. */
  env?: NodeJS.ProcessEnv;
  /** Defaults to the system's. */
  clock?: Clock;
}

const FIRST_LOOK_MILLISECONDS = 250;
const LONGEST_WAIT_MILLISECONDS = 5_000;
const ROLE_SPREAD_MILLISECONDS = 15_000;
const MAKING_MINUTES = 5;
const DAY_MILLISECONDS = 86_400_000;

/** The life of a `VaultCertificate`. */
export class VaultCertificateLifecycle {
  readonly #report: (line: string) => void;
  readonly #env: NodeJS.ProcessEnv;
  readonly #clock: Clock;

  constructor({ report = console.info, env = process.env, clock = systemClock }: LifecycleOptions = {}) {
    this.#report = report;
    this.#env = env;
    this.#clock = clock;
  }

  check(news: VaultCertificateInputs) {
    return checkInputs(news);
  }

  /** By the clock too: a version that is about to expire is a change without anybody having changed anything. */
  diff(olds: VaultCertificateOutputs, news: VaultCertificateInputs) {
    const replaces = (["vaultUri", "certificateName"] as const).filter(key => olds[key] !== news[key]);
    const changed = (["subject", "validityMonths"] as const).some(key => olds[key] !== news[key]);
    const isUsable = olds.state === "valid" && !this.#isExpiring(olds.notAfter, news);
    return { changes: replaces.length > 0 || changed || !isUsable, replaces };
  }

  /** A certificate of that name that is there already gets a further version: its policy may be another. */
  async create(inputs: VaultCertificateInputs): Promise<{ id: string; outs: VaultCertificateOutputs }> {
    const { vaultUri, certificateName } = inputs;
    return { id: `${vaultUri}certificates/${certificateName}`, outs: await this.#make(inputs) };
  }

  async update(news: VaultCertificateInputs): Promise<{ outs: VaultCertificateOutputs }> {
    return { outs: await this.#make(news) };
  }

  /** The version of state, with what became of it. Gone when the vault has it no more. */
  async read(
    id: string,
    props: VaultCertificateOutputs,
  ): Promise<{ id?: string; props?: VaultCertificateOutputs; inputs?: VaultCertificateInputs }> {
    const vault = await this.#vault(props);
    const version = props.keyId.slice(props.keyId.lastIndexOf("/") + 1);
    const found = await vault.find(props.certificateName, version);
    if (found === undefined) return {};
    const { certificate: _, thumbprint: __, keyId: ___, notAfter: ____, state: _____, ...inputs } = props;
    return { id, props: this.#outputs(inputs, found), inputs };
  }

  async #make(inputs: VaultCertificateInputs): Promise<VaultCertificateOutputs> {
    const {
      certificateName: name,
      subject = `CN=${name}`,
      validityMonths = DEFAULTS.validityMonths,
    } = inputs;
    const vault = await this.#vault(inputs);
    await this.#withRole(inputs, () => vault.make(name, { subject, validityMonths }));
    await this.#untilMade(vault, inputs);
    const made = await this.#withRole(inputs, () => vault.find(name));
    if (made !== undefined) return this.#outputs(inputs, made);
    throw new Error(`The key vault ${vault.uri} has no certificate ${name}, though it has just made it.`);
  }

  /** The role was assigned a moment ago. The vault learns of it in up to ten minutes, and not everywhere at once. */
  async #withRole<Result>(inputs: VaultCertificateInputs, work: () => Promise<Result>): Promise<Result> {
    const { VaultRefusedError } = await import("./certificateVault.ts");
    const deadline = this.#clock.now() + (inputs.roleTimeoutMinutes ?? DEFAULTS.roleTimeoutMinutes) * 60_000;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const isRoleMissing = error instanceof VaultRefusedError && error.innerCode === "ForbiddenByRbac";
        if (!isRoleMissing || this.#clock.now() + ROLE_SPREAD_MILLISECONDS > deadline) throw error;
        this.#report("The deployer may not make certificates in the key vault yet; trying again.");
        await this.#clock.sleep(ROLE_SPREAD_MILLISECONDS);
      }
    }
  }

  async #untilMade(vault: CertificateVault, inputs: VaultCertificateInputs): Promise<void> {
    const { certificateName: name } = inputs;
    const isMaking = () => this.#withRole(inputs, () => vault.isMaking(name));
    const deadline = this.#clock.now() + MAKING_MINUTES * 60_000;
    for (let wait = FIRST_LOOK_MILLISECONDS; await isMaking(); wait *= 2) {
      if (this.#clock.now() > deadline)
        throw new Error(
          `The key vault ${vault.uri} has not made ${name} in ${MAKING_MINUTES} minutes. Run pulumi up again.`,
        );
      await this.#clock.sleep(Math.min(wait, LONGEST_WAIT_MILLISECONDS));
    }
  }

  #outputs(inputs: VaultCertificateInputs, version: VersionOfCertificate): VaultCertificateOutputs {
    const { certificate, thumbprint, keyId, enabled } = version;
    // In whole seconds, as Graph gives it back: an application would get its certificate anew for the difference.
    const notAfter = version.notAfter.toISOString().replace(".000Z", "Z");
    const expiring = this.#isExpiring(notAfter, inputs) ? "expiring" : "valid";
    return { ...inputs, certificate, thumbprint, keyId, notAfter, state: enabled ? expiring : "disabled" };
  }

  #isExpiring(
    notAfter: string,
    { renewBeforeDays = DEFAULTS.renewBeforeDays }: VaultCertificateInputs,
  ): boolean {
    return Date.parse(notAfter) - this.#clock.now() < renewBeforeDays * DAY_MILLISECONDS;
  }

  /** What speaks HTTP and gets tokens is loaded when the vault is asked: a preview without refresh asks nothing. */
  async #vault({
    vaultUri,
    tenantId,
    cloud,
    authorityUrl,
  }: VaultCertificateInputs): Promise<CertificateVault> {
    const { CertificateVault } = await import("./certificateVault.ts");
    const { deployerTokens } = await import("../deployer/tokens.ts");
    const azure = parseCloud(cloud ?? Cloud.commercial);
    const deployer = { tenantId, cloud: azure, authorityUrl };
    return new CertificateVault(
      vaultUri,
      deployerTokens(deployer, CLOUDS[azure].keyVaultAudience, this.#env),
    );
  }
}
