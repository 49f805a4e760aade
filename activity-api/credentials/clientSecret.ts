import { applicationVariable } from "./applicationVariables.ts";
import type { CredentialFinder } from "./proof.ts";

/** A password of the application: SIEM_CLIENT_SECRET, or ARM_CLIENT_SECRET or AZURE_CLIENT_SECRET of the same client id. */
export const findClientSecret: CredentialFinder = (wanted, env) => {
  const found = applicationVariable(wanted, env, "CLIENT_SECRET");
  return "unusable" in found ? found : { proof: { shows: "secret", secret: found.value } };
};
