import { SeededRandom } from "../random.ts";

export interface SampleSettings {
  seed: string | number;
  tenantId: string;
  /** Time of the newest event, in milliseconds since 1970. */
  newestAt: number;
  /** Whether records deviate from Microsoft's schema in the ways that were seen on the wire. */
  schemaDrift: boolean;
}

/** Events reach back this far from the newest. */
const SPAN_MILLISECONDS = 3_600_000;

const PEOPLE = ["adele", "alex", "björn", "diego", "emily", "grady", "lee", "megan", "nestor", "zoë"];

/** What all records of one sample share: chance, the tenant, its people and its clock. */
export class SampleContext {
  readonly random: SeededRandom;
  readonly tenantId: string;
  readonly schemaDrift: boolean;
  readonly #newestAt: number;

  constructor({ seed, tenantId, newestAt, schemaDrift }: SampleSettings) {
    this.random = new SeededRandom(seed);
    this.tenantId = tenantId;
    this.schemaDrift = schemaDrift;
    this.#newestAt = newestAt;
  }

  /** A moment of the hour before the newest event. */
  moment(): Date {
    return new Date(this.#newestAt - this.random.integer(0, SPAN_MILLISECONDS));
  }

  person(): string {
    return `${this.random.pick(PEOPLE)}@contoso.example`;
  }

  /** Of the ranges that RFC 5737 keeps for documentation. */
  ipAddress(): string {
    const network = this.random.pick(["192.0.2", "198.51.100", "203.0.113"]);
    return `${network}.${this.random.integer(1, 254)}`;
  }
}

/** A time as the service writes it: UTC without saying so. */
export function zoneless(at: Date, earlierBySeconds = 0): string {
  return new Date(at.getTime() - earlierBySeconds * 1000)
    .toISOString()
    .slice(0, "YYYY-MM-DDTHH:MM:SS".length);
}

export interface RecordHead {
  recordType: number;
  operation: string;
  workload: string;
  userType: number;
  userKey: string;
  userId: string;
  at: Date;
  id?: string;
}

/** The fields that every record begins with, in the order of real ones. */
export function commonFields(context: SampleContext, head: RecordHead): Record<string, unknown> {
  return {
    CreationTime: zoneless(head.at),
    Id: head.id ?? context.random.guid(),
    Operation: head.operation,
    OrganizationId: context.tenantId,
    RecordType: head.recordType,
    UserKey: head.userKey,
    UserType: head.userType,
    Version: 1,
    Workload: head.workload,
    UserId: head.userId,
  };
}

/** The head of the records that Defender writes under its own name. */
export function threatIntelligence(
  recordType: number,
  operation: string,
  at: Date,
  userId = "ThreatIntel",
): RecordHead {
  return {
    recordType,
    operation,
    at,
    userId,
    userKey: "ThreatIntel",
    userType: 4,
    workload: "ThreatIntelligence",
  };
}
