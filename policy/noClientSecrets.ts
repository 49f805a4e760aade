import type { StackValidationPolicy } from "@pulumi/policy";
import { belongsToOurs, isOfTheActivityFeed } from "./activityFeedApplications.ts";

/** Resources that are a client secret, and the property that says whose. */
const SECRETS: Readonly<Record<string, string>> = {
  "azuread:index/applicationPassword:ApplicationPassword": "applicationId",
  "azuread:index/servicePrincipalPassword:ServicePrincipalPassword": "servicePrincipalId",
};

const INSTEAD =
  "An application that reads the audit feed proves itself by a managed identity or a pipeline that it trusts, " +
  "or by a certificate whose key does not leave its vault.";

export const noClientSecrets: StackValidationPolicy = {
  name: "no-client-secrets",
  description: "No application that reads the audit feed has a client secret.",
  validateStack({ resources }, reportViolation) {
    for (const resource of resources) {
      const owner = SECRETS[resource.type];
      if (owner !== undefined && belongsToOurs(resource, owner, resources))
        reportViolation(
          `It is a client secret of an application that reads the audit feed. ${INSTEAD}`,
          resource.urn,
        );
      if (isOfTheActivityFeed(resource) && resource.props.password != null)
        reportViolation(`Its password is a client secret. ${INSTEAD}`, resource.urn);
    }
  },
};
