import type { Properties } from "../../azure/properties.ts";
import { type EntraType, objectIdIn } from "./entraType.ts";

const TYPES = ["AsymmetricX509Cert", "Symmetric"];

export const applicationCertificate: EntraType = {
  token: "azuread:index/applicationCertificate:ApplicationCertificate",
  noun: "application certificate",
  required: ["applicationId", "value"],
  createOnly: [
    "applicationId",
    "encoding",
    "endDate",
    "endDateRelative",
    "keyId",
    "startDate",
    "type",
    "value",
  ],
  outputs: ["keyId"],
  failures({ type, encoding = "pem" }) {
    return [
      type === undefined || TYPES.includes(String(type))
        ? ""
        : `expected type to be one of ${JSON.stringify(TYPES)}, got ${type}`,
      ["base64", "pem"].includes(String(encoding))
        ? ""
        : `the local tenant takes certificates encoded as base64 or pem, got ${encoding}`,
    ].filter(Boolean);
  },
  create({ applicationId, value, encoding = "pem", ...others }, { directory, descriptions }) {
    const applicationObjectId = objectIdIn(String(applicationId));
    const certificate = encoding === "base64" ? pemOf(String(value)) : String(value);
    const { keyId } = directory.addCertificate(applicationObjectId, certificate);
    const id = `${applicationObjectId}/certificate/${keyId}`;
    // Graph does not show a certificate again; what azuread gives afterwards comes from its state.
    descriptions.set(id, { value, encoding, ...others });
    return id;
  },
  read(id, { directory, descriptions }) {
    const application = directory.applications.get(applicationObjectIdIn(id));
    const found = application?.certificates.find(({ keyId }) => keyId === objectIdIn(id));
    if (application === undefined || found === undefined) return undefined;
    return {
      ...(descriptions.get(id) as Properties),
      startDate: inSeconds(found.startDateTime),
      endDate: inSeconds(found.endDateTime),
      applicationId: `/applications/${application.objectId}`,
      keyId: found.keyId,
    };
  },
  update() {
    throw new Error("Every input of an application certificate makes a new one.");
  },
  delete(id, { directory, descriptions }) {
    directory.removeCertificate(applicationObjectIdIn(id), objectIdIn(id));
    descriptions.delete(id);
  },
};

function applicationObjectIdIn(id: string): string {
  return id.split("/")[0] ?? "";
}

/** As Graph writes a time. */
function inSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, "Z");
}

function pemOf(base64: string): string {
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}
