import type { RunSummary } from "../reports/summary.ts";

/** Called with the reason when a run's metrics could not be sent. */
export type OnUnsent = (reason: string) => void;

/**
 * Sends a run's figures to the Application Insights component of the environment; without
 * `APPLICATIONINSIGHTS_CONNECTION_STRING` there is none, and no code of it is loaded. What goes wrong never fails a run:
 * `onUnsent` is told.
 */
export async function sendRunMetrics(
  summary: RunSummary,
  env: NodeJS.ProcessEnv,
  onUnsent: OnUnsent,
): Promise<void> {
  const connectionString = env.APPLICATIONINSIGHTS_CONNECTION_STRING?.trim() ?? "";
  if (connectionString === "") return;
  try {
    const { readTelemetrySettings } = await import("./connectionString.ts");
    const { MetricSender } = await import("./metricSender.ts");
    const { metricsOf } = await import("./runMetrics.ts");
    const { azureCredential } = await import("../azureCredential.ts");
    const settings = readTelemetrySettings(
      connectionString,
      env.APPLICATIONINSIGHTS_AUTHENTICATION_STRING ?? "",
    );
    const role = env.WEBSITE_SITE_NAME ?? "defender-siem";
    const sender = new MetricSender(settings, azureCredential(settings.managedIdentityClientId), role);
    await sender.send(metricsOf(summary), new Date());
  } catch (error) {
    onUnsent(error instanceof Error ? error.message : String(error));
  }
}
