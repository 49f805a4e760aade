import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  CI_FOLDER,
  CI_SYSTEMS,
  type PipelineKind,
  pipelineText,
  pipelineYaml,
  shellSteps,
  type Yaml,
} from "./ciPipelines.ts";
import { githubWorkflowErrors } from "./githubWorkflow.ts";

const KINDS: readonly PipelineKind[] = ["deploy", "drift"];
const PIPELINES = CI_SYSTEMS.flatMap(system => KINDS.map(kind => ({ system, kind })));

describe.each(PIPELINES)("the $kind pipeline for $system", ({ system, kind }) => {
  it("holds no secret and reads none", () => {
    const text = pipelineText(system, kind);
    expect(text).not.toMatch(/secrets\.|CLIENT_SECRET|PULUMI_ACCESS_TOKEN|PASSPHRASE|PASSWORD|STORAGE_KEY/i);
    expect(text).not.toMatch(/eyJ|[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  it("lets every provider prove itself with the token of the job", () => {
    for (const { environment } of shellSteps(system, kind).filter(({ isSetUp }) => !isSetUp))
      expect(environment.ARM_USE_OIDC).toBe("true");
  });

  it("ends with its one step of work, after the set-up of the machine", () => {
    expect(
      shellSteps(system, kind)
        .map(({ isSetUp }) => isSetUp)
        .indexOf(false),
    ).toBe(shellSteps(system, kind).length - 1);
    expect(shellSteps(system, kind).at(-1)!.script).toContain(
      kind === "deploy" ? "pulumi up --yes --refresh" : "node examples/ci/drift.ts",
    );
  });

  it("pins the version of Pulumi, and runs on Node 24", () => {
    expect(pipelineText(system, kind)).toMatch(/(--version|pulumi-version:) \d+\.\d+\.\d+/);
    expect(pipelineText(system, kind)).toMatch(/node-version: 24|version: 24\.x|image: node:24/);
  });
});

describe("the pipelines of one CI system", () => {
  it.each(CI_SYSTEMS)("come with a README: %s", system => {
    expect(existsSync(path.join(CI_FOLDER, system, "README.md"))).toBe(true);
  });

  it.each(CI_SYSTEMS)("deploy when main changes, and look for drift every night: %s", system => {
    const when = {
      github: (yaml: Yaml) => [yaml.on.push?.branches, yaml.on.schedule?.length],
      "azure-devops": (yaml: Yaml) => [yaml.trigger.branches?.include, yaml.schedules?.length],
      gitlab: (yaml: Yaml) => {
        const [job] = Object.values<Yaml>(yaml);
        const condition: string = job.rules[0].if;
        return [
          condition.includes("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH") ? ["main"] : undefined,
          condition === '$CI_PIPELINE_SOURCE == "schedule"' ? 1 : undefined,
        ];
      },
    }[system];
    expect(when(pipelineYaml(system, "deploy"))).toEqual([["main"], undefined]);
    expect(when(pipelineYaml(system, "drift"))).toEqual([undefined, 1]);
  });
});

describe("the workflows for GitHub", () => {
  it.each(KINDS)("are what GitHub's own parser accepts: %s", async kind => {
    expect(await githubWorkflowErrors(`${kind}.yml`, pipelineText("github", kind))).toEqual([]);
  });

  it("would not pass with a misspelt keyword or an unknown context", async () => {
    const text = pipelineText("github", "deploy");
    expect(await githubWorkflowErrors("a.yml", text.replace("runs-on:", "run-on:"))).not.toEqual([]);
    expect(await githubWorkflowErrors("b.yml", text.replace("vars.ARM", "variables.ARM"))).not.toEqual([]);
  });

  it.each(KINDS)("may request a token and read the repository, nothing else: %s", kind => {
    expect(pipelineYaml("github", kind).permissions).toEqual({ contents: "read", "id-token": "write" });
  });
});

/** https://learn.microsoft.com/azure/devops/pipelines/yaml-schema */
const AZURE_PIPELINES = {
  pipeline: ["trigger", "pr", "schedules", "pool", "variables", "jobs"],
  schedule: ["cron", "displayName", "branches", "always"],
  job: ["job", "timeoutInMinutes", "steps"],
  steps: {
    checkout: [],
    script: ["displayName"],
    task: ["displayName", "inputs", "env"],
  } as Record<string, string[]>,
  taskInputs: {
    "UseNode@1": ["version"],
    "AzureCLI@2": [
      "azureSubscription",
      "addSpnToEnvironment",
      "scriptType",
      "scriptLocation",
      "inlineScript",
    ],
  } as Record<string, string[]>,
};

describe("the pipelines for Azure DevOps", () => {
  it.each(KINDS)("are made of keywords that Azure Pipelines knows, each in its place: %s", kind => {
    const yaml = pipelineYaml("azure-devops", kind);
    expectOnly(yaml, AZURE_PIPELINES.pipeline);
    for (const schedule of yaml.schedules ?? []) expectOnly(schedule, AZURE_PIPELINES.schedule);
    expect(yaml.jobs).toHaveLength(1);
    expectOnly(yaml.jobs[0], AZURE_PIPELINES.job);
    for (const step of yaml.jobs[0].steps) {
      const [type] = Object.keys(step);
      expectOnly(step, [type!, ...AZURE_PIPELINES.steps[type!]!]);
      if (type === "task") expectOnly(step.inputs, AZURE_PIPELINES.taskInputs[step.task]!);
    }
  });

  it.each(KINDS)("run the work in a task that holds the token of the service connection: %s", kind => {
    const work = pipelineYaml("azure-devops", kind).jobs[0].steps.at(-1);
    expect(work).toMatchObject({
      task: "AzureCLI@2",
      inputs: { addSpnToEnvironment: true, scriptType: "bash", scriptLocation: "inlineScript" },
      env: { SYSTEM_ACCESSTOKEN: "$(System.AccessToken)" },
    });
  });

  it("runs the nightly one although nothing has changed", () => {
    expect(pipelineYaml("azure-devops", "drift")).toMatchObject({
      trigger: "none",
      schedules: [{ always: true }],
    });
  });
});

/** https://docs.gitlab.com/ci/yaml/ */
const GITLAB_JOB = [
  "stage",
  "image",
  "rules",
  "resource_group",
  "timeout",
  "id_tokens",
  "variables",
  "before_script",
  "script",
];

describe("the jobs for GitLab", () => {
  it.each(KINDS)("are made of keywords that GitLab knows, in a default stage: %s", kind => {
    const yaml = pipelineYaml("gitlab", kind);
    expectOnly(yaml, [kind]);
    expectOnly(yaml[kind], GITLAB_JOB);
    expect([".pre", "build", "test", "deploy", ".post"]).toContain(yaml[kind].stage);
  });

  it.each(KINDS)("take a token for Entra that lasts as long as the job: %s", kind => {
    const { id_tokens, timeout } = pipelineYaml("gitlab", kind)[kind];
    expect(id_tokens).toEqual({ ARM_OIDC_TOKEN: { aud: "api://AzureADTokenExchange" } });
    expect(timeout).toMatch(/^\d+[hm]$/);
  });
});

function expectOnly(mapping: object, allowed: readonly string[]): void {
  expect(Object.keys(mapping).filter(key => !allowed.includes(key))).toEqual([]);
}
