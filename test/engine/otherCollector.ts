import type { LocalTenant } from "../../local/tenant.ts";

/** What a collector such as Splunk's add-on or Elastic's integration is configured with. */
export interface CollectorSettings {
  tenantId: string;
  clientId: string;
  clientSecret: string;
}

/** Ids of the events that somebody else's collector reads, as plain requests in the order in which such collectors send them. */
export async function collectAsOthersDo(tenant: LocalTenant, settings: CollectorSettings): Promise<string[]> {
  const authorization = `Bearer ${await tokenOf(tenant, settings)}`;
  const get = async (url: string) => {
    const answer = await fetch(url, { headers: { authorization } });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return { body: await answer.json(), next: answer.headers.get("nextpageuri") };
  };
  const feed = `${tenant.activityApi.url}/api/v1.0/${settings.tenantId}/activity/feed`;
  const events: string[] = [];
  let page: string | null = `${feed}/subscriptions/content?contentType=Audit.General`;
  while (page !== null) {
    const { body, next } = await get(page);
    for (const { contentUri } of body as { contentUri: string }[])
      events.push(...((await get(contentUri)).body as { Id: string }[]).map(({ Id }) => Id));
    page = next;
  }
  return events;
}

async function tokenOf({ entra }: LocalTenant, settings: CollectorSettings): Promise<string> {
  const { tenantId, clientId, clientSecret } = settings;
  const answer = await fetch(`${entra.url}/${tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope: "https://manage.office.com/.default",
    }),
  });
  const { access_token: token } = (await answer.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`There is no token: ${answer.status}.`);
  return token;
}
