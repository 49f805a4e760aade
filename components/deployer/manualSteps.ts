import * as pulumi from "@pulumi/pulumi";
import { selfAndAncestors } from "../pulumi/ancestors.ts";

/** What the components that were asked to tell it know of, each in the order of declaration. */
const collections = new WeakMap<pulumi.Resource, pulumi.Output<string>[]>();

/**
 * Begins to collect what this component and those below it leave to another person. To be called before anything is
 * declared below it.
 *
 * @returns gives the commands that were left out until it is called.
 */
export function collectManualSteps(component: pulumi.Resource): () => pulumi.Output<string[]> {
  const steps: pulumi.Output<string>[] = [];
  collections.set(component, steps);
  return () => pulumi.all(steps);
}

/**
 * Leaves a step to a person with more rights: an update prints it as soon as it is known, whatever becomes of the rest,
 * and every component above that collects has it among its outputs.
 *
 * @param what the step does, as the end of a sentence that begins with "Left to another person: ".
 * @param command what that person runs, word for word.
 */
export function leaveToAnotherPerson(
  parent: pulumi.Resource,
  what: pulumi.Input<string>,
  command: pulumi.Input<string>,
): void {
  const step = pulumi.all([what, command]);
  const told = pulumi.all([step, pulumi.isSecret(step)]).apply(([[purpose, line], isSecret]) => {
    // What was passed as a secret is printed by whoever asks for it: pulumi stack output manualSteps --show-secrets.
    const shown = isSecret ? "(its values are secret: see the output manualSteps)" : line;
    if (!pulumi.runtime.isDryRun()) pulumi.log.info(`Left to another person: ${purpose}\n  ${shown}`, parent);
    return line;
  });
  for (const ancestor of selfAndAncestors(parent)) collections.get(ancestor)?.push(told);
}
