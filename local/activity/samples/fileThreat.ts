import { commonFields, type SampleContext, threatIntelligence, zoneless } from "./sampleContext.ts";

/**
 * Record type 47: a file in SharePoint, OneDrive or Teams. `variant` counts through a complete record, one with the
 * hash in base64 as seen in 2025, and one without the fields that a capture of 2023 lacks.
 */
export function fileThreat(context: SampleContext, variant: number): string {
  const file = detectedFile(context, variant);
  if (variant % 3 !== 2) return JSON.stringify(file);
  const { SourceWorkload: _workload, LastModifiedBy: _by, LastModifiedDate: _date, ...sparse } = file;
  return JSON.stringify(sparse);
}

function detectedFile(context: SampleContext, variant: number): Record<string, unknown> {
  const { random, schemaDrift } = context;
  const at = context.moment();
  const person = context.person();
  const id = random.guid();
  const fileName = random.pick(["setup_tool.exe", "Übersicht Q4.xlsm", "発注書.js"]);
  const hash = Buffer.from(random.hex(64), "hex");
  return {
    ...commonFields(context, { ...threatIntelligence(47, "AtpDetection", at, person), id }),
    DetectionDate: zoneless(at, 48),
    DetectionMethod: random.pick(["AntiMalware", "Reputation"]),
    EventDeepLink:
      "https://security.microsoft.com/threatexplorer?dltarget=Explorer&dlstorage=Url&viewid=MalwareContent" +
      `&query-Id=${id}`,
    FileData: {
      DocumentId: random.guid(),
      FileName: fileName,
      FilePath: `https://contoso-my.sharepoint.example/personal/${person.split("@")[0]}/Documents/${fileName}`,
      FileSize: String(random.integer(10_000, 5_000_000)),
      FileVerdict: 1,
      MalwareFamily: "Malicious Payload",
      SHA256: hash.toString(schemaDrift && variant % 3 === 1 ? "base64" : "hex"),
    },
    LastModifiedBy: person,
    LastModifiedDate: zoneless(at, 260),
    SourceWorkload: Math.floor(variant / 3) % 3,
  };
}
