import { STATUS_CODES } from "node:http";
import { containsUnknown, driftedInputs, omit, type Properties, UNKNOWN } from "../azure/properties.ts";
import { diffProperties } from "../azure/propertyDiff.ts";
import type { Directory } from "../entra/directory.ts";
import { DirectoryError } from "../entra/directoryError.ts";
import type { Deployer } from "./azureNativeProvider.ts";
import { application } from "./entraTypes/application.ts";
import { applicationCertificate } from "./entraTypes/applicationCertificate.ts";
import { applicationPassword } from "./entraTypes/applicationPassword.ts";
import { appRoleAssignment } from "./entraTypes/appRoleAssignment.ts";
import type { Entra, EntraType } from "./entraTypes/entraType.ts";
import { federatedIdentityCredential } from "./entraTypes/federatedIdentityCredential.ts";
import { getApplicationPublishedAppIds, getServicePrincipal } from "./entraTypes/functions.ts";
import { servicePrincipal } from "./entraTypes/servicePrincipal.ts";
import type {
  CheckRequest,
  CheckResult,
  CreatedResource,
  CreateRequest,
  DiffRequest,
  DiffResult,
  HostedProvider,
  InvokeRequest,
  ProviderConfiguration,
  ReadRequest,
  ReadResource,
  ResourceRequest,
  UpdateRequest,
} from "./hostedProvider.ts";

const TYPES: readonly EntraType[] = [
  application,
  servicePrincipal,
  appRoleAssignment,
  federatedIdentityCredential,
  applicationPassword,
  applicationCertificate,
];

/** A stand-in for Pulumi's azuread provider: the SDK's requests act upon the directory of the local tenant. */
export class AzureadProvider implements HostedProvider {
  readonly name = "azuread";
  readonly version = "6.9.1";
  readonly #entra: Entra;
  readonly #deployer: Deployer;

  constructor(directory: Directory, deployer: Deployer) {
    this.#entra = { directory, descriptions: new Map() };
    this.#deployer = deployer;
  }

  check(request: CheckRequest): CheckResult {
    const type = typeOf(request.type);
    const { inputs } = request;
    const missing = type.required.filter(name => inputs[name] === undefined);
    const known = Object.fromEntries(Object.entries(inputs).filter(([, value]) => !containsUnknown(value)));
    const reasons = [
      ...missing.map(name => `Missing required argument. The argument "${name}" is required`),
      ...(type.failures?.(known) ?? []),
    ];
    return { inputs, failures: reasons.map(reason => ({ reason })) };
  }

  diff({ type, oldInputs, inputs }: DiffRequest): DiffResult {
    const changes = diffProperties(oldInputs, inputs, typeOf(type).createOnly);
    return { changes, deleteBeforeReplace: false };
  }

  async create({ type, inputs, preview, configuration }: CreateRequest): Promise<CreatedResource> {
    const entraType = typeOf(type);
    if (preview) return { id: "", outputs: { ...unknown(entraType.outputs), ...inputs } };
    this.#refuseOtherTenant(configuration);
    const id = inGraphsWords(`Could not create ${entraType.noun}`, () =>
      entraType.create(inputs, this.#entra),
    );
    return { id, outputs: entraType.read(id, this.#entra) ?? {} };
  }

  read({ type, id, inputs, outputs, configuration }: ReadRequest): ReadResource | undefined {
    this.#refuseOtherTenant(configuration);
    const entraType = typeOf(type);
    const found = entraType.read(id, this.#entra);
    if (found === undefined) return undefined;
    const isImport = Object.keys(inputs).length === 0;
    const [before, after] = [outputs, found].map(shape => omit(shape, entraType.outputs));
    return {
      id,
      outputs: found,
      inputs: isImport ? { ...after } : driftedInputs(inputs, before ?? {}, after ?? {}),
    };
  }

  async update(request: UpdateRequest): Promise<Properties> {
    const entraType = typeOf(request.type);
    const { id, inputs, oldOutputs } = request;
    // What the tenant has given to an object, such as its ids, stays through every update.
    if (request.preview) return { ...omitUnless(oldOutputs, entraType.outputs), ...inputs };
    this.#refuseOtherTenant(request.configuration);
    inGraphsWords(`Could not update ${entraType.noun} with object ID "${id}"`, () =>
      entraType.update(id, inputs, this.#entra),
    );
    return entraType.read(id, this.#entra) ?? {};
  }

  async delete({ type, id, configuration }: ResourceRequest & { id: string }): Promise<void> {
    this.#refuseOtherTenant(configuration);
    const entraType = typeOf(type);
    if (entraType.read(id, this.#entra) === undefined) return;
    inGraphsWords(`Deleting ${entraType.noun} with object ID "${id}"`, () =>
      entraType.delete(id, this.#entra),
    );
  }

  invoke({ token, args, configuration }: InvokeRequest): Properties {
    this.#refuseOtherTenant(configuration);
    switch (token.split(":").at(-1)) {
      case "getClientConfig": {
        const { tenantId } = this.#entra.directory;
        const { clientId, objectId } = this.#deployer;
        return { id: `${tenantId}-${clientId}-${objectId}`, tenantId, clientId, objectId };
      }
      case "getServicePrincipal":
        return getServicePrincipal(args, this.#entra);
      case "getApplicationPublishedAppIds":
        return getApplicationPublishedAppIds();
      default:
        throw new Error(`The local tenant has no function ${token}.`);
    }
  }

  #refuseOtherTenant({ tenantId }: ProviderConfiguration): void {
    if (tenantId === undefined || tenantId === this.#entra.directory.tenantId) return;
    throw new Error(
      `AADSTS90002: Tenant '${tenantId}' not found. Check to make sure you have the correct tenant ID and are signing ` +
        "into the correct cloud.",
    );
  }
}

function typeOf(token: string): EntraType {
  const type = TYPES.find(candidate => candidate.token === token);
  if (type !== undefined) return type;
  throw new Error(
    `The local tenant has no ${token}. It has ${TYPES.map(known => known.token.split(":").at(-1)).join(", ")}. ` +
      "Add the type to local/providers/entraTypes with the rules that Entra has for it.",
  );
}

function unknown(names: readonly string[]): Properties {
  return Object.fromEntries(names.map(name => [name, UNKNOWN]));
}

function omitUnless(properties: Properties, names: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => names.includes(name)));
}

/** azuread shows a refusal of Microsoft Graph with its status and code. */
function inGraphsWords<Result>(context: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    const { status, code, message } = error;
    throw new Error(
      `${context}: unexpected status ${status} (${status} ${STATUS_CODES[status]}) with error: ${code}: ${message}`,
    );
  }
}
