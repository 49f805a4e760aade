import { checkAssertion } from "./assertion.ts";
import { type CredentialFinder, firstSet } from "./proof.ts";
import { tokenFromFile } from "./tokenFile.ts";

/**
 * An OIDC token that somebody obtained already: ARM_OIDC_TOKEN, or a file that ARM_OIDC_TOKEN_FILE_PATH names. GitLab's
 * `id_tokens` and Pulumi ESC's Azure login hand it over like this.
 */
export const findOidcToken: CredentialFinder = (_wanted, env) => {
  const token = firstSet(env, ["ARM_OIDC_TOKEN"]);
  if (token)
    return { proof: { shows: "assertion", assertion: async () => checkAssertion(token.value, token.name) } };
  const file = firstSet(env, ["ARM_OIDC_TOKEN_FILE_PATH"]);
  if (file) return { proof: tokenFromFile(file.name, file.value) };
  return { unusable: "neither ARM_OIDC_TOKEN nor ARM_OIDC_TOKEN_FILE_PATH is set" };
};
