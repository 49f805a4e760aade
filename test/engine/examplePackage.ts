import type * as pulumi from "@pulumi/pulumi";
import * as siem from "../../components/index.ts";
import { ADDRESSES, type Addresses } from "./exampleAddresses.ts";

/**
 * `defender-siem` where the Microsoft of an example is the local tenant: the same components, with addresses for the
 * arguments that say where Microsoft's services are. A real program leaves those out, and so do the examples.
 */
export * from "../../components/index.ts";

const { activityApiUrl, authorityUrl, resourceManagerUrl }: Addresses = JSON.parse(process.env[ADDRESSES]!);

export class SiemIntegration extends siem.SiemIntegration {
  constructor(name: string, args: siem.SiemIntegrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, { activityApiUrl, authorityUrl, resourceManagerUrl, ...args }, opts);
  }
}

export class AppRegistration extends siem.AppRegistration {
  constructor(name: string, args: siem.AppRegistrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, { authorityUrl, ...args }, opts);
  }
}

export class AuditSubscriptions extends siem.AuditSubscriptions {
  constructor(name: string, args: siem.AuditSubscriptionsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, { activityApiUrl, authorityUrl, ...args }, opts);
  }
}

export class ManagedTenants extends siem.ManagedTenants {
  constructor(name: string, args: siem.ManagedTenantsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, { activityApiUrl, authorityUrl, resourceManagerUrl, ...args }, opts);
  }
}
