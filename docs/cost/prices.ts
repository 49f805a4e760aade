/**
 * List prices in USD as of mid-2026, West Europe, pay as you go. Azure publishes them at https://azure.microsoft.com/pricing;
 * your agreement and region differ.
 */
export const PRICES = {
  /** Functions, Flex Consumption on demand, after the monthly grant. */
  flexGigabyteSecond: 0.000026,
  flexMillionExecutions: 0.4,
  /** Storage, zone-redundant, hot. */
  blobGigabyteMonth: 0.023,
  blobTenThousandWrites: 0.0625,
  blobTenThousandReads: 0.005,
  logAnalyticsGigabyte: 2.3,
  /** A log alert rule, by how often it is evaluated. */
  alertRuleEvery5Minutes: 1.5,
  alertRuleEvery15Minutes: 0.5,
  eventHubsThroughputUnitHour: 0.03,
  eventHubsMillionEvents: 0.028,
  privateEndpointHour: 0.01,
  privateDnsZone: 0.5,
  keyVaultTenThousandRequests: 0.03,
  keyVaultCertificateRenewal: 3,
} as const;

/** What is free in each month and subscription. */
export const GRANTS = { flexGigabyteSeconds: 100_000, flexExecutions: 250_000 } as const;
