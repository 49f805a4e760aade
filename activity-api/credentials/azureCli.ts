import { execFile } from "node:child_process";
import { decodeClaims, timeClaim, withoutTokens } from "../jwt.ts";
import { type AccessToken, CredentialError, type CredentialFinder, type WantedToken } from "./proof.ts";

const timeoutMilliseconds = 60_000;

/**
 * The login of the Azure CLI, `az account get-access-token`.
 *
 * The token of a user says that the Azure CLI is the client, so that a subscription started with it belongs to the Azure
 * CLI and not to the application whose poller is to read it. It is therefore not found for the Management Activity API,
 * only used when chosen (somebody who logged in as the application itself, `az login --service-principal`, may choose it).
 * A fresh token cannot be forced: the Azure CLI has a cache of its own.
 */
export const findAzureCli: CredentialFinder = (wanted, env) => ({
  proof: { shows: "token", token: () => requestToken(wanted, env) },
});

async function requestToken(wanted: WantedToken, env: NodeJS.ProcessEnv): Promise<AccessToken> {
  const answer = await runAz(wanted, env);
  const token = parseToken(answer);
  const claims = decodeClaims(token);
  return { token, expiresAt: (claims && timeClaim(claims, "exp")) ?? new Date() };
}

function runAz({ tenantId, scope }: WantedToken, env: NodeJS.ProcessEnv): Promise<string> {
  const args = ["account", "get-access-token", "--tenant", tenantId, "--scope", scope, "--output", "json"];
  const onWindows = process.platform === "win32";
  // On Windows az is a batch file, which only a shell runs. The arguments hold a GUID and a URL of ours: nothing to quote.
  const options = { env, timeout: timeoutMilliseconds, shell: onWindows, windowsHide: true };
  return new Promise((resolve, reject) => {
    execFile(onWindows ? "az.cmd" : "az", args, options, (error, output, complaint) => {
      if (error) reject(failure(error, complaint, tenantId));
      else resolve(output);
    });
  });
}

function failure(error: Error & { code?: unknown; killed?: boolean }, complaint: string, tenantId: string) {
  if (error.code === "ENOENT")
    return new CredentialError(
      "The Azure CLI, az, is not on PATH. Install it (https://aka.ms/azure-cli) or use another credential.",
    );
  if (error.killed)
    return new CredentialError(
      `The Azure CLI gave no answer within ${timeoutMilliseconds / 1000} s.`,
      "transient",
    );
  const firstLine = complaint.split("\n").find(line => line.trim() !== "") ?? "no reason given";
  return new CredentialError(
    `The Azure CLI gave no token: ${withoutTokens(firstLine.trim())} Run: az login --tenant ${tenantId}`,
  );
}

function parseToken(answer: string): string {
  try {
    const token: unknown = JSON.parse(answer).accessToken;
    if (typeof token === "string") return token;
  } catch {
    // Falls through to the error below: the text that is no JSON may hold the token, so that it is not quoted.
  }
  throw new CredentialError("The Azure CLI answered without an access token. Update it: az upgrade");
}
