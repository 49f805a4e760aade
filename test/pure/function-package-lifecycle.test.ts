/** The life of a FunctionPackage, from check to drift, against a function app of the local tenant. Pulumi is not in it. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Clock } from "../../activity-api/clock.ts";
import { tokenSource } from "../../activity-api/tokens.ts";
import type { FunctionPackageInputs } from "../../components/functionPackage/functionPackageInputs.ts";
import { FunctionPackageLifecycle } from "../../components/functionPackage/functionPackageLifecycle.ts";
import { waitForFunctions } from "../../components/functionPackage/registeredFunctions.ts";
import {
  type FunctionAppFixture,
  registerDeployer,
  startFunctionAppFixture,
  zipOfApp,
} from "./functionAppFixture.ts";

vi.setConfig({ testTimeout: 20_000 });

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

let azure: FunctionAppFixture;
let packagePath: string;
let inputs: FunctionPackageInputs;
let lifecycle: FunctionPackageLifecycle;

beforeAll(async () => {
  azure = await startFunctionAppFixture();
  packagePath = path.join(azure.folder, "poller.zip");
  lifecycle = lifecycleOf(azure.deployer);
});
afterAll(async () => {
  await azure?.close();
});
beforeEach(async () => {
  inputs = await declarePackage(zipOfApp());
});

function lifecycleOf({ clientId, clientSecret }: { clientId: string; clientSecret: string }) {
  return new FunctionPackageLifecycle({
    env: { ARM_CLIENT_ID: clientId, ARM_CLIENT_SECRET: clientSecret },
    report: () => {},
  });
}

function deployerTokens() {
  const { clientId, clientSecret } = azure.deployer;
  return tokenSource(
    {
      tenantId: azure.directory.tenantId,
      clientId,
      cloud: "commercial",
      authorityUrl: azure.entra.url,
      scope: "https://management.azure.com/.default",
    },
    { ARM_CLIENT_ID: clientId, ARM_CLIENT_SECRET: clientSecret },
  );
}

/** Puts the zip where the resource expects it, and gives the inputs that declare it. */
async function declarePackage(zip: Uint8Array): Promise<FunctionPackageInputs> {
  await writeFile(packagePath, zip);
  return {
    functionAppId: azure.declared.resourceId,
    scmHostName: azure.site.hosts.scmHostName,
    packagePath,
    contentHash: createHash("sha256").update(zip).digest("hex"),
    tenantId: azure.directory.tenantId,
    cloud: "commercial",
    authorityUrl: azure.entra.url,
  };
}

/** Waiting takes no time on it, and it is noted all the same. */
class FakeClock implements Clock {
  #now = 0;
  now(): number {
    return this.#now;
  }
  async sleep(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
  }
}

const otherCode = () => zipOfApp({ "readme.txt": "another version" });

describe("check", () => {
  it("lets a complete declaration through, without defaults written into it", () => {
    expect(lifecycle.check(inputs)).toEqual({ inputs, failures: [] });
  });

  it("hands no undefined value back, which Pulumi could not send", () => {
    const { authorityUrl: _, ...withoutEndpoint } = inputs;
    expect(lifecycle.check({ ...withoutEndpoint, publishTimeoutMinutes: undefined })).toStrictEqual({
      inputs: withoutEndpoint,
      failures: [],
    });
  });

  it("lets values through that are known only after the app was created", () => {
    const unknown = { ...inputs, functionAppId: UNKNOWN, scmHostName: UNKNOWN };
    expect(lifecycle.check(unknown)).toEqual({ inputs: unknown, failures: [] });
  });

  it.each<[keyof FunctionPackageInputs, unknown, string]>([
    [
      "scmHostName",
      "https://siem.scm.azurewebsites.net/",
      '"https://siem.scm.azurewebsites.net/" is not a host name. Write it without scheme and path: <app>.scm.azurewebsites.net.',
    ],
    [
      "contentHash",
      "abc",
      '"abc" is not a SHA-256 in hexadecimal digits. Use the contentHash that functionPackage() gives.',
    ],
    [
      "publishTimeoutMinutes",
      0,
      "0 is not a time-out. Use a number of minutes from 1 to 120; 10 is the default.",
    ],
    ["packagePath", "", "The packagePath is missing. Declare it."],
    ["functionAppId", undefined, "The functionAppId is missing. Declare it."],
  ])("refuses the %s %j and says what to write", (property, value, reason) => {
    const { failures } = lifecycle.check({ ...inputs, [property]: value });
    expect(failures).toEqual([{ property, reason }]);
  });

  it.each(["tenantId", "cloud", "authorityUrl", "resourceManagerUrl"] as const)(
    "refuses a malformed %s",
    property => {
      const { failures } = lifecycle.check({ ...inputs, [property]: "contoso" });
      expect(failures.map(failure => failure.property)).toEqual([property]);
    },
  );
});

describe("diff", () => {
  const published = () => ({ ...inputs, deploymentId: "1" });

  it("sees no change when only the path, the credentials' way or the time-out differ", () => {
    const moved = {
      ...inputs,
      packagePath: "elsewhere/poller.zip",
      authorityUrl: undefined,
      publishTimeoutMinutes: 30,
    };
    expect(lifecycle.diff(published(), moved)).toEqual({ changes: false, replaces: [] });
  });

  it("publishes other code over the old", () => {
    expect(lifecycle.diff(published(), { ...inputs, contentHash: "f".repeat(64) })).toEqual({
      changes: true,
      replaces: [],
    });
  });

  it.each(["functionAppId", "scmHostName"] as const)(
    "is replaced along with its app, when %s is another or not known yet",
    property => {
      expect(lifecycle.diff(published(), { ...inputs, [property]: UNKNOWN })).toEqual({
        changes: true,
        replaces: [property],
      });
    },
  );
});

describe("create and update", () => {
  it("publish the code, and keep its hash and the id of the deployment, but nothing secret", async () => {
    const { id, outs } = await lifecycle.create(inputs);
    expect(id).toBe(azure.declared.resourceId);
    expect(outs).toEqual({ ...inputs, deploymentId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(JSON.stringify(outs)).not.toContain(azure.deployer.clientSecret);
    expect((await azure.site.functionApp!.run("poll")).succeeded).toBe(true);

    const other = await declarePackage(zipOfApp({ "function.cjs": "throw new Error('version 2');" }));
    const updated = await lifecycle.update(other);
    expect(updated.outs.deploymentId).not.toBe(outs.deploymentId);
    expect(azure.site.functionApp!.errors).toEqual([expect.stringContaining("version 2")]);
  });

  it("fail with the right that is missing when the deployer may not publish", async () => {
    const stranger = lifecycleOf(registerDeployer(azure));
    await expect(stranger.create(inputs)).rejects.toThrow(
      /refused the deployer \(HTTP 403\)\. Its identity needs the action Microsoft\.Web\/sites\/publish\/Action/,
    );
  });

  it("fail with the service's text when the package is damaged", async () => {
    await expect(lifecycle.create(await declarePackage(Buffer.from("no zip")))).rejects.toThrow(
      "The package is not a zip file that can be read: invalid zip data.",
    );
  });

  it("fail when the zip is not the one that was previewed", async () => {
    await writeFile(packagePath, otherCode());
    await expect(lifecycle.create(inputs)).rejects.toThrow(
      /has changed since the preview: its SHA-256 is [0-9a-f]{64}, not [0-9a-f]{64}\. Run pulumi up again\.$/,
    );
  });

  it("fail when the zip is not there", async () => {
    await rm(packagePath);
    await expect(lifecycle.create(inputs)).rejects.toThrow(/cannot be read from .* \(ENOENT\)/);
  });
});

describe("the functions that are expected", () => {
  it("are there after the publication of code that registers them", async () => {
    const expecting = { ...inputs, functions: ["poll"], resourceManagerUrl: azure.resourceManager.url };
    expect((await lifecycle.create(expecting)).outs).toEqual({
      ...expecting,
      deploymentId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it.each([
    ["another", ["poll", "report"], {}, "has no function report (it has poll), so nothing would run"],
    [
      "none",
      ["poll"],
      { "function.cjs": "throw new Error('broken');" },
      "has no function poll, so nothing would run",
    ],
  ])(
    "are missing after the publication of code with %s, and waited for until the time is up",
    async (_what, names, files, message) => {
      await lifecycle.create(await declarePackage(zipOfApp(files)));
      const clock = new FakeClock();
      const waiting = waitForFunctions({
        functionAppId: azure.declared.resourceId,
        names,
        resourceManagerUrl: azure.resourceManager.url,
        tokens: deployerTokens(),
        timeoutMinutes: 10,
        clock,
      });
      await expect(waiting).rejects.toThrow(
        `The code was published, but 10 minutes later the function app ${message}`,
      );
      expect(clock.now()).toBeGreaterThan(9 * 60_000);
    },
  );

  it("fail it with the right that is missing when the deployer may not see them", async () => {
    const { facts, url } = azure.resourceManager;
    const allowed = new Map(facts.permissions);
    facts.permissions.clear();
    const creation = lifecycle.create({ ...inputs, functions: ["poll"], resourceManagerUrl: url });
    await expect(creation).rejects.toThrow(
      /may not see .* \(HTTP 403\)\. Its identity needs the action Microsoft\.Web\/sites\/functions\/read on \/subscriptions/,
    );
    for (const [principal, permissions] of allowed) facts.permissions.set(principal, permissions);
  });
});

describe("read", () => {
  it("gives the state as it is while the latest deployment is the published one", async () => {
    const { id, outs } = await lifecycle.create(inputs);
    expect(await lifecycle.read(id, outs)).toEqual({ id, props: outs, inputs });
  });

  it("shows a deployment by somebody else as drift of the hash, which the next update heals", async () => {
    const { id, outs } = await lifecycle.create(inputs);
    const theirs = await lifecycleOf(azure.deployer).create(await declarePackage(otherCode()));

    const { props, inputs: observed } = await lifecycle.read(id, outs);
    expect(observed).toEqual({
      ...inputs,
      contentHash: `other code, by deployment ${theirs.outs.deploymentId}`,
    });
    expect(lifecycle.diff(props!, inputs)).toEqual({ changes: true, replaces: [] });

    const healed = await lifecycle.update(await declarePackage(zipOfApp()));
    expect(await lifecycle.read(id, healed.outs)).toEqual({ id, props: healed.outs, inputs });
  });

  it("shows an app without code as drift of the hash", async () => {
    const { id, outs } = await lifecycle.create(inputs);
    const fresh = await startFunctionAppFixture();
    try {
      // The directories differ, and the deployer is known to each by its own credentials.
      const there = {
        ...outs,
        scmHostName: fresh.site.hosts.scmHostName,
        tenantId: fresh.directory.tenantId,
        authorityUrl: fresh.entra.url,
      };
      const { props } = await lifecycleOf(fresh.deployer).read(id, there);
      expect(props!.contentHash).toBe("nothing is deployed");
    } finally {
      await fresh.close();
    }
  });

  it("finds the code gone with an app whose site has no name any more", async () => {
    const { id, outs } = await lifecycle.create(inputs);
    expect(await lifecycle.read(id, { ...outs, scmHostName: "siem-poller.scm.invalid" })).toEqual({});
  });

  it("fails, and proves nothing, when the site is not reached or refuses the deployer", async () => {
    const { id, outs } = await lifecycle.create(inputs);
    const unused = createServer().listen(0, "127.0.0.1");
    await once(unused, "listening");
    const { port } = unused.address() as { port: number };
    unused.close();
    await once(unused, "close");
    await expect(lifecycle.read(id, { ...outs, scmHostName: `127.0.0.1:${port}` })).rejects.toThrow(
      "was not reached (ECONNREFUSED)",
    );
    await expect(lifecycleOf(registerDeployer(azure)).read(id, outs)).rejects.toThrow("HTTP 403");
  });
});
