import { alerts } from "../../components/monitoring/alerts.ts";
import { GRANTS, PRICES } from "./prices.ts";

/** An integration whose cost is estimated. */
export interface Size {
  eventsPerDay: number;
  /** How long a run takes. */
  runSeconds: number;
  /** Requests to storage in a run: reads and writes of ledger, events, markers, and the host's own. */
  writesPerRun: number;
  readsPerRun: number;
}

export const SIZES: readonly [Size, Size] = [
  { eventsPerDay: 10_000, runSeconds: 5, writesPerRun: 12, readsPerRun: 15 },
  { eventsPerDay: 1_000_000, runSeconds: 30, writesPerRun: 40, readsPerRun: 60 },
];

/** What the estimate takes for granted. */
export const ASSUMPTIONS = {
  daysPerMonth: 30,
  hoursPerMonth: 730,
  pollIntervalMinutes: 5,
  instanceGigabytes: 0.5,
  eventKilobytes: 2.5,
  /** By how much gzip makes events smaller. */
  compression: 7,
  retentionDays: 365,
  /** Lines, metrics and requests of a run with what Application Insights adds to each. */
  telemetryKilobytesPerRun: 20,
  /** A record of one read or write of the event store. */
  auditKilobytes: 1,
  privateEndpoints: 2,
  /** Twelve without the ninety days before its end. */
  monthsBetweenCertificates: 9,
} as const;

export interface CostItem {
  item: string;
  /** USD a month for each of the sizes. */
  cost: [number, number];
  /** Whether it comes only with an option. */
  isOption: boolean;
}

/** What an integration costs a month, item by item: first what every one has, then what an option adds. */
export function costItems(): CostItem[] {
  const item = (name: string, isOption: boolean, cost: (size: Size) => number): CostItem => ({
    item: name,
    isOption,
    cost: [cost(SIZES[0]), cost(SIZES[1])],
  });
  return [
    item("Function on Flex Consumption", false, compute),
    item("Storage of a year of events, ledger and host", false, storage),
    item("Monitoring: telemetry and access records", false, telemetry),
    item("Monitoring: alert rules", false, () => alertRules(false)),
    item("with sinks: their alert rules", true, () => alertRules(true) - alertRules(false)),
    item("with an `eventHubs` sink: one throughput unit", true, eventHubs),
    item("with a `logsIngestion` sink: ingestion, without Sentinel's own price", true, logsIngestion),
    item("with a `splunkHec` sink: Key Vault", true, keyVault),
    item("with `pollerCredential: certificate`: Key Vault", true, certificate),
    item("with `network: private`: endpoints and DNS zone", true, privateNetwork),
  ];
}

/** What every integration has, together. */
export function baseCost(): [number, number] {
  const base = costItems().filter(({ isOption }) => !isOption);
  return [sum(base.map(({ cost }) => cost[0])), sum(base.map(({ cost }) => cost[1]))];
}

/** The rows of the table in README.md beside this file. */
export function costRows(): string[][] {
  const row = (item: string, cost: [number, number]) => [item, dollars(cost[0]), dollars(cost[1])];
  const items = costItems();
  return [
    ...items.filter(({ isOption }) => !isOption).map(({ item, cost }) => row(item, cost)),
    row("**together**", baseCost()),
    ...items.filter(({ isOption }) => isOption).map(({ item, cost }) => row(item, cost)),
  ];
}

function runsPerMonth(): number {
  return (ASSUMPTIONS.daysPerMonth * 24 * 60) / ASSUMPTIONS.pollIntervalMinutes;
}

function compute({ runSeconds }: Size): number {
  const gigabyteSeconds = runsPerMonth() * runSeconds * ASSUMPTIONS.instanceGigabytes;
  const paid = Math.max(0, gigabyteSeconds - GRANTS.flexGigabyteSeconds);
  const executions = Math.max(0, runsPerMonth() - GRANTS.flexExecutions) / 1_000_000;
  return paid * PRICES.flexGigabyteSecond + executions * PRICES.flexMillionExecutions;
}

function storage({ eventsPerDay, writesPerRun, readsPerRun }: Size): number {
  const { retentionDays, eventKilobytes, compression } = ASSUMPTIONS;
  const gigabytes = (eventsPerDay * retentionDays * eventKilobytes) / compression / 1_000_000;
  const requests = writesPerRun * PRICES.blobTenThousandWrites + readsPerRun * PRICES.blobTenThousandReads;
  return gigabytes * PRICES.blobGigabyteMonth + (runsPerMonth() * requests) / 10_000;
}

function telemetry({ writesPerRun, readsPerRun }: Size): number {
  const { telemetryKilobytesPerRun, auditKilobytes } = ASSUMPTIONS;
  const kilobytes = telemetryKilobytesPerRun + (writesPerRun + readsPerRun) * auditKilobytes;
  return ((runsPerMonth() * kilobytes) / 1_000_000) * PRICES.logAnalyticsGigabyte;
}

/** The rules that are really declared. */
function alertRules(hasSinks: boolean): number {
  const settings = { componentId: "", codeId: "", stalledAfterMinutes: 30, lagMinutes: 720 };
  const { pollIntervalMinutes } = ASSUMPTIONS;
  const rules = alerts({ ...settings, pollIntervalMinutes, hasSinks });
  return sum(
    rules.map(({ frequencyMinutes }) =>
      frequencyMinutes < 15 ? PRICES.alertRuleEvery5Minutes : PRICES.alertRuleEvery15Minutes,
    ),
  );
}

function eventHubs({ eventsPerDay }: Size): number {
  const millions = (eventsPerDay * ASSUMPTIONS.daysPerMonth) / 1_000_000;
  const units = ASSUMPTIONS.hoursPerMonth * PRICES.eventHubsThroughputUnitHour;
  return units + millions * PRICES.eventHubsMillionEvents;
}

function logsIngestion({ eventsPerDay }: Size): number {
  const gigabytes = (eventsPerDay * ASSUMPTIONS.daysPerMonth * ASSUMPTIONS.eventKilobytes) / 1_000_000;
  return gigabytes * PRICES.logAnalyticsGigabyte;
}

/** The host reads the token anew once a day, and when an instance starts: at most with every run. */
function keyVault(): number {
  return (runsPerMonth() / 10_000) * PRICES.keyVaultTenThousandRequests;
}

/** One signature in a run at most. */
function certificate(): number {
  return keyVault() + PRICES.keyVaultCertificateRenewal / ASSUMPTIONS.monthsBetweenCertificates;
}

function privateNetwork(): number {
  const { privateEndpoints, hoursPerMonth } = ASSUMPTIONS;
  return privateEndpoints * hoursPerMonth * PRICES.privateEndpointHour + PRICES.privateDnsZone;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function dollars(value: number): string {
  if (value === 0) return "0";
  if (value < 0.1) return "< 0.1";
  return value.toFixed(value < 10 ? 1 : 0);
}
