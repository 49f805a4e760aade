import { request } from "undici";
import type { TokenSource } from "../../activity-api/tokens.ts";

/** A deployment as the publishing site tells it. */
export interface Deployment {
  id: string;
  /** One of `DeploymentStatus`, or -1 while the site does not know. */
  status: number;
  /** What the site says of it, as far as it says anything. */
  text: string;
}

/** The numbers of Kudu, which plays the publishing site; -1 is unknown. */
export const DeploymentStatus = {
  pending: 0,
  building: 1,
  deploying: 2,
  failed: 3,
  success: 4,
  conflict: 5,
  partialSuccess: 6,
} as const;

/** The publishing site did not do what was asked. `kind` decides what to do about it. */
export class ScmError extends Error {
  override readonly name = "ScmError";
  readonly kind: "refused" | "busy" | "unavailable" | "unknownHost";

  constructor(kind: ScmError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

/**
 * The publishing (SCM) site of a function app on Flex Consumption: the protocol of `az functionapp deployment source
 * config-zip` and of Azure Functions Core Tools. It takes a bearer token for Azure Resource Manager, also where user name
 * and password are switched off.
 */
export class ScmSite {
  readonly hostName: string;
  readonly #tokens: TokenSource;

  constructor(hostName: string, tokens: TokenSource) {
    this.hostName = hostName;
    this.#tokens = tokens;
  }

  /** Hands the zip over and gives the id of the deployment that it began; undefined where the site names none. */
  async publish(zip: Uint8Array): Promise<string | undefined> {
    const answer = await this.#send("POST", "/api/publish?RemoteBuild=false&Deployer=defender-siem", zip);
    if (answer.status >= 300) throw this.#error(answer);
    return /^"?([\w-]+)"?$/.exec(answer.text.trim())?.[1];
  }

  /** The deployment of that id, or the latest one; undefined where there is none. */
  async deployment(id = "latest"): Promise<Deployment | undefined> {
    const answer = await this.#send("GET", `/api/deployments/${id}`);
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw this.#error(answer);
    const deployment = parseDeployment(answer.text);
    if (deployment) return deployment;
    throw new ScmError(
      "unavailable",
      `The publishing site https://${this.hostName} did not describe its deployment${excerpt(answer.text)}`,
    );
  }

  /** The lines of a deployment's log; none where the site does not give it. They explain a failure, no more. */
  async deploymentLog(id: string): Promise<string[]> {
    const answer = await this.#send("GET", `/api/deployments/${id}/log`).catch(() => undefined);
    if (answer?.status !== 200) return [];
    const lines = parseJson(answer.text);
    if (!Array.isArray(lines)) return [];
    return lines.map(line => line?.message).filter(message => typeof message === "string");
  }

  async #send(method: "GET" | "POST", path: string, body?: Uint8Array): Promise<Answer> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${await this.#tokens.getToken()}`,
      "user-agent": "defender-siem",
    };
    if (body) headers["content-type"] = "application/zip";
    try {
      const answer = await request(`https://${this.hostName}${path}`, { method, headers, body });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (error) {
      throw this.#unreached(error);
    }
  }

  #unreached(error: unknown): ScmError {
    const code = String((error as { code?: unknown })?.code ?? "");
    const what = `The publishing site https://${this.hostName} was not reached (${code || error}).`;
    if (code === "ENOTFOUND")
      return new ScmError(
        "unknownHost",
        `${what} Its name is not resolved: is the function app still there?`,
      );
    if (/CERT|SIGNATURE|ALTNAME/.test(code))
      return new ScmError(
        "refused",
        `${what} Its certificate is not trusted: give the certificate authority of your network to Node with NODE_EXTRA_CA_CERTS.`,
      );
    return new ScmError(
      "unavailable",
      `${what} Check the network, and whether the app allows public access.`,
    );
  }

  #error({ status, text }: Answer): ScmError {
    const site = `The publishing site https://${this.hostName}`;
    if (status === 401 || status === 403)
      return new ScmError(
        "refused",
        `${site} refused the deployer (HTTP ${status}). Its identity needs the action Microsoft.Web/sites/publish/Action ` +
          `on the function app: assign the role Website Contributor on the app or its resource group, and check that ` +
          `ARM_CLIENT_ID or AZURE_CLIENT_ID (or the Azure CLI's login) is that identity.`,
      );
    if (status === 409) return new ScmError("busy", `${site} is busy with another deployment (HTTP 409).`);
    const answer = `${site} answered HTTP ${status}${excerpt(text)}`;
    // 404 too: the name of a new site is known in DNS before the site itself is there.
    return new ScmError(
      status >= 500 || status === 404 || status === 429 ? "unavailable" : "refused",
      answer,
    );
  }
}

interface Answer {
  status: number;
  text: string;
}

/** A page of HTML says nothing to the reader of a Pulumi diagnostic. */
function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line === "" || line.startsWith("<") ? "." : `: ${line.slice(0, 500)}`;
}

/** Undefined for an answer of another shape: while the app restarts there may be a page instead. */
function parseDeployment(text: string): Deployment | undefined {
  const { id, status, status_text, message, progress } = (parseJson(text) ?? {}) as Record<string, unknown>;
  if (typeof id !== "string" || typeof status !== "number") return undefined;
  const texts = [status_text, message, progress].filter(part => typeof part === "string" && part !== "");
  return { id, status, text: [...new Set(texts)].join(" ") };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
