import { AppRoleAssignment } from "@pulumi/azuread/appRoleAssignment.js";
import { getServicePrincipalOutput } from "@pulumi/azuread/getServicePrincipal.js";
import * as pulumi from "@pulumi/pulumi";
import { CLOUDS, type Cloud } from "../../activity-api/clouds.ts";
import { leaveToAnotherPerson } from "../deployer/manualSteps.ts";

/** Who grants the application roles: this program, or a person with more rights in Entra. */
export const AdminConsent = {
  /** The program grants them; the deployer needs the right to. */
  grant: "grant",
  /** A person with the right grants them, by the consent URL or the printed command. */
  manual: "manual",
} as const;
export type AdminConsent = (typeof AdminConsent)[keyof typeof AdminConsent];

/** The application roles of the Management Activity API that an integration can need. */
export const ActivityFeedRole = {
  /** Whatever is not `DLP.All`. */
  read: "ActivityFeed.Read",
  /** For `DLP.All` only: it reveals the sensitive values that were detected. */
  readDlp: "ActivityFeed.ReadDlp",
} as const;
export type ActivityFeedRole = (typeof ActivityFeedRole)[keyof typeof ActivityFeedRole];

/** Application id of "Office 365 Management APIs" in every tenant and cloud. */
export const OFFICE_365_MANAGEMENT_APIS = "c5393580-f805-4401-95e8-94b7a6ef2fc2";

/**
 * Role ids as published with the provider's documentation and cross-checked with public permission lists; several
 * other GUIDs that circulate for ActivityFeed.Read are invented.
 */
export const ACTIVITY_FEED_ROLE_IDS: Record<ActivityFeedRole, string> = {
  "ActivityFeed.Read": "594c1fb6-4f81-4475-ae41-0c394909246c",
  "ActivityFeed.ReadDlp": "4807a72c-ad38-4250-94c9-4eabfe26cd55",
};

export interface ActivityFeedGrants {
  cloud: pulumi.Input<Cloud>;
  roles: readonly ActivityFeedRole[];
  adminConsent: AdminConsent;
  /** Object id of the service principal, be it an application's or a managed identity's. */
  principalObjectId: pulumi.Input<string>;
}

/** @throws Error with the words that are allowed. */
export function parseAdminConsent(value: string): AdminConsent {
  if (value === AdminConsent.grant || value === AdminConsent.manual) return value;
  throw new Error(
    `"${value}" is not a way to consent. Use "grant" (the deployer consents as code) or "manual" (an administrator opens the consent URL or runs the command that is printed).`,
  );
}

/**
 * Grants roles of the Management Activity API, which is the administrator's consent. Microsoft's service principal is
 * read, never adopted: a resource with `useExisting` would delete it on destroy (pulumi/pulumi-azuread#2045).
 *
 * With manual consent nothing is granted, and for each role the request that does the same is left to another person.
 */
export function grantActivityFeedRoles(name: string, grants: ActivityFeedGrants, parent: pulumi.Resource) {
  const { roles, principalObjectId } = grants;
  if (grants.adminConsent === AdminConsent.manual) {
    for (const role of roles) leaveConsent(name, role, grants, parent);
    return [];
  }
  const managementApis = getServicePrincipalOutput({ clientId: OFFICE_365_MANAGEMENT_APIS }, { parent });
  return roles.map(role => ({
    role,
    grant: new AppRoleAssignment(
      `${name}-${role}`,
      {
        appRoleId: ACTIVITY_FEED_ROLE_IDS[role],
        principalObjectId,
        resourceObjectId: managementApis.objectId,
      },
      { parent },
    ),
  }));
}

/** The inner command looks the id of Microsoft's principal up, which the deployer may have no right to read. */
function leaveConsent(
  name: string,
  role: ActivityFeedRole,
  { cloud, principalObjectId }: ActivityFeedGrants,
  parent: pulumi.Resource,
): void {
  const resource = `$(az ad sp show --id ${OFFICE_365_MANAGEMENT_APIS} --query id --output tsv)`;
  const body = pulumi.interpolate`{\\"principalId\\":\\"${principalObjectId}\\",\\"resourceId\\":\\"${resource}\\",\\"appRoleId\\":\\"${ACTIVITY_FEED_ROLE_IDS[role]}\\"}`;
  const graphUrl = pulumi.output(cloud).apply(known => CLOUDS[known].graphUrl);
  leaveToAnotherPerson(
    parent,
    `the application role ${role} of Office 365 Management APIs (${name})`,
    pulumi.interpolate`az rest --method POST --url ${graphUrl}/v1.0/servicePrincipals/${principalObjectId}/appRoleAssignments --headers Content-Type=application/json --body "${body}"`,
  );
}
