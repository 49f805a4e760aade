import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { holdsRole, type RoleAssignment } from "../azure/heldRoles.ts";
import { createHttpsServer, listenOnLoopback } from "../entra/httpsServer.ts";
import type { VerifyToken } from "../entra/verifyToken.ts";
import type { LocalTls } from "../tls.ts";
import {
  badParameter,
  forbiddenByRoles,
  KeyVaultRefusal,
  notFound,
  unauthenticated,
} from "./keyVaultRefusal.ts";
import { type CertificateVersion, VaultCertificates } from "./vaultCertificates.ts";

export interface DeclaredVault {
  name: string;
  /** Resource id, on which roles are granted. */
  resourceId: string;
}

export interface KeyVaultSettings {
  tls: LocalTls;
  /** Checks an access token and gives its claims; any audience will do. */
  verifyToken: VerifyToken;
  /** The role assignments as they are now; asked for each call. */
  roleAssignments(): readonly RoleAssignment[];
  /** The vaults as they are now. */
  vaults(): readonly DeclaredVault[];
  /** Milliseconds as of `Date.now`. Defaults to the real clock. */
  now?: () => number;
}

/** https://learn.microsoft.com/azure/key-vault/general/rbac-guide */
const CERTIFICATES_OFFICER = "a4417e6f-fecd-4de8-b567-7b0420556985";
const CRYPTO_USER = "12338af0-0e69-4776-bea7-57ae8d297424";
const CRYPTO_OFFICER = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603";
const ADMINISTRATOR = "00482a5a-887f-4fb3-b363-3b7fe8e74483";

const MAY_MANAGE_CERTIFICATES = [CERTIFICATES_OFFICER, ADMINISTRATOR];
const MAY_SIGN = [CRYPTO_USER, CRYPTO_OFFICER, ADMINISTRATOR];

const AUDIENCE = /^https:\/\/vault\.(azure\.net|usgovcloudapi\.net)\/?$/;

/**
 * Starts what is behind the URIs of the local tenant's key vaults: certificates and the keys of theirs, by token and role
 * only. A vault is a folder of one host here, while in Azure it has a host of its own.
 */
export async function startKeyVaults(settings: KeyVaultSettings): Promise<LocalKeyVaults> {
  const server = createHttpsServer(settings.tls);
  const vaults = new LocalKeyVaults(settings, server);
  server.addHook("onRequest", async request => {
    const version = (request.query as { "api-version"?: string })["api-version"];
    if (version !== "7.4") throw badParameter(`The local tenant has the api-version 7.4, not '${version}'.`);
  });
  server.post("/:vault/certificates/:name/create", async (request, reply) =>
    reply.status(202).send(await vaults.createCertificate(request)),
  );
  server.get("/:vault/certificates/:name/pending", request => vaults.readOperation(request));
  server.get("/:vault/certificates/:name", request => vaults.readCertificate(request));
  server.get("/:vault/certificates/:name/:version", request => vaults.readCertificate(request));
  server.post("/:vault/keys/:name/:version/sign", request => vaults.sign(request));
  server.setErrorHandler((error, _request, reply) => refuse(error, reply));
  vaults.url = await listenOnLoopback(server);
  return vaults;
}

function refuse(error: unknown, reply: FastifyReply): FastifyReply {
  if (!(error instanceof KeyVaultRefusal)) throw error;
  const { status, code, message, innerCode } = error;
  const innererror = innerCode === undefined ? {} : { innererror: { code: innerCode } };
  return reply.status(status).send({ error: { code, message, ...innererror } });
}

/** The key vaults of the local tenant, from behind as well. */
export class LocalKeyVaults {
  /** Above the vaults: the URI of one is `<url>/<name>/`. */
  url = "";
  readonly #settings: KeyVaultSettings;
  readonly #server: FastifyInstance;
  /** By resource id. What is in a vault goes with it. */
  readonly #contents = new Map<string, VaultCertificates>();

  constructor(settings: KeyVaultSettings, server: FastifyInstance) {
    this.#settings = settings;
    this.#server = server;
  }

  /** What is in the vault of that name. */
  certificatesOf(vaultName: string): VaultCertificates {
    const vault = this.#settings.vaults().find(({ name }) => name.toLowerCase() === vaultName.toLowerCase());
    if (vault === undefined) throw new Error(`The local tenant has no key vault '${vaultName}'.`);
    return this.#contentOf(vault);
  }

  async createCertificate(request: FastifyRequest): Promise<object> {
    const { vault, name } = await this.#authorize(
      request,
      "certificates/create/action",
      MAY_MANAGE_CERTIFICATES,
    );
    // The answer does not wait for it.
    void this.#contentOf(vault).create(name, (request.body as { policy?: unknown } | null)?.policy);
    return this.#operation(vault, name);
  }

  async readOperation(request: FastifyRequest): Promise<object> {
    const { vault, name } = await this.#authorize(request, "certificates/read", MAY_MANAGE_CERTIFICATES);
    return this.#operation(vault, name);
  }

  async readCertificate(request: FastifyRequest): Promise<object> {
    const { vault, name } = await this.#authorize(request, "certificates/read", MAY_MANAGE_CERTIFICATES);
    const { version } = request.params as { version?: string };
    return this.#bundle(vault, name, this.#contentOf(vault).get(name, version));
  }

  async sign(request: FastifyRequest): Promise<object> {
    const { vault, name } = await this.#authorize(request, "keys/sign/action", MAY_SIGN);
    const { version = "" } = request.params as { version?: string };
    const { alg, value } = (request.body ?? {}) as { alg?: unknown; value?: unknown };
    const signature = this.#contentOf(vault).sign(name, version, alg, value);
    return { kid: `${this.#uriOf(vault)}keys/${name}/${version}`, value: signature };
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  async #authorize(request: FastifyRequest, action: string, roles: readonly string[]) {
    const { vault: vaultName = "", name = "" } = request.params as { vault?: string; name?: string };
    const principal = await this.#authenticate(request);
    const vault = this.#settings.vaults().find(other => other.name.toLowerCase() === vaultName.toLowerCase());
    if (vault === undefined) throw notFound("certificate", vaultName);
    const resource = `${vault.resourceId}/${action.split("/")[0]}/${name}`;
    if (!holdsRole(this.#settings.roleAssignments(), principal, roles, resource))
      throw forbiddenByRoles(principal, `Microsoft.KeyVault/vaults/${action}`, resource);
    return { vault, name };
  }

  async #authenticate(request: FastifyRequest): Promise<string> {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined) throw unauthenticated("AKV10000: Request is missing a Bearer or PoP token.");
    const { aud, oid } = await this.#settings.verifyToken(token).catch((error: Error) => {
      throw unauthenticated(error.message);
    });
    if (!AUDIENCE.test(String(aud))) throw unauthenticated(`AKV10022: Invalid audience. Found: ${aud}.`);
    return String(oid);
  }

  #contentOf({ resourceId }: DeclaredVault): VaultCertificates {
    const content = this.#contents.get(resourceId) ?? new VaultCertificates(this.#settings.now ?? Date.now);
    this.#contents.set(resourceId, content);
    return content;
  }

  #uriOf({ name }: DeclaredVault): string {
    return `${this.url}/${name}/`;
  }

  #operation(vault: DeclaredVault, name: string): object {
    const id = `${this.#uriOf(vault)}certificates/${name}`;
    const isPending = this.#contentOf(vault).isPending(name);
    return {
      id: `${id}/pending`,
      issuer: { name: "Self" },
      status: isPending ? "inProgress" : "completed",
      ...(isPending ? {} : { target: id }),
    };
  }

  #bundle(vault: DeclaredVault, name: string, { version, certificate, enabled }: CertificateVersion): object {
    const uri = this.#uriOf(vault);
    const seconds = (time: Date) => time.getTime() / 1000;
    return {
      id: `${uri}certificates/${name}/${version}`,
      kid: `${uri}keys/${name}/${version}`,
      sid: `${uri}secrets/${name}/${version}`,
      cer: certificate.raw.toString("base64"),
      attributes: { enabled, nbf: seconds(certificate.validFromDate), exp: seconds(certificate.validToDate) },
    };
  }
}
