import { commonFields, type SampleContext, threatIntelligence, zoneless } from "./sampleContext.ts";

const SUBJECTS = [
  "Password expires today",
  "Zahlungserinnerung – Rechnung Nr. 4711 überfällig",
  "【重要】アカウントの確認",
  'RE: "urgent" \\ invoice {"RecordType":25}',
  "🎁 Ваш подарок ждёт",
  "Fwd: Déclaration de TVA",
];

/**
 * Record type 28: a mail that was detected at delivery, after it, or removed by zero-hour auto purge. `variant` counts
 * through the forms: phish, malware removed from the mailbox, no policy, nulls, escapes, an override.
 */
export function mailThreat(context: SampleContext, variant: number): string {
  const mail = inlinePhish(context, SUBJECTS[variant % SUBJECTS.length]!);
  switch (variant % 6) {
    case 1:
      return JSON.stringify({ ...mail, ...purgedMalware(context) });
    case 2:
      return JSON.stringify(withoutPolicy(mail));
    case 3:
      return JSON.stringify({
        ...mail,
        DetectionType: "Delayed",
        Connector: null,
        PhishConfidenceLevel: null,
      });
    case 4:
      return escaped(JSON.stringify(mail));
    case 5:
      return JSON.stringify({ ...mail, ...overridden() });
    default:
      return JSON.stringify(mail);
  }
}

function inlinePhish(context: SampleContext, subject: string): Record<string, unknown> {
  const { random } = context;
  const at = context.moment();
  const messageId = random.guid();
  const day = zoneless(at).slice(0, "YYYY-MM-DD".length);
  const key = `${messageId}-${random.integer(10 ** 14, 10 ** 15)}-1`;
  return {
    ...commonFields(context, threatIntelligence(28, "TIMailData", at)),
    ObjectId: key,
    AdditionalActionsAndResults: ["OriginalDelivery: [N/A]"],
    AuthDetails: [
      { Name: "SPF", Value: "Fail" },
      { Name: "DKIM", Value: "None" },
      { Name: "DMARC", Value: "Best guess pass" },
      { Name: "Comp Auth", Value: "fail" },
    ],
    DeliveryAction: "Blocked",
    DetectionMethod: random.pick(["URL detonation reputation", "Spoof DMARC", "Impersonation brand"]),
    DetectionType: "Inline",
    Directionality: "Inbound",
    EventDeepLink:
      `https://security.microsoft.com/?hash=/threatexplorer?messageParams=${messageId},${key},` +
      `${day}T00:00:00,${day}T23:59:59&view=Phish`,
    InternetMessageId: `<${random.hex(16)}@mailer.phish.example>`,
    LatestDeliveryLocation: "Quarantine",
    MessageTime: zoneless(at, 96),
    NetworkMessageId: messageId,
    OriginalDeliveryLocation: "Quarantine",
    P1Sender: `bounce-${random.integer(1, 9999)}@mailer.phish.example`,
    P2Sender: "it-support@contoso-login.example",
    PhishConfidenceLevel: "High",
    Policy: "HighConfidencePhish",
    PolicyAction: "Quarantine",
    Recipients: [context.person()],
    SenderIp: context.ipAddress(),
    Subject: subject,
    ThreatsAndDetectionTech: ["Phish: [URL detonation reputation, Spoof DMARC]", "Spam: [General filter]"],
    Verdict: "Phish",
  };
}

/** The policy is spelled as on the wire. FileVerdict was seen as a number and as a numeric text. */
function purgedMalware({ random, schemaDrift }: SampleContext): Record<string, unknown> {
  return {
    AttachmentData: [
      {
        FileName: `invoice_${random.integer(1000, 9999)}.pdf.exe`,
        FileType: "exe;zip",
        FileVerdict: schemaDrift ? "1" : 1,
        MalwareFamily: "Malicious Payload",
        SHA256: random.hex(64).toUpperCase(),
      },
    ],
    DeliveryAction: "Delivered",
    DetectionMethod: "File detonation",
    DetectionType: "ZAP",
    OriginalDeliveryLocation: "Inbox",
    Policy: "SafeAttachements",
    ThreatsAndDetectionTech: ["Malware: [File detonation]"],
    Verdict: "Malware",
  };
}

function withoutPolicy({ Policy: _policy, ...mail }: Record<string, unknown>): Record<string, unknown> {
  return { ...mail, PolicyAction: "MoveToJmf", LatestDeliveryLocation: "JunkFolder" };
}

function overridden(): Record<string, unknown> {
  return {
    DeliveryAction: "DeliveredAsSpam",
    SystemOverrides: [
      { Details: "Antispam allow list", FinalOverride: "Yes", Result: "Allow", Source: "Tenant" },
    ],
    Verdict: "Spam",
  };
}

/** The same JSON in ASCII and with escaped slashes, which a reader that parses and writes again would not keep. */
function escaped(json: string): string {
  return json
    .replaceAll("/", "\\/")
    .replace(/[\u0080-\uffff]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
