import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

export const CI_FOLDER = path.join(import.meta.dirname, "../../examples/ci");

export const CI_SYSTEMS = ["github", "azure-devops", "gitlab"] as const;
export type CiSystem = (typeof CI_SYSTEMS)[number];
export type PipelineKind = "deploy" | "drift";

/** What a pipeline has its machine run in a shell. */
export interface ShellStep {
  name: string;
  script: string;
  /** As written, with the expressions of the CI system in it. */
  environment: Record<string, string>;
  /** Whether it only puts Pulumi and the dependencies on a machine that has neither. */
  isSetUp: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: the form of the file is what the tests are about
export type Yaml = any;

export function pipelineText(system: CiSystem, kind: PipelineKind): string {
  return readFileSync(path.join(CI_FOLDER, system, `${kind}.yml`), "utf8");
}

export function pipelineYaml(system: CiSystem, kind: PipelineKind): Yaml {
  return parse(pipelineText(system, kind));
}

/** The shell steps of the one job, in order. */
export function shellSteps(system: CiSystem, kind: PipelineKind): ShellStep[] {
  return readers[system](pipelineYaml(system, kind), kind);
}

const readers: Record<CiSystem, (yaml: Yaml, kind: PipelineKind) => ShellStep[]> = {
  github: (yaml, kind) => {
    const job = yaml.jobs[kind];
    return job.steps
      .filter((step: Yaml) => step.run !== undefined)
      .map((step: Yaml) => shellStep(step.name, step.run, { ...job.env, ...step.env }));
  },
  "azure-devops": yaml =>
    yaml.jobs[0].steps
      .filter((step: Yaml) => step.script !== undefined || step.inputs?.inlineScript !== undefined)
      .map((step: Yaml) =>
        shellStep(step.displayName, step.script ?? step.inputs.inlineScript, { ...step.env }),
      ),
  gitlab: (yaml, kind) => {
    const { before_script, script, variables } = yaml[kind];
    return [
      shellStep("Install", before_script.join("\n"), variables),
      shellStep(kind, script.join("\n"), variables),
    ];
  },
};

function shellStep(name: string, script: string, environment: Record<string, string>): ShellStep {
  return { name, script, environment, isSetUp: name.startsWith("Install") };
}
