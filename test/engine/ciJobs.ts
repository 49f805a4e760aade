import { copyFile, cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type CommandResult, runCommand } from "../../local/engine/childProcess.ts";
import type { Engine } from "../../local/engine/engine.ts";
import { PulumiStack } from "../../local/engine/stack.ts";
import type { LocalTenant } from "../../local/tenant.ts";
import { type CiSystem, type PipelineKind, shellSteps } from "../pure/ciPipelines.ts";

const REPOSITORY = path.join(import.meta.dirname, "../..");
/** What the program is made of. */
const CHECKED_OUT = [
  "Pulumi.yaml",
  "index.ts",
  "package.json",
  "package-lock.json",
  "activity-api",
  "command",
  "components",
  "doctor",
  "poller",
  "examples",
];
const STACK_NAME = "production";
const GITLAB_SUBJECT = "project_path:contoso/siem:ref_type:branch:ref:main";

/** Variables by which a CI system is known, so that a test that itself runs in one does not show through. */
const OF_A_CI_SYSTEM = /^(CI|CI_.*|GITHUB_.*|GITLAB_.*|TF_BUILD|SYSTEM_.*|BUILD_.*|AGENT_.*)$/;

/** A checked-out repository with a stack of its own, and the machines on which the three CI systems run their jobs in it. */
export class CiJobs {
  readonly #tenant: LocalTenant;
  readonly #folder: string;
  readonly #stack: PulumiStack;
  readonly #checkout: string;
  /** All that the jobs have printed. */
  output = "";

  private constructor(tenant: LocalTenant, engine: Engine, folder: string) {
    this.#tenant = tenant;
    this.#folder = folder;
    this.#checkout = path.join(folder, "checkout");
    const { NODE_EXTRA_CA_CERTS, PULUMI_DEBUG_PROVIDERS } = tenant.environment;
    this.#stack = new PulumiStack({
      engine,
      programFolder: REPOSITORY,
      stateFolder: path.join(folder, "state"),
      stackName: STACK_NAME,
      environment: { NODE_EXTRA_CA_CERTS, PULUMI_DEBUG_PROVIDERS },
    });
  }

  static async create(tenant: LocalTenant, engine: Engine): Promise<CiJobs> {
    const jobs = new CiJobs(tenant, engine, await mkdtemp(path.join(tmpdir(), "ci-")));
    trustGitlab(tenant);
    await jobs.#stack.init({
      ...tenant.configuration,
      trustedPipelines: trustedPipelines(tenant),
      monitoring: { enabled: false },
    });
    await jobs.#checkOut();
    return jobs;
  }

  /** Runs the shell steps of a pipeline as its CI system does, until one fails. */
  async run(system: CiSystem, kind: PipelineKind): Promise<CommandResult> {
    const machine = await machines[system](this.#tenant, this.#variables());
    let result: CommandResult = { exitCode: 0, stdout: "", stderr: "" };
    // The dependencies and Pulumi are on this machine already.
    for (const step of shellSteps(system, kind).filter(({ isSetUp }) => !isSetUp)) {
      const script = path.join(this.#folder, "step.sh");
      await writeFile(script, machine.expand(step.script));
      const declared = Object.entries(step.environment).map(([name, value]) => [name, machine.expand(value)]);
      result = await runCommand("bash", [...machine.shellOptions, script], {
        cwd: this.#checkout,
        env: { ...this.#environment(), ...machine.environment, ...Object.fromEntries(declared) },
      });
      this.output += result.stdout + result.stderr;
      if (result.exitCode !== 0) break;
    }
    return result;
  }

  async close(): Promise<void> {
    await this.#stack.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The files of the repository, with the stack's configuration as a team commits it. */
  async #checkOut(): Promise<void> {
    for (const part of CHECKED_OUT)
      await cp(path.join(REPOSITORY, part), path.join(this.#checkout, part), { recursive: true });
    await symlink(path.join(REPOSITORY, "node_modules"), path.join(this.#checkout, "node_modules"), "dir");
    const { configFile } = this.#stack;
    await copyFile(configFile, path.join(this.#checkout, path.basename(configFile)));
  }

  /** What a team writes into the settings of its CI system. */
  #variables(): Record<string, string> {
    const { ARM_CLIENT_ID, ARM_TENANT_ID, ARM_SUBSCRIPTION_ID } = this.#tenant.environment;
    return {
      ARM_CLIENT_ID: ARM_CLIENT_ID!,
      ARM_TENANT_ID: ARM_TENANT_ID!,
      ARM_SUBSCRIPTION_ID: ARM_SUBSCRIPTION_ID!,
      PULUMI_STACK: STACK_NAME,
      PULUMI_BACKEND_URL: this.#stack.environment.PULUMI_BACKEND_URL!,
    };
  }

  #environment(): NodeJS.ProcessEnv {
    const inherited = Object.entries(this.#stack.environment).filter(([name]) => !OF_A_CI_SYSTEM.test(name));
    // The pipelines name the backend themselves.
    return { ...Object.fromEntries(inherited), PULUMI_BACKEND_URL: undefined };
  }
}

/** What a CI system adds to a script: its variables, its tokens, and the way it starts a shell. */
interface Machine {
  shellOptions: string[];
  environment: Record<string, string>;
  /** Puts values in the place of the expressions of the CI system. */
  expand(text: string): string;
}

type StartMachine = (tenant: LocalTenant, variables: Record<string, string>) => Promise<Machine>;

const machines: Record<CiSystem, StartMachine> = {
  github: async ({ pipeline }, variables) => ({
    shellOptions: ["-e"],
    environment: { CI: "true", GITHUB_ACTIONS: "true", ...pipeline.environment },
    expand: text => text.replace(/\$\{\{ vars\.(\w+) \}\}/g, (_all, name) => settingOf(variables, name)),
  }),

  "azure-devops": async ({ pipeline, environment }, variables) => {
    const { SYSTEM_ACCESSTOKEN, SYSTEM_OIDCREQUESTURI } = pipeline.azureDevOps.environment;
    return {
      shellOptions: [],
      environment: {
        TF_BUILD: "True",
        SYSTEM_OIDCREQUESTURI,
        // Of the task AzureCLI@2; it knows the client id and the tenant id from the service connection.
        AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: pipeline.azureDevOps.serviceConnectionId,
        servicePrincipalId: environment.ARM_CLIENT_ID!,
        tenantId: environment.ARM_TENANT_ID!,
        idToken: await pipeline.issueToken({ subject: pipeline.azureDevOps.subject }),
        ...only(variables, ["PULUMI_STACK", "PULUMI_BACKEND_URL", "ARM_SUBSCRIPTION_ID"]),
      },
      expand: text => text.replaceAll("$(System.AccessToken)", SYSTEM_ACCESSTOKEN),
    };
  },

  gitlab: async ({ pipeline }, variables) => ({
    shellOptions: ["-eo", "pipefail"],
    environment: {
      CI: "true",
      GITLAB_CI: "true",
      ARM_OIDC_TOKEN: await pipeline.issueToken({ subject: GITLAB_SUBJECT }),
      ...variables,
    },
    expand: text => text,
  }),
};

function settingOf(variables: Record<string, string>, name: string): string {
  const value = variables[name];
  if (value === undefined) throw new Error(`The pipeline reads ${name}, which no README asks to be set.`);
  return value;
}

function only(variables: Record<string, string>, names: string[]): Record<string, string> {
  return Object.fromEntries(names.map(name => [name, settingOf(variables, name)]));
}

function trustedPipelines({ pipeline }: LocalTenant) {
  const { issuer } = pipeline;
  return {
    github: { issuer, subject: pipeline.subject },
    "azure-devops": { issuer, subject: pipeline.azureDevOps.subject },
    gitlab: { issuer, subject: GITLAB_SUBJECT },
  };
}

/** The deployer of the local tenant trusts the other two from the start. */
function trustGitlab({ directory, environment, pipeline }: LocalTenant): void {
  const deployer = directory.findApplicationByClientId(environment.ARM_CLIENT_ID!)!;
  directory.addFederatedCredential(deployer.objectId, {
    name: "gitlab",
    issuer: pipeline.issuer,
    subject: GITLAB_SUBJECT,
    audiences: ["api://AzureADTokenExchange"],
  });
}
