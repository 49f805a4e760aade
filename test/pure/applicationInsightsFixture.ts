import {
  type ApplicationInsights,
  startApplicationInsights,
} from "../../local/applicationInsights/ingestion.ts";
import { startManagedIdentityEndpoint } from "../../local/entra/managedIdentity.ts";
import { type EntraFixture, startFixture } from "./localEntraFixture.ts";

export const INSTRUMENTATION_KEY = "22222222-3333-4444-8555-666666666666";
const COMPONENT =
  "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/siem/providers/Microsoft.Insights/components/siem";

/** An Application Insights component that takes telemetry with Entra tokens only, and an identity that may send it. */
export interface ApplicationInsightsFixture extends EntraFixture {
  applicationInsights: ApplicationInsights;
  /** What leads a function to the component: its application settings and the platform's own variables. */
  appSettings: Record<string, string>;
  platformEnvironment: Record<string, string>;
  /** Takes the role on the component from the identity, or gives it back. */
  setRole(granted: boolean): void;
}

export async function startApplicationInsightsFixture(): Promise<ApplicationInsightsFixture> {
  const fixture = await startFixture();
  const { directory, entra, tls } = fixture;
  const { clientId, principalObjectId } = directory.createManagedIdentity("poller");
  let hasRole = true;
  const applicationInsights = await startApplicationInsights({
    tls,
    verifyToken: token => entra.verify(token),
    findComponent: key =>
      key === INSTRUMENTATION_KEY ? { resourceId: COMPONENT, disableLocalAuth: true } : undefined,
    mayPublish: (principal, component) =>
      hasRole && principal === principalObjectId && component === COMPONENT,
  });
  const identities = await startManagedIdentityEndpoint({ directory, entra, clientIds: [clientId] });
  return {
    ...fixture,
    applicationInsights,
    appSettings: {
      APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=${INSTRUMENTATION_KEY};IngestionEndpoint=${applicationInsights.url}`,
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: `ClientId=${clientId};Authorization=AAD`,
    },
    platformEnvironment: { ...identities.environment, NODE_EXTRA_CA_CERTS: tls.caFile },
    setRole: granted => {
      hasRole = granted;
    },
    close: async () => {
      await identities.close();
      await applicationInsights.close();
      await fixture.close();
    },
  };
}
