import * as pulumi from "@pulumi/pulumi";

/** A tenant, with what became of its subscriptions. */
export interface TenantOutcome {
  name: string;
  /** Content type to the reason why its subscription could not be ensured. */
  failures: pulumi.Output<Record<string, string>>;
  /** Where an administrator of the tenant consents. */
  consentUrl: pulumi.Output<string>;
}

/**
 * The tenants that fail, by name, with why and what to do. An update names them in one warning when all are known. Not in an
 * error: Pulumi would end the update as failed, with no outputs, for the sake of one customer's administrator; that
 * something is left shows in the next preview, and in the exit code of one that expects no changes.
 */
export function collectFailures(
  tenants: readonly TenantOutcome[],
  parent: pulumi.Resource,
): pulumi.Output<Record<string, string>> {
  const described = tenants.map(({ name, failures, consentUrl }) =>
    pulumi.all([failures, consentUrl]).apply(([reasons, url]) => [name, describe(reasons, url)] as const),
  );
  return pulumi.all(described).apply(all => {
    const failing = all.filter(([, reason]) => reason !== undefined) as [string, string][];
    if (failing.length > 0) pulumi.log.warn(summary(failing, all.length), parent);
    return Object.fromEntries(failing);
  });
}

/** One reason for all content types, as without consent, is said once. */
function describe(failures: Record<string, string>, consentUrl: string): string | undefined {
  const reasons = [...new Set(Object.values(failures))];
  if (reasons.length === 0) return undefined;
  const text = reasons.join(" ");
  if (text.includes("/adminconsent?")) return text;
  return `${text} If consent is missing, an administrator of that tenant gives it at ${consentUrl}`;
}

function summary(failing: readonly [string, string][], of: number): string {
  return [
    `${failing.length} of ${of} tenants ${failing.length === 1 ? "fails" : "fail"}; the others are as declared. ` +
      "The next update tries again.",
    ...failing.map(([name, reason]) => `${name}: ${reason}`),
  ].join("\n  ");
}
