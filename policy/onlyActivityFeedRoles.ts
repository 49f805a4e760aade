import type { PolicyResource, ReportViolation, StackValidationPolicy } from "@pulumi/policy";
import {
  ACTIVITY_FEED_ROLES,
  belongsToOurs,
  isOfTheActivityFeed,
  isOfTheManagementApis,
  requestedAccesses,
} from "./activityFeedApplications.ts";

const APP_ROLE_ASSIGNMENT = "azuread:index/appRoleAssignment:AppRoleAssignment";
const ALLOWED = Object.values(ACTIVITY_FEED_ROLES).join(" and ");

export const onlyActivityFeedRoles: StackValidationPolicy = {
  name: "only-activity-feed-roles",
  description: `Applications that read the audit feed ask for and get ${ALLOWED} only.`,
  validateStack({ resources }, reportViolation) {
    for (const resource of resources.filter(isOfTheActivityFeed)) judgeRequests(resource, reportViolation);
    for (const resource of resources.filter(({ type }) => type === APP_ROLE_ASSIGNMENT)) {
      const { appRoleId } = resource.props;
      if (!(appRoleId in ACTIVITY_FEED_ROLES) && belongsToOurs(resource, "principalObjectId", resources))
        reportViolation(
          `It grants the role ${appRoleId} to an application that reads the audit feed. Grant ${ALLOWED} only.`,
          resource.urn,
        );
    }
  },
};

function judgeRequests({ props, urn }: PolicyResource, reportViolation: ReportViolation): void {
  for (const access of requestedAccesses(props)) {
    if (!isOfTheManagementApis(access)) {
      reportViolation(
        `It asks for another API, ${access.resourceAppId}. Register an application of its own for that.`,
        urn,
      );
      continue;
    }
    for (const { id, type } of access.resourceAccesses)
      if (type !== "Role" || !(id in ACTIVITY_FEED_ROLES))
        reportViolation(`It asks for the ${type} ${id}. Ask for the roles ${ALLOWED} only.`, urn);
  }
}
