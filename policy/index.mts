// The extension says that Node itself loads this as a module: Pulumi would compile a .ts file to what the others are not.
import { PolicyPack } from "@pulumi/policy";
import { noClientSecrets } from "./noClientSecrets.ts";
import { noSharedKeys } from "./noSharedKeys.ts";
import { onlyActivityFeedRoles } from "./onlyActivityFeedRoles.ts";
import { pollersHaveDeadManAlert } from "./pollersHaveDeadManAlert.ts";
import { pollersHaveSubscriptions } from "./pollersHaveSubscriptions.ts";

new PolicyPack("defender-siem", {
  enforcementLevel: "mandatory",
  policies: [
    noSharedKeys,
    noClientSecrets,
    onlyActivityFeedRoles,
    pollersHaveSubscriptions,
    pollersHaveDeadManAlert,
  ],
});
