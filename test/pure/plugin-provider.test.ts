/**
 * What the plugin does with resources of other languages, without an engine: secrets, what moved here from dynamic
 * resources, and failures. How it does over the protocol is shown by `test/engine/plugin.test.ts`.
 */
import { spawnSync } from "node:child_process";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { UNKNOWN } from "../../components/pulumi/wireFormat.ts";
import { refuseWhatCannotBe } from "../../plugin/arguments.ts";
import { refusal } from "../../plugin/refusal.ts";
import { concealed, revealed, secretNames } from "../../plugin/secrets.ts";
import { ServedSchema } from "../../plugin/servedSchema.ts";
import { SiemProvider } from "../../plugin/siemProvider.ts";

const SUBSCRIPTION = "urn:pulumi:dev::siem::defender-siem:index:AuditSubscription::threats";
const PREREQUISITES = "urn:pulumi:dev::siem::a:b:C$defender-siem:index:DeployerPrerequisites::rights";
const GUID = "11111111-2222-4333-8444-555555555555";
const FEED = { tenantId: GUID, clientId: GUID, contentType: "Audit.General" };

const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

let provider: SiemProvider;

beforeAll(() => {
  provider = new SiemProvider();
});

describe("secrets on their way through the plugin", () => {
  it("are values in between, at any depth, and secrets again by the name of their property", () => {
    const given = {
      plain: 1,
      token: secret("swordfish"),
      nested: { list: [secret({ key: secret("deep") })] },
    };
    expect(revealed(given)).toEqual({ plain: 1, token: "swordfish", nested: { list: [{ key: "deep" }] } });
    expect(secretNames(given)).toEqual(["token", "nested"]);
    expect(concealed({ plain: 1, token: "swordfish" }, new Set(["token"]))).toEqual({
      plain: 1,
      token: secret("swordfish"),
    });
  });

  it("stay secrets in what the resource keeps, and become it where the schema says so", async () => {
    const { inputs, failures } = await provider.check(
      SUBSCRIPTION,
      {},
      { ...FEED, grantId: secret("grant"), webhookAuthId: "swordfish" },
    );
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({
      ...FEED,
      grantId: secret("grant"),
      webhookAuthId: secret("swordfish"),
    });
  });

  it("are in no failure", async () => {
    const { failures } = await provider.check(
      SUBSCRIPTION,
      {},
      { ...FEED, webhookAuthId: secret("sword\nfish") },
    );
    expect(failures).toMatchObject([{ property: "webhook.authId" }]);
    expect(JSON.stringify(failures)).not.toContain("fish");
  });
});

describe("a resource that was dynamic before", () => {
  it("is not changed by what a dynamic resource keeps besides", async () => {
    const olds = { ...FEED, status: "enabled", __provider: "exports.handler = () => {};" };
    const { inputs } = await provider.check(SUBSCRIPTION, olds, FEED);
    expect(inputs).not.toHaveProperty("__provider");
    expect(await provider.diff("id", SUBSCRIPTION, olds, inputs)).toEqual({ changes: false, replaces: [] });
  });
});

describe("the rights of a deployer, as another language declares them", () => {
  const plan = { registersApplication: true, grantsConsent: false, assignsRoles: false };
  const place = { tenantId: GUID, subscriptionId: UNKNOWN };

  it("are worked out from the plan", async () => {
    const { inputs, failures } = await provider.check(PREREQUISITES, {}, { ...place, ...plan });
    expect(failures).toEqual([]);
    expect(Object.keys(inputs).sort()).toEqual(["needs", "subscriptionId", "tenantId"]);
    expect(inputs.needs).toMatchObject({ graph: [{ purpose: "register the application" }] });
  });

  it("are unknown while the plan is", async () => {
    const { inputs } = await provider.check(PREREQUISITES, {}, { ...place, ...plan, grantsConsent: UNKNOWN });
    expect(inputs.needs).toBe(UNKNOWN);
  });

  it("are taken as they are from the components in the plugin", async () => {
    const needs = { graph: [], azure: [], resourceProviders: ["Microsoft.Web"] };
    const { inputs } = await provider.check(PREREQUISITES, {}, { ...place, needs });
    expect(inputs.needs).toEqual(needs);
  });
});

it("begins without the whole of Pulumi's SDK, of which it is three times as slow", () => {
  const loaded = spawnSync(
    process.execPath,
    [
      "--eval",
      `import(${JSON.stringify(import.meta.resolve("../../plugin/siemProvider.ts"))}).then(() =>
         console.log(Object.keys(require.cache).filter(file => file.includes("@pulumi/pulumi")).join()))`,
    ],
    { encoding: "utf8" },
  );
  expect(loaded).toMatchObject({ stdout: "\n", status: 0 });
});

describe("a type that is not there", () => {
  it("is refused with those that are", async () => {
    const urn = "urn:pulumi:dev::siem::defender-siem:index:Subscription::threats";
    await expect(provider.check(urn, {}, {})).rejects.toThrow(
      "defender-siem:index:Subscription is no resource of defender-siem",
    );
    await expect(provider.construct("x", "defender-siem:index:Siem", {}, {})).rejects.toThrow(
      /defender-siem:index:Siem is no component of defender-siem .*\. It has .*SiemIntegration/,
    );
  });
});

describe("arguments of a component", () => {
  const schema = new ServedSchema();
  const spec = schema.component("defender-siem:index:SiemIntegration");

  function refusalOf(inputs: pulumi.Inputs): Error | undefined {
    try {
      refuseWhatCannotBe(inputs, spec, schema);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  const required = { tenantId: GUID, location: "westeurope" };

  it("may be outputs where the component takes them", () => {
    const output = pulumi.output("westeurope");
    expect(refusalOf({ ...required, location: output, tags: { team: output } })).toBeUndefined();
    const sinks = { hub: { kind: "eventHubs", hub: { id: output } } };
    expect(refusalOf({ ...required, sinks })).toBeUndefined();
  });

  it("are refused as outputs where the component has to know them, at any depth", () => {
    const sinks = { splunk: { kind: "splunkHec", url: "https://splunk", tokenSecret: pulumi.secret({}) } };
    const refusal = refusalOf({ ...required, contentTypes: [pulumi.secret("Audit.General")], sinks });
    expect(refusal?.message.split("\n")).toEqual([
      expect.stringMatching(
        /^contentTypes\[0\]: It is an output of another resource, or a secret, and decides/,
      ),
      expect.stringMatching(/^sinks\.splunk\.tokenSecret: It is an output/),
    ]);
  });

  it("are refused as resources, whose outputs they are to be", () => {
    const group = new pulumi.DependencyResource(SUBSCRIPTION);
    expect(refusalOf({ ...required, resourceGroup: group })?.message).toBe(
      "resourceGroup: It is a resource. Give an object of its outputs, with the names that this argument has.",
    );
  });

  it("are named when they are missing", () => {
    expect(refusalOf({ location: "westeurope" })).toMatchObject({
      errors: [{ propertyPath: "tenantId", reason: "The tenantId is missing. Declare it." }],
    });
  });

  it("are told to the engine, which prints their values, only where nothing in them is secret", () => {
    const problem = (propertyPath: string) => [{ propertyPath, reason: "It is wrong." }];
    const sinks = { a: { url: "https://a" }, b: { uri: pulumi.secret("swordfish") } };
    const inputs = { ...required, sinks, sinkTokens: { a: "swordfish" } };
    const isTold = (path: string) =>
      pulumi.InputPropertiesError.isInstance(refusal(problem(path), inputs, spec));
    expect(["location", "sinks.a", "sinks.a.url"].map(isTold)).toEqual([true, true, true]);
    expect(["sinks", "sinks.b", "sinks.b.uri", "sinkTokens.a"].map(isTold)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(refusal(problem("sinks.b"), inputs, spec).message).toBe("sinks.b: It is wrong.");
  });
});
