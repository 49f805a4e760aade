import type { RoleAssignment } from "../../local/azure/heldRoles.ts";
import type { SinkEvent } from "../../poller/sinks/sink.ts";
import type { EntraFixture } from "./localEntraFixture.ts";

/** An identity of the tenant, with what the SDKs want of a credential. */
export function identity({ directory, entra }: EntraFixture, name: string) {
  const { clientId, principalObjectId } = directory.createManagedIdentity(name);
  const credential = {
    getToken: async (scopes: string | string[]) => {
      const resource = [scopes].flat()[0]!.replace(/\/\.default$/, "");
      const token = await entra.requestManagedIdentityToken(directory, clientId, resource);
      return { token: token.accessToken, expiresOnTimestamp: token.expiresOn * 1000 };
    },
  };
  return { principalObjectId, credential };
}

export function grant(role: string, principalObjectId: string, scope: string): RoleAssignment {
  const roleDefinitionId = `/subscriptions/11111111-2222-4333-8444-555555555555/providers/Microsoft.Authorization/roleDefinitions/${role}`;
  return { scope, roleDefinitionId, principalObjectId };
}

/** As a line of an event blob comes to a sink. */
export function sinkEvent(text: string): SinkEvent {
  const { Id, RecordType, CreationTime } = JSON.parse(text);
  return { id: Id, recordType: RecordType, creationTime: CreationTime, line: Buffer.from(text) };
}

export function numbered(count: number): SinkEvent[] {
  return Array.from({ length: count }, (_, index) =>
    sinkEvent(JSON.stringify({ Id: `event-${index}`, RecordType: 28, CreationTime: "2026-11-20T07:00:00" })),
  );
}

/** What the service really sends: other alphabets, JSON within JSON, nulls, numbers that JavaScript cannot hold. */
export const STRANGE_EVENTS = [
  '{"Id":"a","RecordType":28,"CreationTime":"2026-11-20T07:00:00","Subject":"Grüße 你好 🎣","P2Sender":"x\\u00fc@contoso.com"}',
  '{ "Id" : "b", "RecordType":64,"Data":"{\\"Id\\":\\"urn:1\\",\\"Nested\\":\\"{\\\\\\"a\\\\\\":1}\\"}", "Nothing":null }',
  '{"Id":"c","RecordType":47,"Long":12345678901234567890,"Exact":1.10,"Twice":1,"Twice":2,"Empty":{}}',
  '{"RecordType":41,"Url":"https:\\/\\/evil.example\\/?q=1"}',
];

export async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  return await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}
