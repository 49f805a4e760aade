import { readFile } from "node:fs/promises";
import { checkAssertion } from "./assertion.ts";
import { CredentialError, type Proof } from "./proof.ts";

/** A token in a file that its owner replaces before it expires, so that it is read anew for each use. */
export function tokenFromFile(variable: string, path: string): Proof {
  return {
    shows: "assertion",
    assertion: async () => {
      const content = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        throw new CredentialError(`${variable} names ${path}, which cannot be read (${error.code}).`);
      });
      return checkAssertion(content, `${variable} (${path})`);
    },
  };
}
