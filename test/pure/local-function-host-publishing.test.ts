/** The publishing site of a function app of the local tenant, and what becomes of the code that it is given. */
import { strToU8, zipSync } from "fflate";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { tokenSource } from "../../activity-api/tokens.ts";
import type { FunctionApp } from "../../local/azure/resourceManagerHooks.ts";
import {
  type FunctionAppFixture,
  RESOURCE_MANAGER,
  registerDeployer,
  startFunctionAppFixture,
  zipOfApp,
} from "./functionAppFixture.ts";

vi.setConfig({ testTimeout: 20_000 });

let azure: FunctionAppFixture;

beforeAll(async () => {
  azure = await startFunctionAppFixture();
});
afterAll(async () => {
  await azure?.close();
});

async function token(resource = RESOURCE_MANAGER, client = azure.deployer): Promise<string> {
  const { clientId, clientSecret } = client;
  return await tokenSource(
    {
      tenantId: azure.directory.tenantId,
      clientId,
      cloud: "commercial",
      authorityUrl: azure.entra.url,
      scope: `${resource}/.default`,
    },
    { ARM_CLIENT_ID: clientId, ARM_CLIENT_SECRET: clientSecret },
  ).getToken();
}

async function call(method: "GET" | "POST", path: string, bearer: string | undefined, body?: Uint8Array) {
  const answer = await request(`https://${azure.site.hosts.scmHostName}${path}`, {
    method,
    headers: {
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      ...(body ? { "content-type": "application/zip" } : {}),
    },
    body,
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

const post = (body: Uint8Array, bearer: string | undefined) =>
  call("POST", "/api/publish?RemoteBuild=false&Deployer=test", bearer, body);

/** Publishes and gives the deployment when it is over. */
async function publish(zip: Uint8Array) {
  const bearer = await token();
  const accepted = await post(zip, bearer);
  expect(accepted.status).toBe(202);
  const id = JSON.parse(accepted.text);
  return await vi.waitFor(async () => {
    const deployment = JSON.parse((await call("GET", "/api/deployments/latest", bearer)).text);
    expect(deployment).toMatchObject({ id, complete: true });
    return deployment;
  }, 10_000);
}

async function redeclare(changes: Partial<FunctionApp>): Promise<void> {
  await azure.site.update({ ...azure.declared, ...changes });
}

describe("the publishing site", () => {
  it("has no deployment and no code at first", async () => {
    expect((await call("GET", "/api/deployments/latest", await token())).status).toBe(404);
    expect(azure.site.functionApp).toBeUndefined();
  });

  it("refuses a caller without a token, with a forged one, and with one for another service", async () => {
    const genuine = await token();
    const forged = `${genuine.slice(0, -10)}${"A".repeat(10)}`;
    expect((await post(zipOfApp(), undefined)).status).toBe(401);
    expect((await post(zipOfApp(), forged)).status).toBe(401);
    expect(await post(zipOfApp(), await token("https://storage.azure.com"))).toEqual({
      status: 401,
      text: "Unauthorized: the token is for https://storage.azure.com, not for Azure Resource Manager.",
    });
  });

  it("refuses a principal that may not publish", async () => {
    const stranger = registerDeployer(azure);
    expect(await post(zipOfApp(), await token(RESOURCE_MANAGER, stranger))).toEqual({
      status: 403,
      text: `Forbidden: ${stranger.principalObjectId} may not do Microsoft.Web/sites/publish/Action.`,
    });
  });

  it("builds nothing, and refuses to seem to", async () => {
    const answer = await call("POST", "/api/publish?RemoteBuild=true", await token(), zipOfApp());
    expect(answer.status).toBe(400);
  });

  it("deploys a package: it is kept in the deployment container and its timer runs with the declared settings", async () => {
    const zip = zipOfApp();
    expect(await publish(zip)).toMatchObject({ status: 4, status_text: "", deployer: "test", active: true });
    const kept = await azure.storage.readBlob("siemhost", "packages", "released-package.zip");
    expect(kept.equals(zip)).toBe(true);
    const app = azure.site.functionApp!;
    expect(app.errors).toEqual([]);
    expect((await app.run("poll")).logs.map(({ message }) => message)).toContain("hello 1");
  });

  it("answers 409 while a deployment is under way", async () => {
    const goOn = azure.holdNextDeployment();
    const bearer = await token();
    expect((await post(zipOfApp(), bearer)).status).toBe(202);
    expect((await post(zipOfApp(), bearer)).status).toBe(409);
    const underWay = JSON.parse((await call("GET", "/api/deployments/latest", bearer)).text);
    expect(underWay).toMatchObject({ status: 2, complete: false });
    goOn();
    await vi.waitFor(async () => {
      const { text } = await call("GET", `/api/deployments/${underWay.id}`, bearer);
      expect(JSON.parse(text)).toMatchObject({ status: 4, complete: true });
    }, 10_000);
  });
});

describe("a deployment fails, and the code before it runs on,", () => {
  it("when the package is no zip", async () => {
    expect(await publish(strToU8("no zip at all"))).toMatchObject({
      status: 3,
      active: false,
      status_text: "The package is not a zip file that can be read: invalid zip data.",
    });
    expect((await azure.site.functionApp!.run("poll")).succeeded).toBe(true);
  });

  it.each(["../outside.js", "/etc/outside.js", "a\\..\\..\\outside.js"])(
    "when an entry would be written to %j",
    async name => {
      const { status, status_text } = await publish(zipSync({ [name]: strToU8("") }));
      expect(status).toBe(3);
      expect(status_text).toBe(`The package has an entry outside of its folder: ${JSON.stringify(name)}.`);
    },
  );

  it("when the app's identity has no role on the deployment container, in the platform's words and in the log", async () => {
    azure.setHostStorageRole(false);
    const { id, status, status_text } = await publish(zipOfApp());
    azure.setHostStorageRole(true);
    expect(status).toBe(3);
    expect(status_text).toBe(
      "InaccessibleStorageException: Failed to access storage account for deployment: BlobUploadFailedException: " +
        "Failed to upload blob to storage account: Response status code does not indicate success: 403 (This request " +
        "is not authorized to perform this operation using this permission.).",
    );
    const log = JSON.parse((await call("GET", `/api/deployments/${id}/log`, await token())).text);
    expect(log.map(({ message }: { message: string }) => message)).toEqual([
      "[StorageAccessibleCheck] starting.",
      `Error: ${status_text}`,
    ]);
  });

  it("when the storage account is closed and the app has no way in, in the platform's words", async () => {
    azure.setHostStorageOpen(false);
    const { status, status_text } = await publish(zipOfApp());
    azure.setHostStorageOpen(true);
    expect(status).toBe(3);
    expect(status_text).toBe(
      "InaccessibleStorageException: Failed to access storage account for deployment: BlobUploadFailedException: " +
        "Failed to upload blob to storage account: Response status code does not indicate success: 403 (This request " +
        "is not authorized to perform this operation.).",
    );
  });

  it("when the deployment container is not there", async () => {
    await azure.storage.removeContainer("siemhost", "packages");
    const { status, status_text } = await publish(zipOfApp());
    await azure.storage.addContainer("siemhost", "packages");
    expect(status).toBe(3);
    expect(status_text).toContain("success: 404 (ContainerNotFound, container packages).");
  });
});

describe("the code that is published", () => {
  it("is replaced by the next deployment", async () => {
    await publish(zipOfApp({ "function.cjs": "throw new Error('the new code');" }));
    expect(azure.site.functionApp!.errors).toEqual([expect.stringContaining("Error: the new code")]);
    await publish(zipOfApp());
    expect(azure.site.functionApp!.errors).toEqual([]);
  });

  it("starts again with the settings that an update declares", async () => {
    await redeclare({ appSettings: { ...azure.declared.appSettings, GREETING: "good evening" } });
    const { logs } = await azure.site.functionApp!.run("poll");
    expect(logs.map(({ message }) => message)).toContain("good evening 1");
    await redeclare({});
  });

  it("is deployed and dead without host.json, as in Azure", async () => {
    const { status } = await publish(zipSync({ "package.json": strToU8('{"main":"function.cjs"}') }));
    expect(status).toBe(4);
    expect(azure.site.functionApp!.functions()).toEqual([]);
    expect(azure.site.functionApp!.errors).toEqual([expect.stringMatching(/^No functions were found/)]);
    await publish(zipOfApp());
  });
});

describe("an app whose host cannot use its storage is deployed and dead", () => {
  const without = (name: string) => {
    const { [name]: _, ...others } = azure.declared.appSettings;
    return others;
  };

  it.each<[string, () => Partial<FunctionApp>, RegExp]>([
    [
      "with an empty AzureWebJobsStorage beside the identity settings",
      () => ({ appSettings: { ...azure.declared.appSettings, AzureWebJobsStorage: "" } }),
      /AzureWebJobsStorage is empty/,
    ],
    [
      "with a connection string",
      () => ({ appSettings: { AzureWebJobsStorage: "DefaultEndpointsProtocol=https;AccountKey=x" } }),
      /Key based authentication is not permitted/,
    ],
    [
      "without a storage account",
      () => ({ appSettings: without("AzureWebJobsStorage__accountName") }),
      /names a storage account/,
    ],
    [
      "with an account that is not there",
      () => ({
        appSettings: { ...azure.declared.appSettings, AzureWebJobsStorage__accountName: "siemother" },
      }),
      /names a storage account of this tenant/,
    ],
    [
      "without AzureWebJobsStorage__credential",
      () => ({ appSettings: without("AzureWebJobsStorage__credential") }),
      /AzureWebJobsStorage__credential is not "managedidentity"/,
    ],
    [
      "without the client id of its identity",
      () => ({ appSettings: without("AzureWebJobsStorage__clientId") }),
      /AzureWebJobsStorage__clientId \(missing\) is the client id of no identity/,
    ],
    [
      "with an identity that is not assigned to it",
      () => ({ identities: [] }),
      /is the client id of no identity that is assigned to the app/,
    ],
  ])("%s", async (_how, changes, error) => {
    await redeclare(changes());
    expect(azure.site.functionApp!.errors).toEqual([expect.stringMatching(error)]);
    await redeclare({});
    expect(azure.site.functionApp!.errors).toEqual([]);
  });

  it("with an identity that has no role on it", async () => {
    azure.setHostStorageRole(false);
    await redeclare({});
    expect(azure.site.functionApp!.errors).toEqual([
      expect.stringContaining("The identity siem-identity has no role on the storage account siemhost"),
    ]);
    azure.setHostStorageRole(true);
    await redeclare({});
  });

  it("but not when the account is named by its blob endpoint", async () => {
    const { AzureWebJobsStorage__accountName: _, ...others } = azure.declared.appSettings;
    const AzureWebJobsStorage__blobServiceUri = azure.declared.deployment.containerUrl.replace(
      /packages$/,
      "",
    );
    await redeclare({ appSettings: { ...others, AzureWebJobsStorage__blobServiceUri } });
    expect(azure.site.functionApp!.errors).toEqual([]);
    await redeclare({});
  });
});

describe("the code as the app's identity", () => {
  it("gets the identity's token from the platform, and trusts the tenant's certificate authority", async () => {
    const code = `
      const core = require("@azure/functions-core");
      core.setProgrammingModel({ name: "test", version: "1.0.0", getInvocationModel: ({ log }) => ({
        getArguments: async () => ({ context: { log }, inputs: [] }),
        invokeFunction: async (context, inputs, callback) => callback(context),
        getResponse: async () => ({}),
      }) });
      core.registerFunction(
        { name: "poll", bindings: { timer: { type: "timerTrigger", direction: "in", schedule: "0 0 0 1 1 *" } } },
        async ({ log }) => {
          const { IDENTITY_ENDPOINT, IDENTITY_HEADER, AzureWebJobsStorage__clientId, STORE } = process.env;
          const url = IDENTITY_ENDPOINT + "?api-version=2019-08-01&resource=https://storage.azure.com&client_id=" + AzureWebJobsStorage__clientId;
          const { access_token } = await (await fetch(url, { headers: { "x-identity-header": IDENTITY_HEADER } })).json();
          const answer = await fetch(STORE + "/landed.txt", { method: "PUT", body: "it landed",
            headers: { authorization: "Bearer " + access_token, "x-ms-blob-type": "BlockBlob", "x-ms-version": "2024-11-04" } });
          log("information", "user", "HTTP " + answer.status);
        });`;
    await redeclare({
      appSettings: { ...azure.declared.appSettings, STORE: azure.declared.deployment.containerUrl },
    });
    await publish(zipOfApp({ "function.cjs": code }));
    const { error, logs } = await azure.site.functionApp!.run("poll");
    expect(error).toBeUndefined();
    expect(logs.map(({ message }) => message)).toContain("HTTP 201");
    expect((await azure.storage.readBlob("siemhost", "packages", "landed.txt")).toString()).toBe("it landed");
  });
});

describe("a deleted app", () => {
  it("answers no more and leaves no code behind", async () => {
    const app = azure.site.functionApp!;
    const host = azure.site.hosts.scmHostName;
    await azure.site.close();
    await expect(request(`https://${host}/api/deployments/latest`)).rejects.toThrow(/ECONNREFUSED/);
    expect((await app.run("poll")).error).toBe("The function app has been stopped.");
  });
});
