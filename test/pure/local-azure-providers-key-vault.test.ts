import { beforeEach, describe, expect, it } from "vitest";
import { merged, type Properties } from "../../local/azure/properties.ts";
import { resolvedSettings } from "../../local/functions/keyVaultReferences.ts";
import { readSecret } from "../../local/keyVault/readSecret.ts";
import type { CreatedResource } from "../../local/providers/hostedProvider.ts";
import { type DeclaredParts, declare, declaredParts, SUBSCRIPTION_ID } from "./localSubscriptionFixture.ts";

const IN_GROUP = { resourceGroupName: "siem-rg" };
const VAULT = "azure-native:keyvault:Vault";
const SECRET = "azure-native:keyvault:Secret";
const GRANT = "azure-native:authorization:RoleAssignment";

let parts: DeclaredParts;

beforeEach(async () => {
  parts = await declaredParts({ takenNames: ["taken-name"] });
});

describe("a key vault", () => {
  const properties = {
    tenantId: "11111111-2222-4333-8444-555555555555",
    sku: { family: "A", name: "standard" },
    enableRbacAuthorization: true,
    enablePurgeProtection: true,
    softDeleteRetentionInDays: 90,
  };
  const vault = { ...IN_GROUP, vaultName: "contoso", properties };

  it("knows its URL only once it exists", async () => {
    const preview = await parts.provider.create({
      type: VAULT,
      configuration: {},
      inputs: vault,
      preview: true,
    });
    expect(preview.outputs.properties).toEqual({
      ...properties,
      vaultUri: expect.stringMatching(/^04da6b54-/),
      provisioningState: expect.stringMatching(/^04da6b54-/),
    });
    const { outputs } = await declare(parts.provider, VAULT, vault);
    expect(outputs.properties).toEqual({
      ...properties,
      vaultUri: "https://contoso.vault.azure.net/",
      provisioningState: "Succeeded",
    });
  });

  it.each([
    [{ vaultName: "1contoso" }, "The vault name '1contoso' is invalid."],
    [{ vaultName: "con--toso" }, "The vault name 'con--toso' is invalid."],
    [{ vaultName: "taken-name" }, "The vault name 'taken-name' is already in use."],
    [{ vaultName: "no" }, "'vaultName' does not match expression"],
    [
      { properties: { enablePurgeProtection: false } },
      'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.',
    ],
    [{ properties: { softDeleteRetentionInDays: 5 } }, "has an invalid value '5'. It must be from 7 to 90."],
  ])("is refused with %j", async (changes, message) => {
    await expect(declare(parts.provider, VAULT, merged(vault, changes))).rejects.toThrow(message);
  });

  it("keeps its name when it is deleted", async () => {
    const { id } = await declare(parts.provider, VAULT, vault);
    await parts.provider.delete({ type: VAULT, id, configuration: {} });
    await expect(declare(parts.provider, VAULT, vault)).rejects.toThrow(
      'Status=409 Code="ConflictError" Message="A vault with the same name already exists in deleted state.',
    );
  });

  describe("with a secret", () => {
    const secret = {
      ...IN_GROUP,
      vaultName: "contoso",
      secretName: "hec-token",
      properties: { value: "its-value", contentType: "text" },
    };
    let declared: CreatedResource;

    beforeEach(async () => {
      await declare(parts.provider, VAULT, vault);
      declared = await declare(parts.provider, SECRET, secret);
    });

    const uris = () => declared.outputs.properties as { secretUri: string; secretUriWithVersion: string };

    it("never shows the value, and gives each value a version of its own", async () => {
      expect(JSON.stringify(declared.outputs)).not.toContain("its-value");
      expect(uris().secretUri).toBe("https://contoso.vault.azure.net/secrets/hec-token");
      const updated = await parts.provider.update({
        type: SECRET,
        id: declared.id,
        configuration: {},
        inputs: merged(secret, { properties: { value: "another" } }),
        oldInputs: secret,
        oldOutputs: declared.outputs,
        preview: false,
      });
      expect(updated.properties).not.toEqual(uris());
    });

    it("is not deleted by itself, since the deployer has no role in the vault, but with the vault", async () => {
      await expect(
        parts.provider.delete({ type: SECRET, id: declared.id, configuration: {} }),
      ).rejects.toThrow("DeniedWithNoValidRBAC");
      const vaultId = declared.id.split("/secrets/")[0]!;
      await parts.provider.delete({ type: VAULT, id: vaultId, configuration: {} });
      expect(parts.resourceManager.find(declared.id)).toBeUndefined();
    });

    it("is read by the identity that a function app names, once that has the role on it", async () => {
      const principalId = String(parts.identity.outputs.principalId);
      const identity = { resourceId: parts.identity.id, name: "poller", clientId: "", principalId };
      const reference = `@Microsoft.KeyVault(SecretUri=${uris().secretUriWithVersion})`;
      const app = {
        appSettings: { TOKEN: reference, OTHER: "as it is" },
        keyVaultReferenceIdentity: identity,
      };
      const settings = (changes: Properties = {}) =>
        resolvedSettings({ ...app, ...changes } as never, (principal, uri) =>
          readSecret(parts.resourceManager, principal, uri),
        );
      expect(settings()).toEqual({ TOKEN: reference, OTHER: "as it is" });

      await declare(parts.provider, GRANT, {
        scope: declared.id,
        roleAssignmentName: "0d0d0d0d-0000-4000-8000-000000000009",
        roleDefinitionId: `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6`,
        principalId,
        principalType: "ServicePrincipal",
      });
      expect(settings()).toEqual({ TOKEN: "its-value", OTHER: "as it is" });
      expect(settings({ keyVaultReferenceIdentity: undefined })).toEqual(app.appSettings);
      expect(settings({ appSettings: { TOKEN: reference.replace("hec", "no") } }).TOKEN).toMatch(/^@/);
    });
  });
});
