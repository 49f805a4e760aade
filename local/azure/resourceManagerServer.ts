import type { FastifyReply, FastifyRequest } from "fastify";
import { createHttpsServer, listenOnLoopback } from "../entra/httpsServer.ts";
import type { VerifyToken } from "../entra/verifyToken.ts";
import type { LocalTls } from "../tls.ts";

/** A permission as Azure lists it: what one role assignment allows. */
export interface Permission {
  actions: string[];
  notActions: string[];
}

/** What Azure Resource Manager answers over HTTP about the caller and the subscription; tests change it. */
export interface SubscriptionFacts {
  /** What each principal may do on the subscription, by object id. Whoever is not here may do nothing. */
  permissions: Map<string, Permission[]>;
  /** Namespaces of resource providers that are not registered, in any letter case. */
  unregistered: Set<string>;
}

export interface ResourceManagerEndpoint {
  url: string;
  facts: SubscriptionFacts;
  close(): Promise<void>;
}

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/privileged */
const CONTRIBUTOR: Permission = {
  actions: ["*"],
  notActions: [
    "Microsoft.Authorization/*/Delete",
    "Microsoft.Authorization/*/Write",
    "Microsoft.Authorization/elevateAccess/Action",
    "Microsoft.Blueprint/blueprintAssignments/write",
    "Microsoft.Blueprint/blueprintAssignments/delete",
    "Microsoft.Compute/galleries/share/action",
    "Microsoft.Purview/consents/write",
    "Microsoft.Purview/consents/delete",
  ],
};
const ACCESS_ADMINISTRATOR: Permission = {
  actions: [
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleAssignments/delete",
    "*/read",
    "Microsoft.Support/*",
  ],
  notActions: [],
};

/** A deployer as the documentation asks for it. */
export function deployerPermissions(): Permission[] {
  return structuredClone([CONTRIBUTOR, ACCESS_ADMINISTRATOR]);
}

const AUDIENCES = [
  "https://management.azure.com",
  "https://management.core.windows.net",
  "https://management.usgovcloudapi.net",
];

/**
 * What this project reads of Azure Resource Manager over HTTP: the rights of the caller, and the functions of an app.
 * Resources are the provider's business, not this endpoint's.
 */
export async function startResourceManagerServer(options: {
  tls: LocalTls;
  verifyToken: VerifyToken;
  subscriptionId: string;
  deployerObjectId: string;
  /** Names of the functions that the host has found in the code of an app; undefined when there is no such app. */
  functionsOf(functionAppId: string): string[] | undefined;
}): Promise<ResourceManagerEndpoint> {
  const facts: SubscriptionFacts = {
    permissions: new Map([[options.deployerObjectId, deployerPermissions()]]),
    unregistered: new Set(),
  };
  const server = createHttpsServer(options.tls);
  const permissionsOf = async (request: FastifyRequest, reply: FastifyReply) => {
    const caller = await callerOf(request, options.verifyToken);
    if (caller === undefined)
      return refuse(reply, 401, "InvalidAuthenticationToken", "The access token is invalid.");
    return { value: facts.permissions.get(caller) ?? [] };
  };
  const subscription = `/subscriptions/${options.subscriptionId}`;
  server.get(`${subscription}/providers/Microsoft.Authorization/permissions`, permissionsOf);
  server.get(
    `${subscription}/resourceGroups/:group/providers/Microsoft.Authorization/permissions`,
    permissionsOf,
  );
  server.get(`${subscription}/providers/:namespace`, async (request, reply) => {
    const caller = await callerOf(request, options.verifyToken);
    if (caller === undefined)
      return refuse(reply, 401, "InvalidAuthenticationToken", "The access token is invalid.");
    if (!facts.permissions.get(caller)?.length)
      return refuse(
        reply,
        403,
        "AuthorizationFailed",
        `The client with object id '${caller}' may not read it.`,
      );
    const { namespace } = request.params as { namespace: string };
    const isMissing = [...facts.unregistered].some(other => other.toLowerCase() === namespace.toLowerCase());
    return {
      id: `${subscription}/providers/${namespace}`,
      namespace,
      registrationState: isMissing ? "NotRegistered" : "Registered",
    };
  });
  server.get(
    `${subscription}/resourceGroups/:group/providers/Microsoft.Web/sites/:site/functions`,
    async (request, reply) => {
      const caller = await callerOf(request, options.verifyToken);
      if (caller === undefined)
        return refuse(reply, 401, "InvalidAuthenticationToken", "The access token is invalid.");
      const { group, site } = request.params as { group: string; site: string };
      const appId = `${subscription}/resourceGroups/${group}/providers/Microsoft.Web/sites/${site}`;
      if (!facts.permissions.get(caller)?.length)
        return refuse(
          reply,
          403,
          "AuthorizationFailed",
          `The client with object id '${caller}' does not have authorization to perform action ` +
            `'Microsoft.Web/sites/functions/read' over scope '${appId}'.`,
        );
      const names = options.functionsOf(appId);
      if (names === undefined)
        return refuse(
          reply,
          404,
          "ResourceNotFound",
          `The Resource 'Microsoft.Web/sites/${site}' was not found.`,
        );
      return {
        value: names.map(name => ({
          id: `${appId}/functions/${name}`,
          name: `${site}/${name}`,
          type: "Microsoft.Web/sites/functions",
          properties: { name, isDisabled: false },
        })),
      };
    },
  );
  const url = await listenOnLoopback(server);
  return { url, facts, close: () => server.close() };
}

async function callerOf(request: FastifyRequest, verifyToken: VerifyToken): Promise<string | undefined> {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) return undefined;
  try {
    const { aud, oid } = await verifyToken(token);
    return AUDIENCES.includes(String(aud).replace(/\/$/, "")) ? String(oid) : undefined;
  } catch {
    return undefined;
  }
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.status(status).send({ error: { code, message } });
}
