import type { Directory } from "./directory.ts";
import type { Application } from "./directoryObjects.ts";
import { TokenRefusal } from "./tokenErrors.ts";

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DOMAIN = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/i;
const TENANT_ALIASES = ["common", "organizations", "consumers"];

/** Applications that other tenants than their own can consent to. */
const OPEN_TO_OTHERS = ["AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount"];

/** An application as a tenant sees it, and the directory that holds it. */
export interface FoundApplication {
  application: Application;
  home: Directory;
}

/** The directories of one login host. */
export class Directories {
  readonly #directories: Directory[] = [];

  add(directory: Directory): void {
    this.#directories.push(directory);
  }

  get tenantIds(): string[] {
    return this.#directories.map(({ tenantId }) => tenantId);
  }

  /**
   * The directory of the tenant that a URL names, by id or by domain.
   * @throws TokenRefusal
   */
  find(tenant: string): Directory {
    if (TENANT_ALIASES.includes(tenant)) throw new TokenRefusal(50059);
    if (!GUID.test(tenant) && !DOMAIN.test(tenant)) {
      throw new TokenRefusal(900023, `The tenant '${tenant}' is neither a GUID nor a domain name.`);
    }
    const wanted = tenant.toLowerCase();
    const directory = this.#directories.find(({ tenantId, initialDomain }) =>
      [tenantId, initialDomain].includes(wanted),
    );
    if (directory === undefined) {
      throw new TokenRefusal(
        90002,
        `The tenant '${tenant}' was not found. Check the tenant id and the cloud.`,
      );
    }
    return directory;
  }

  /** An application of the tenant itself, or one of another tenant that is open to all; undefined when there is none. */
  findApplication(directory: Directory, clientId: string): FoundApplication | undefined {
    const own = directory.findApplicationByClientId(clientId);
    if (own !== undefined) return { application: own, home: directory };
    for (const home of this.#directories) {
      const application = home.findApplicationByClientId(clientId);
      if (application !== undefined && OPEN_TO_OTHERS.includes(application.signInAudience))
        return { application, home };
    }
    return undefined;
  }

  /**
   * An administrator of the tenant opens the consent page and agrees.
   * https://learn.microsoft.com/entra/identity-platform/v2-admin-consent
   * @throws TokenRefusal for an application that the tenant cannot see
   */
  consent(tenant: string, clientId: string): void {
    const directory = this.find(tenant);
    const found = this.findApplication(directory, clientId);
    if (found === undefined) throw unknownApplication(directory, clientId);
    directory.consentTo(found.application);
  }
}

export function unknownApplication(directory: Directory, clientId: string): TokenRefusal {
  return new TokenRefusal(
    700016,
    `The application '${clientId}' was not found in the directory '${directory.tenantId}'. ` +
      "Check the client id, the tenant and the cloud.",
  );
}
