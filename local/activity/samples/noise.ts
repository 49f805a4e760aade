import { commonFields, type SampleContext } from "./sampleContext.ts";

/** One record type among the ordinary traffic of Audit.General. */
interface NoiseType {
  recordType: number;
  /** Share of the noise in percent. */
  percent: number;
  workload: string;
  operations: readonly string[];
  userType: number;
  fields?(context: SampleContext): Record<string, unknown>;
}

/** An integer that is in no table, as about a quarter of the types in a real tenant are. */
export const UNKNOWN_RECORD_TYPE = 9999;

const USER = 0;
const ADMIN = 2;
const SYSTEM = 4;

/** What a quiet tenant is full of. */
const COMMON: readonly NoiseType[] = [
  {
    recordType: 25,
    percent: 58,
    workload: "MicrosoftTeams",
    operations: ["MessageCreatedHasLink", "TeamsSessionStarted", "MemberAdded", "ChannelAdded"],
    userType: USER,
    fields: ({ random, tenantId }) => ({
      ChatThreadId: `19:${random.hex(32)}@thread.v2`,
      CommunicationType: random.pick(["GroupChat", "OneOnOne", "Team"]),
      ExtraProperties: [{ Key: "OsName", Value: "windows" }],
      ItemName: random.pick(["Standup ☕", "Überblick", '{"RecordType":64}']),
      MessageId: String(random.integer(10 ** 12, 10 ** 13)),
      MessageURLs: ["https://contoso.example/wiki?page=1&edit=0"],
      ParticipantInfo: { HasForeignTenantUsers: false, ParticipatingTenantIds: [tenantId] },
      AADGroupId: null,
    }),
  },
  {
    recordType: 261,
    percent: 10,
    workload: "Copilot",
    operations: ["CopilotInteraction"],
    userType: USER,
    fields: ({ random }) => ({
      CopilotEventData: {
        AccessedResources: [],
        AppHost: random.pick(["Teams", "Word", "Outlook"]),
        Messages: [{ Id: String(random.integer(1, 10 ** 13)), isPrompt: true }],
      },
    }),
  },
  {
    recordType: 30,
    percent: 4,
    workload: "MicrosoftFlow",
    operations: ["CreateFlow", "EditFlow", "DeleteFlow"],
    userType: USER,
  },
  {
    recordType: 45,
    percent: 4,
    workload: "PowerApps",
    operations: ["LaunchPowerApp", "CreatePowerApp", "PublishPowerApp"],
    userType: USER,
    fields: ({ random }) => ({ AppName: random.guid(), AdditionalInfo: '{"environmentName":"Default"}' }),
  },
  {
    recordType: 20,
    percent: 8,
    workload: "PowerBI",
    operations: ["ViewReport", "CreateDashboard", "ExportReport"],
    userType: USER,
    // JSON.stringify leaves it out: records of Power BI have no Version.
    fields: ({ random }) => ({
      Version: undefined,
      ReportName: "Umsätze",
      ReportId: random.guid(),
      IsSuccess: true,
    }),
  },
  {
    recordType: 66,
    percent: 5,
    workload: "MicrosoftForms",
    operations: ["EditForm", "CreateForm", "SubmitResponse"],
    userType: USER,
    fields: ({ random }) => ({ FormId: random.hex(40), FormName: "Enquête de satisfaction" }),
  },
  {
    recordType: 18,
    percent: 3,
    workload: "SecurityComplianceCenter",
    operations: ["Get-DlpCompliancePolicy", "New-ComplianceSearch"],
    userType: ADMIN,
    fields: () => ({ Parameters: "-Identity \"Default\" -ResultSize 'Unlimited'", CmdletVersion: null }),
  },
  {
    recordType: 40,
    percent: 2,
    workload: "SecurityComplianceCenter",
    operations: ["AlertTriggered", "AlertEntityGenerated", "AlertUpdated"],
    userType: SYSTEM,
    fields: context => ({
      AlertId: context.random.guid(),
      AlertLinks: [{ AlertLinkHref: "" }],
      AlertType: "System",
      Category: "ThreatManagement",
      Comments: "New alert",
      Data: JSON.stringify({ etype: "User", eid: context.person(), tid: context.tenantId, RecordType: 28 }),
      Name: "A potentially malicious URL click was detected",
      Severity: "High",
      Source: "Office 365 Security & Compliance",
      Status: "Active",
    }),
  },
];

const RARE: readonly NoiseType[] = (
  [
    [16, "SkypeForBusiness", "PSTNUsage", USER],
    [22, "Yammer", "MessageCreated", USER],
    [24, "SecurityComplianceCenter", "SearchStarted", ADMIN],
    [29, "SecurityComplianceCenter", "UserSubmission", USER],
    [38, "SecurityComplianceCenter", "NewRetentionCompliancePolicy", ADMIN],
    [43, "Exchange", "MipLabel", USER],
    [44, "WorkplaceAnalytics", "ExecutedQuery", USER],
    [57, "MicrosoftTeams", "Set-CsTeamsMeetingPolicy", ADMIN],
    [62, "ThreatIntelligence", "TICampaignData", SYSTEM],
    [65, "Quarantine", "QuarantineReleaseMessage", ADMIN],
    [73, "MicrosoftTeams", "ClockedIn", USER],
    [86, "AirInvestigation", "AirManualInvestigation", ADMIN],
    [98, "MCAS", "MCAS_ALERT_ANUBIS_DETECTION_VELOCITY", USER],
    [101, "Exchange", "SearchQueryInitiatedExchange", USER],
    [155, "ComplianceManager", "COMPLIANCEMANAGER-SCORECHANGE", ADMIN],
    [188, "Planner", "PlanRead", USER],
    [202, "MicrosoftTodo", "TaskCreated", USER],
  ] as const
).map(([recordType, workload, operation, userType]) => ({
  recordType,
  percent: 0,
  workload,
  operations: [operation],
  userType,
}));

/** A record of the ordinary traffic and its type, in a mix as in a quiet tenant. */
export function noise(context: SampleContext): { recordType: number; line: string } {
  const type = pickType(context);
  return { recordType: type.recordType, line: JSON.stringify(noiseRecord(context, type)) };
}

/** A record of a type that nobody knows, with a nested record of one that everybody wants. */
export function unknownRecord(context: SampleContext): string {
  return JSON.stringify(
    noiseRecord(context, {
      recordType: UNKNOWN_RECORD_TYPE,
      percent: 0,
      workload: "FutureWorkload",
      operations: ["FutureOperation"],
      userType: SYSTEM,
      fields: () => ({ RelatedRecord: { RecordType: 28, Note: "not a record of its own" } }),
    }),
  );
}

/** An event id above what a double can hold, so that a reader that parses and writes again would change it. */
export function hygieneRecord(context: SampleContext): string {
  const record = noiseRecord(context, {
    recordType: 51,
    percent: 0,
    workload: "SecurityComplianceCenter",
    operations: ["HygieneTenantEvents"],
    userType: SYSTEM,
    fields: () => ({ Audit: "", Event: "Listed", EventId: 0, EventValue: context.person(), Reason: "Spam" }),
  });
  const eventId = `92233720368547${context.random.integer(10_000, 75_807)}`;
  return JSON.stringify(record).replace('"EventId":0', `"EventId":${eventId}`);
}

function pickType({ random }: SampleContext): NoiseType {
  let percent = random.next() * 100;
  for (const type of COMMON) {
    percent -= type.percent;
    if (percent < 0) return type;
  }
  return random.pick(RARE);
}

function noiseRecord(context: SampleContext, type: NoiseType): Record<string, unknown> {
  const { random } = context;
  const person = context.person();
  const { recordType, workload, userType } = type;
  return {
    ...commonFields(context, {
      recordType,
      operation: random.pick(type.operations),
      workload,
      userType,
      userKey: userType === SYSTEM ? workload : random.hex(16).toUpperCase(),
      userId: userType === SYSTEM ? workload : person,
      at: context.moment(),
    }),
    ClientIP: random.next() < 0.2 ? null : context.ipAddress(),
    ResultStatus: "Succeeded",
    ...type.fields?.(context),
  };
}
