import { commonFields, type SampleContext, zoneless } from "./sampleContext.ts";

const STATUSES = ["Investigation Started", "Pending Action", "Remediated", "No threats found"];

interface Investigation {
  id: string;
  at: Date;
  alertId: string;
}

/**
 * Record type 64: a status of an automated investigation, with JSON inside strings. `variant` counts through the
 * statuses, and through the forms of `Actions`: texts, none, objects.
 */
export function airInvestigation(context: SampleContext, variant: number): string {
  const { random } = context;
  const id = random.guid();
  const at = context.moment();
  const type = random.pick(["ZappedUrlInvestigation", "UrlInvestigation", "ZappedFileInvestigation"]);
  const investigation = { id: `urn:${type}:${random.hex(32)}`, at, alertId: random.guid() };
  const runningSeconds = random.integer(30, 5000);
  return JSON.stringify({
    ...commonFields(context, {
      recordType: 64,
      operation: "AirInvestigationData",
      workload: "AirInvestigation",
      userType: 4,
      userKey: "AirInvestigation",
      userId: "AirInvestigation",
      at,
      id,
    }),
    ObjectId: id,
    DeepLinkUrl: `https://security.microsoft.com/mtp-investigation/${investigation.id}`,
    EndTimeUtc: "0001-01-01T00:00:00",
    InvestigationId: investigation.id,
    InvestigationName: `Mail with malicious urls is zapped - ${investigation.id}`,
    InvestigationType: type,
    LastUpdateTimeUtc: zoneless(at, 11),
    RunningTime: context.schemaDrift && variant % 2 === 1 ? String(runningSeconds) : runningSeconds,
    StartTimeUtc: zoneless(at, runningSeconds),
    Status: STATUSES[variant % STATUSES.length],
    Data: alertData(context, investigation),
    Actions: actions(context, investigation, variant),
  });
}

function alertData(context: SampleContext, { id, at, alertId }: Investigation): string {
  const person = context.person();
  const data = JSON.stringify({
    Version: "3.0",
    VendorName: "Microsoft",
    ProviderName: "OATP",
    AlertType: "8e6ba277-ef39-404e-aaf1-294f6d9a2b88",
    StartTimeUtc: `${zoneless(at, 900)}Z`,
    TimeGenerated: `${zoneless(at, 820)}Z`,
    Status: "InProgress",
    Severity: "Informational",
    IsIncident: false,
    ProviderAlertId: null,
    CorrelationKey: alertId,
    Investigations: [{ $id: "1", Id: id, InvestigationStatus: "Running" }],
    ResourceIdentifiers: [{ $id: "2", AadTenantId: context.tenantId, Type: "AAD" }],
    AlertDisplayName: "Email messages containing malicious URL removed after delivery",
    Entities: [
      { $id: "3", Type: "mailbox", MailboxPrimaryAddress: person, Upn: person, Source: "OATP" },
      { $id: "4", Type: "url", Url: "https://contoso-login.example/reset" },
      mailCluster(context, at),
    ],
    SourceTemplateType: "Threat_Single",
    Category: "ThreatManagement",
    SourceAlertType: "System",
  });
  return context.schemaDrift ? data.replace(`"${SECOND_QUERY_TIME}"`, '"QueryTime"') : data;
}

/** Stands for a second key of the same name, which no object of ours can have but a record of theirs does. */
const SECOND_QUERY_TIME = "QueryTime2";

function mailCluster({ random, schemaDrift }: SampleContext, at: Date): Record<string, unknown> {
  return {
    $id: "5",
    Type: "mailCluster",
    NetworkMessageIds: [random.guid(), random.guid()],
    CountByDeliveryStatus: { Inbox: random.integer(0, 3), Quarantined: random.integer(1, 9) },
    Query: '(Subject="Password expires today") AND (SenderIp="203.0.113.45")',
    QueryTime: zoneless(at, 60),
    ...(schemaDrift ? { [SECOND_QUERY_TIME]: `${zoneless(at, 60)}Z` } : {}),
    MailCount: random.integer(1, 12),
    Source: "OATP",
  };
}

function actions(
  context: SampleContext,
  { id, at, alertId }: Investigation,
  variant: number,
): unknown[] | undefined {
  if (variant % 3 === 1) return undefined;
  const action = {
    $id: "1",
    ActionId: `urn:EmailZapper:${context.random.hex(32)}`,
    InvestigationId: id,
    ActionApproval: "None",
    ActionType: "EmailRemediation",
    ActionStatus: "Pending",
    ApprovedBy: null,
    Entities: [],
    RelatedAlertIds: [alertId],
    StartTimeUtc: `${zoneless(at, 30)}Z`,
    PendingType: "User",
    ResourceIdentifiers: [{ $id: "2", AadTenantId: context.tenantId, Type: "AAD" }],
  };
  return [context.schemaDrift && variant % 3 === 2 ? action : JSON.stringify(action)];
}
