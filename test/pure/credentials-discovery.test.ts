/** Which credential is found where. That it convinces Entra is proved elsewhere. */
import { describe, expect, it } from "vitest";
import { CredentialKind, parseCredential } from "../../activity-api/credentialKind.ts";
import type { WantedToken } from "../../activity-api/credentials/proof.ts";
import { findCredential } from "../../activity-api/credentials.ts";

const clientId = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";
const deployerId = "0d0d0d0d-0000-4000-8000-000000000001";
const wanted: WantedToken = {
  tenantId: "11111111-2222-4333-8444-555555555555",
  clientId,
  cloud: "commercial",
  scope: "https://manage.office.com/.default",
  forActivityApi: true,
};
const forAzure: WantedToken = {
  ...wanted,
  clientId: deployerId,
  scope: "https://management.azure.com/.default",
  forActivityApi: false,
};

const foundIn = (env: NodeJS.ProcessEnv, token = wanted) => findCredential("auto", token, env).found?.kind;

/** The least that each kind needs, in the documented order. */
const environments: [CredentialKind, NodeJS.ProcessEnv][] = [
  ["certificate", { SIEM_CLIENT_CERTIFICATE_PATH: "app.pem" }],
  ["clientSecret", { SIEM_CLIENT_SECRET: "s" }],
  [
    "vaultCertificate",
    {
      SIEM_CLIENT_CERTIFICATE_KEY_ID: "https://vault.example/keys/k/1",
      SIEM_MANAGED_IDENTITY_CLIENT_ID: "i",
    },
  ],
  ["managedIdentity", { SIEM_MANAGED_IDENTITY_CLIENT_ID: deployerId }],
  ["oidcToken", { ARM_OIDC_TOKEN: "t" }],
  ["workloadIdentity", { AZURE_FEDERATED_TOKEN_FILE: "token" }],
  [
    "githubActions",
    { ACTIONS_ID_TOKEN_REQUEST_URL: "https://x.example/?v=1", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t" },
  ],
  [
    "azureDevOps",
    {
      SYSTEM_OIDCREQUESTURI: "https://x.example",
      SYSTEM_ACCESSTOKEN: "t",
      AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: "c",
    },
  ],
];

describe("discovery for the Management Activity API", () => {
  it.each(environments)("finds %s", (kind, env) => {
    expect(foundIn(env)).toBe(kind);
  });

  it("finds in the documented order, whatever else is there", () => {
    for (const [index, [kind]] of environments.entries())
      expect(foundIn(Object.assign({}, ...environments.slice(index).map(([, env]) => env)))).toBe(kind);
  });

  it("finds nothing in an empty environment, and says of each kind why", () => {
    expect(findCredential("auto", wanted, {})).toEqual({
      found: undefined,
      passedOver: [
        {
          kind: "certificate",
          reason:
            "SIEM_CLIENT_CERTIFICATE_PATH is not set, ARM_CLIENT_CERTIFICATE_PATH is not set, " +
            "AZURE_CLIENT_CERTIFICATE_PATH is not set",
        },
        {
          kind: "clientSecret",
          reason:
            "SIEM_CLIENT_SECRET is not set, ARM_CLIENT_SECRET is not set, AZURE_CLIENT_SECRET is not set",
        },
        { kind: "vaultCertificate", reason: "SIEM_CLIENT_CERTIFICATE_KEY_ID is not set" },
        { kind: "managedIdentity", reason: "SIEM_MANAGED_IDENTITY_CLIENT_ID is not set" },
        { kind: "oidcToken", reason: "neither ARM_OIDC_TOKEN nor ARM_OIDC_TOKEN_FILE_PATH is set" },
        {
          kind: "workloadIdentity",
          reason: "AZURE_FEDERATED_TOKEN_FILE is not set: this is no pod with a workload identity",
        },
        {
          kind: "githubActions",
          reason: "ACTIONS_ID_TOKEN_REQUEST_URL is not set: this is no GitHub Actions job",
        },
        { kind: "azureDevOps", reason: "SYSTEM_OIDCREQUESTURI is not set: this is no Azure DevOps pipeline" },
        {
          kind: "azureCli",
          reason: "used only when chosen, since a subscription started with it would belong to the Azure CLI",
        },
      ],
    });
  });

  it("takes a variable that is set to nothing for one that is not set", () => {
    expect(
      foundIn({ SIEM_CLIENT_SECRET: " ", ARM_OIDC_TOKEN: "", AZURE_FEDERATED_TOKEN_FILE: "" }),
    ).toBeUndefined();
  });

  it.each(["ARM", "AZURE"])(
    "takes the %s_CLIENT_SECRET of the same client id, in any letter case",
    prefix => {
      const env = { [`${prefix}_CLIENT_SECRET`]: "s", [`${prefix}_CLIENT_ID`]: clientId.toUpperCase() };
      expect(foundIn(env)).toBe("clientSecret");
    },
  );

  it.each([deployerId, undefined])("leaves the secret and certificate of the client id %s alone", owner => {
    const env = { ARM_CLIENT_SECRET: "s", ARM_CLIENT_CERTIFICATE_PATH: "app.pem", ARM_CLIENT_ID: owner };
    const search = findCredential("auto", wanted, env);
    expect(search.found).toBeUndefined();
    expect(search.passedOver.slice(0, 2).map(({ reason }) => reason)).toEqual([
      expect.stringContaining("ARM_CLIENT_CERTIFICATE_PATH is not for it, by ARM_CLIENT_ID"),
      expect.stringContaining("ARM_CLIENT_SECRET is not for it, by ARM_CLIENT_ID"),
    ]);
  });

  it("leaves the SIEM's secret alone when SIEM_CLIENT_ID is another application", () => {
    expect(foundIn({ SIEM_CLIENT_SECRET: "s", SIEM_CLIENT_ID: deployerId })).toBeUndefined();
  });

  it("does not use a managed identity of Azure as itself, which no federated credential is about", () => {
    expect(
      foundIn({ ARM_USE_MSI: "true", IDENTITY_ENDPOINT: "http://x", IDENTITY_HEADER: "h" }),
    ).toBeUndefined();
  });
});

describe("discovery for Azure Resource Manager", () => {
  it("falls back to the Azure CLI", () => {
    expect(foundIn({}, forAzure)).toBe("azureCli");
  });

  it("needs no client id for whoever is logged in, and passes over what proves an application", () => {
    const search = findCredential("auto", { ...forAzure, clientId: undefined }, { ARM_OIDC_TOKEN: "t" });
    expect(search.found?.kind).toBe("azureCli");
    expect(search.passedOver).toContainEqual({
      kind: "oidcToken",
      reason: "it proves an application, and no client id is given",
    });
  });

  it("takes what azure-native would take", () => {
    const arm = { ARM_CLIENT_ID: deployerId };
    expect(foundIn({ ...arm, ARM_CLIENT_SECRET: "s" }, forAzure)).toBe("clientSecret");
    expect(foundIn({ ...arm, ARM_CLIENT_CERTIFICATE_PATH: "app.pem" }, forAzure)).toBe("certificate");
    expect(foundIn({ ...arm, ARM_USE_MSI: "true" }, forAzure)).toBe("managedIdentity");
    expect(foundIn({ ...arm, ARM_OIDC_TOKEN_FILE_PATH: "token" }, forAzure)).toBe("oidcToken");
  });

  it("leaves the credentials of the application that reads the audit feed alone", () => {
    const env = {
      SIEM_CLIENT_SECRET: "s",
      SIEM_CLIENT_CERTIFICATE_PATH: "app.pem",
      SIEM_MANAGED_IDENTITY_CLIENT_ID: clientId,
    };
    expect(foundIn(env, forAzure)).toBe("azureCli");
  });
});

describe("continuous integration", () => {
  it("on GitHub without permission says which one is missing", () => {
    expect(reason("githubActions", { GITHUB_ACTIONS: "true" })).toBe(
      "the job has no `permissions: id-token: write`",
    );
  });

  it("on Azure DevOps without its token says how to map it", () => {
    expect(reason("azureDevOps", { TF_BUILD: "True", SYSTEM_OIDCREQUESTURI: "https://x.example" })).toBe(
      "SYSTEM_ACCESSTOKEN is not set. Map it into the step: `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`",
    );
  });

  it("on Azure DevOps without a service connection says how to name one", () => {
    expect(
      reason("azureDevOps", { SYSTEM_OIDCREQUESTURI: "https://x.example", SYSTEM_ACCESSTOKEN: "t" }),
    ).toBe(
      "no service connection is named: run in AzureCLI@2, or set ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
    );
  });

  it("knows whose the pair of ARM_OIDC_REQUEST variables is", () => {
    const pair = { ARM_OIDC_REQUEST_URL: "https://x.example", ARM_OIDC_REQUEST_TOKEN: "t" };
    expect(foundIn(pair)).toBe("githubActions");
    expect(foundIn({ ...pair, ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID: "c" })).toBe("azureDevOps");
  });

  it("takes the idToken of AzureCLI@2 in a pipeline, and a variable of that name nowhere else", () => {
    expect(foundIn({ TF_BUILD: "True", idToken: "t" })).toBe("azureDevOps");
    expect(foundIn({ idToken: "t" })).toBeUndefined();
  });
});

describe("a chosen credential", () => {
  it("is used although another one comes first", () => {
    const env = { SIEM_CLIENT_SECRET: "s", ARM_OIDC_TOKEN: "t" };
    expect(findCredential("oidcToken", wanted, env)).toMatchObject({
      found: { kind: "oidcToken" },
      passedOver: [],
    });
  });

  it("that is not there is not replaced by another one", () => {
    expect(findCredential("githubActions", wanted, { SIEM_CLIENT_SECRET: "s" })).toEqual({
      found: undefined,
      passedOver: [
        {
          kind: "githubActions",
          reason: "ACTIONS_ID_TOKEN_REQUEST_URL is not set: this is no GitHub Actions job",
        },
      ],
    });
  });

  it("may be the Azure CLI for the Management Activity API too", () => {
    expect(findCredential("azureCli", wanted, {}).found?.kind).toBe("azureCli");
  });
});

describe("parseCredential", () => {
  it.each(["auto", ...Object.values(CredentialKind)])("takes %s in any letter case", word => {
    expect([word, word.toUpperCase(), word.toLowerCase()].map(parseCredential)).toEqual([word, word, word]);
  });

  it("lists the words that are allowed", () => {
    expect(() => parseCredential("oidc")).toThrow(
      `"oidc" is not a kind of credential. Use auto, certificate, clientSecret, vaultCertificate, managedIdentity, oidcToken, ` +
        `workloadIdentity, githubActions, azureDevOps, azureCli.`,
    );
  });
});

function reason(kind: CredentialKind, env: NodeJS.ProcessEnv): string | undefined {
  return findCredential(kind, wanted, env).passedOver[0]?.reason;
}
