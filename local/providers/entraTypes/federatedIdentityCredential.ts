import type { Properties } from "../../azure/properties.ts";
import { type EntraType, listOf, objectIdIn } from "./entraType.ts";

const APPLICATION_ID = /^\/applications\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const federatedIdentityCredential: EntraType = {
  token: "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential",
  noun: "application federated identity credential",
  required: ["applicationId", "audiences", "displayName", "issuer", "subject"],
  createOnly: ["applicationId", "displayName"],
  outputs: ["credentialId"],
  failures({ applicationId, audiences }) {
    return [
      applicationId === undefined || APPLICATION_ID.test(String(applicationId))
        ? ""
        : `parsing "${applicationId}": it is not of the form "/applications/<object id>". Give the id of the application, ` +
          "not its client id or object id",
      audiences === undefined || listOf(audiences).length === 1
        ? ""
        : `Too many or too few audiences: exactly 1 is supported, but the config has ${listOf(audiences).length} declared`,
    ].filter(Boolean);
  },
  create(inputs, { directory }) {
    const applicationObjectId = objectIdIn(String(inputs.applicationId));
    const { id } = directory.addFederatedCredential(applicationObjectId, {
      name: String(inputs.displayName),
      ...changeable(inputs),
    });
    return `${applicationObjectId}/federatedIdentityCredential/${id}`;
  },
  read(id, { directory }) {
    const application = directory.applications.get(applicationObjectIdIn(id));
    const found = application?.federatedCredentials.find(credential => credential.id === objectIdIn(id));
    if (application === undefined || found === undefined) return undefined;
    const { name, issuer, subject, audiences, description } = found;
    return {
      applicationId: `/applications/${application.objectId}`,
      audiences,
      credentialId: found.id,
      ...(description === undefined ? {} : { description }),
      displayName: name,
      issuer,
      subject,
    };
  },
  update(id, inputs, { directory }) {
    directory.updateFederatedCredential(applicationObjectIdIn(id), objectIdIn(id), changeable(inputs));
  },
  delete(id, { directory }) {
    directory.removeFederatedCredential(applicationObjectIdIn(id), objectIdIn(id));
  },
};

function applicationObjectIdIn(id: string): string {
  return id.split("/")[0] ?? "";
}

function changeable({ issuer, subject, audiences, description }: Properties) {
  return {
    issuer: String(issuer),
    subject: String(subject),
    audiences: listOf<string>(audiences),
    description: description as string | undefined,
  };
}
