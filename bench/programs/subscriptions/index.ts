import * as pulumi from "@pulumi/pulumi";
import { AuditSubscriptions, ContentType } from "defender-siem";

const config = new pulumi.Config();
const application = {
  clientId: config.require("clientId"),
  activityApiUrl: config.require("activityApiUrl"),
  authorityUrl: config.require("authorityUrl"),
};
const contentTypes = Object.values(ContentType);

for (const tenantId of config.requireObject<string[]>("tenantIds"))
  new AuditSubscriptions(tenantId, { ...application, tenantId, contentTypes });
