import type { Properties } from "../../azure/properties.ts";
import { type EntraType, objectIdIn } from "./entraType.ts";

export const applicationPassword: EntraType = {
  token: "azuread:index/applicationPassword:ApplicationPassword",
  noun: "application password",
  required: ["applicationId"],
  createOnly: ["applicationId", "displayName", "endDate", "rotateWhenChanged", "startDate"],
  outputs: ["keyId", "value"],
  create({ applicationId, displayName, startDate, endDate }, { directory, descriptions }) {
    const applicationObjectId = objectIdIn(String(applicationId));
    const { keyId, secretText } = directory.addPassword(applicationObjectId, {
      displayName: displayName as string | undefined,
      startDateTime: dateOf(startDate),
      endDateTime: dateOf(endDate),
    });
    const id = `${applicationObjectId}/password/${keyId}`;
    // Graph shows it this once; what azuread gives afterwards comes from its state.
    descriptions.set(id, { value: secretText });
    return id;
  },
  read(id, { directory, descriptions }) {
    const application = directory.applications.get(applicationObjectIdIn(id));
    const found = application?.passwords.find(({ keyId }) => keyId === objectIdIn(id));
    if (application === undefined || found === undefined) return undefined;
    return {
      applicationId: `/applications/${application.objectId}`,
      displayName: found.displayName,
      startDate: found.startDateTime.toISOString(),
      endDate: found.endDateTime.toISOString(),
      keyId: found.keyId,
      ...(descriptions.get(id) as Properties),
    };
  },
  update() {
    throw new Error("Every input of an application password makes a new one.");
  },
  delete(id, { directory }) {
    directory.removePassword(applicationObjectIdIn(id), objectIdIn(id));
  },
};

function applicationObjectIdIn(id: string): string {
  return id.split("/")[0] ?? "";
}

function dateOf(value: unknown): Date | undefined {
  return value === undefined ? undefined : new Date(String(value));
}
