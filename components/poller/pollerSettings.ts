import * as pulumi from "@pulumi/pulumi";
import { Cloud, parseCloud } from "../../activity-api/clouds.ts";
import { ContentType, parseContentType } from "../../activity-api/contentTypes.ts";
import { parseClientId, parsePublisherIdentifier, parseTenantId } from "../../activity-api/identifiers.ts";
import { DEFENDER_RECORD_TYPES } from "../../activity-api/recordTypes.ts";
import { checked, checkedEach, wholeNumberBetween } from "../pulumi/validation.ts";
import type { ManagedIdentity } from "./flexFunctionApp.ts";
import { type ListedTenant, readTenantList } from "./managedTenantList.ts";
import type { PolledTenant, PollerArgs } from "./pollerArgs.ts";
import { everyMinutes } from "./schedule.ts";
import { pollFunction, tenantSettings } from "./tenantSettings.ts";
import { parseWantedRecordType } from "./wantedRecordTypes.ts";

/** The arguments of a poller, checked, with defaults for what was left out. */
export interface PollerSettings {
  tenantId: pulumi.Output<string>;
  clientId: pulumi.Output<string>;
  publisherIdentifier: pulumi.Output<string>;
  cloud: pulumi.Output<Cloud>;
  contentTypes: pulumi.Output<ContentType[]>;
  recordTypes: pulumi.Output<string[]>;
  pollIntervalMinutes: pulumi.Output<number>;
  /** Undefined for a single tenant. */
  tenants: Record<string, ListedTenant> | undefined;
  selfHeal: pulumi.Output<boolean>;
}

/** @throws ResourceError for a plain argument that is wrong; an output is refused when it resolves. */
export function readSettings(args: PollerArgs, parent: pulumi.Resource): PollerSettings {
  const tenantId = checked(parent, "tenantId", args.tenantId, parseTenantId);
  const sinkNames = args.sharedSinks === undefined ? Object.keys(args.sinks ?? {}) : undefined;
  return {
    tenantId,
    clientId: checked(parent, "clientId", args.clientId, parseClientId),
    publisherIdentifier: args.publisherIdentifier
      ? checked(parent, "publisherIdentifier", args.publisherIdentifier, parsePublisherIdentifier)
      : tenantId,
    cloud: checked(parent, "cloud", args.cloud ?? Cloud.commercial, parseCloud),
    contentTypes: checkedEach(
      parent,
      "contentTypes",
      args.contentTypes ?? [ContentType.General],
      parseContentType,
    ),
    recordTypes: checkedEach(
      parent,
      "recordTypes",
      args.recordTypes ?? [...DEFENDER_RECORD_TYPES],
      parseWantedRecordType,
    ),
    pollIntervalMinutes: checked(
      parent,
      "pollIntervalMinutes",
      args.pollIntervalMinutes ?? 5,
      wholeNumberBetween(1, 60, "minutes", "Content appears every few minutes; 5 is a good value."),
    ),
    tenants: args.tenants && readTenantList(args.tenants, { sinkNames }, parent),
    selfHeal: pulumi.output(args.selfHeal).apply(selfHeal => selfHeal ?? false),
  };
}

/** The timer functions that its code has. */
export function functionNames({ tenants }: PollerSettings): string[] {
  return tenants === undefined ? [pollFunction()] : Object.keys(tenants).map(pollFunction);
}

/** Whom it collects, where there are several. */
export function polledTenants({
  tenants = {},
  contentTypes,
}: PollerSettings): pulumi.Output<Record<string, PolledTenant>> {
  return contentTypes.apply(shared =>
    Object.fromEntries(
      Object.entries(tenants).map(([name, { tenantId, contentTypes: own }]) => [
        name,
        { tenantId, contentTypes: own ?? shared },
      ]),
    ),
  );
}

/** What it collects of any of them. */
export function contentTypesOf(
  tenants: pulumi.Output<Record<string, PolledTenant>>,
): pulumi.Output<string[]> {
  return tenants.apply(known => [
    ...new Set(Object.values(known).flatMap(({ contentTypes }) => contentTypes)),
  ]);
}

/** What the poller reads from its environment; `poller/settings.ts` is the other end. */
export function pollerSettings(settings: PollerSettings, identity: ManagedIdentity, args: PollerArgs) {
  return {
    ...whichTenants(settings),
    SIEM_CLIENT_ID: settings.clientId,
    SIEM_MANAGED_IDENTITY_CLIENT_ID: identity.clientId,
    ...keySettings(args),
    SIEM_CLOUD: settings.cloud,
    SIEM_CONTENT_TYPES: settings.contentTypes.apply(each => each.join(",")),
    SIEM_RECORD_TYPES: settings.recordTypes.apply(each => each.join(",")),
    SIEM_PUBLISHER_ID: settings.publisherIdentifier,
    SIEM_STORE: args.store.eventsUrl,
    SIEM_LEDGER: args.store.ledgerUrl,
    SIEM_SELF_HEAL: settings.selfHeal.apply(String),
    ...telemetrySettings(identity, args),
    ...(args.activityApiUrl ? { SIEM_ACTIVITY_API_URL: args.activityApiUrl } : {}),
    ...(args.authorityUrl ? { SIEM_AUTHORITY_URL: args.authorityUrl } : {}),
  };
}

function whichTenants(settings: PollerSettings): Record<string, pulumi.Input<string>> {
  const { tenants, tenantId, pollIntervalMinutes } = settings;
  if (tenants !== undefined) return tenantSettings(tenants, pollIntervalMinutes);
  return { SIEM_POLL_SCHEDULE: pollIntervalMinutes.apply(everyMinutes), SIEM_TENANT_ID: tenantId };
}

/** Names and number of the settings of another stack are known only when it is read. */
export function withSharedSinks(
  settings: Record<string, pulumi.Input<string>>,
  { sharedSinks }: PollerArgs,
): pulumi.Input<Record<string, pulumi.Input<string>>> {
  if (sharedSinks === undefined) return settings;
  return pulumi.all([settings, sharedSinks]).apply(([own, shared]) => ({ ...own, ...shared }));
}

function keySettings({ key }: PollerArgs): Record<string, pulumi.Input<string>> {
  if (key === undefined) return {};
  return { SIEM_CLIENT_CERTIFICATE_KEY_ID: key.keyId, SIEM_CLIENT_CERTIFICATE_THUMBPRINT: key.thumbprint };
}

/** What both the Functions host and the poller read. Without the second setting they would send without a token. */
function telemetrySettings(
  identity: ManagedIdentity,
  { telemetryConnectionString }: PollerArgs,
): Record<string, pulumi.Input<string>> {
  if (telemetryConnectionString === undefined) return {};
  return {
    APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryConnectionString,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: pulumi.interpolate`ClientId=${identity.clientId};Authorization=AAD`,
  };
}
