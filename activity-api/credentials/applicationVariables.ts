import type { WantedToken } from "./proof.ts";

/**
 * The variable that holds a credential of the wanted application, or why none of them does.
 *
 * A secret or certificate belongs to one application: shown for another it would be refused at best. `SIEM_` variables are
 * for the application that reads the audit feed; those of Terraform, Pulumi and the Azure SDKs count only when the client
 * id next to them is the wanted one.
 */
export function applicationVariable(
  wanted: WantedToken,
  env: NodeJS.ProcessEnv,
  suffix: string,
): { name: string; value: string } | { unusable: string } {
  const reasons: string[] = [];
  for (const prefix of ["SIEM", "ARM", "AZURE"]) {
    const name = `${prefix}_${suffix}`;
    const value = env[name]?.trim();
    if (!value) reasons.push(`${name} is not set`);
    else if (belongsToWanted(prefix, wanted, env)) return { name, value };
    else reasons.push(`${name} is not for it, by ${prefix}_CLIENT_ID`);
  }
  return { unusable: reasons.join(", ") };
}

function belongsToWanted(prefix: string, wanted: WantedToken, env: NodeJS.ProcessEnv): boolean {
  const owner = env[`${prefix}_CLIENT_ID`]?.trim().toLowerCase();
  if (!owner) return prefix === "SIEM" && wanted.forActivityApi;
  return owner === wanted.clientId;
}
