import type { ResourceType } from "../resourceType.ts";
import { SITE_PATH } from "./webApp.ts";

/** Whether the publishing site takes user name and password beside bearer tokens. */
export const webAppScmAllowed = basicAuthentication("azure-native:web:WebAppScmAllowed", "scm");
export const webAppFtpAllowed = basicAuthentication("azure-native:web:WebAppFtpAllowed", "ftp");

function basicAuthentication(token: string, site: string): ResourceType {
  return {
    token,
    apiVersion: "2025-05-01",
    path: `${SITE_PATH}/basicPublishingCredentialsPolicies/${site}`,
    required: ["allow"],
    outputs: [],
    defaults: { allow: true },
  };
}
