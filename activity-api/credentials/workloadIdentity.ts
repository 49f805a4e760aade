import { type CredentialFinder, firstSet } from "./proof.ts";
import { tokenFromFile } from "./tokenFile.ts";

/** The service account token of a pod: AZURE_FEDERATED_TOKEN_FILE, as Microsoft Entra Workload ID for Kubernetes sets it. */
export const findWorkloadIdentity: CredentialFinder = (_wanted, env) => {
  const file = firstSet(env, ["AZURE_FEDERATED_TOKEN_FILE"]);
  if (file === undefined)
    return { unusable: "AZURE_FEDERATED_TOKEN_FILE is not set: this is no pod with a workload identity" };
  return { proof: tokenFromFile(file.name, file.value) };
};
