/**
 * What everybody expects of a Pulumi component, over all of them. What the engine makes of an option, such as an alias or
 * a protection that is inherited, is proved by the engine tier.
 */
import { Provider as AzureProvider } from "@pulumi/azure-native/provider.js";
import { Provider as EntraProvider } from "@pulumi/azuread/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { COMPONENTS, CUSTOM_RESOURCES, EXAMPLES, type Give } from "./everyComponent.ts";
import { type Registration, type Registrations, register, unknown } from "./registrations.ts";

const plainly: Give = value => value;
const asOutput: Give = value => pulumi.output(Promise.resolve(value)) as pulumi.Input<typeof value>;
const asSecret: Give = value => pulumi.secret(value) as pulumi.Input<typeof value>;
const notYet: Give = () => unknown();

class Platform extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("contoso:index:Platform", name, {}, opts);
  }
}

/** Everything that is not there for the sake of a test. */
function declared({ all }: Registrations): Registration[] {
  return all.filter(({ type }) => !/^(pulumi|contoso|test):/.test(type));
}

/** What is below a resource, at any depth. */
function below(ancestor: Registration, program: Registrations): Registration[] {
  const children = program.all.filter(({ parent }) => parent === ancestor.urn);
  return children.flatMap(child => [child, ...below(child, program)]);
}

it("are looked at for every component that may be constructed", () => {
  const examined = new Set(EXAMPLES.map(({ title }) => title.split(" ")[0]));
  expect([...examined].toSorted()).toEqual(COMPONENTS.toSorted());
});

describe.each(EXAMPLES)("$title", ({ title, create }) => {
  const type = `defender-siem:index:${title.split(" ")[0]}`;
  const named = (name: string, { all }: Registrations) =>
    all.find(registration => registration.type === type && registration.name === name)!;
  let instance: pulumi.ComponentResource;
  let plain: Registrations;

  beforeAll(async () => {
    plain = await register(() => {
      instance = create("defender", plainly, {});
    });
  });

  it("is the parent of everything that it declares", () => {
    const children = below(named("defender", plain), plain);
    expect(children.length).toBe(declared(plain).length - 1);
    expect(children.length).toBeGreaterThan(0);
  });

  it("registers the outputs that it has, and no other", () => {
    const { outputs = {} } = named("defender", plain);
    const properties = Object.entries(instance).filter(([name]) => !name.startsWith("__") && name !== "urn");
    const exposed = properties.filter(([, value]) => value !== undefined).map(([name]) => name);
    expect(Object.keys(outputs).toSorted()).toEqual(exposed.toSorted());
    expect(exposed.length).toBeGreaterThan(0);
  });

  it("declares the same of outputs as of plain values", async () => {
    const program = await register(() => create("defender", asOutput, {}));
    expect(childInputs(program)).toEqual(childInputs(plain));
  });

  it("keeps as a secret whatever it was given as one", async () => {
    const given: string[] = [];
    const program = await register(() =>
      create(
        "defender",
        value => {
          if (typeof value === "string") given.push(value);
          return asSecret(value);
        },
        {},
      ),
    );
    const sent = declared(program).map(({ inputs, outputs }) => ({ inputs, outputs }));
    // Short words, such as the name of a cloud, are found in others.
    const words = given.filter(value => value.length > 12);
    expect(words.filter(word => JSON.stringify(hidden(sent)).includes(word))).toEqual([]);
    expect(words.length).toBeGreaterThan(1);
  });

  it("declares the same resources while nothing of it is known in a preview", async () => {
    const preview = await register(() => create("defender", notYet, {}), { isPreview: true });
    expect(urnsOf(preview)).toEqual(urnsOf(plain));
  });

  it("may be there several times, below other components and at the top", async () => {
    const program = await register(() => {
      create("defender", plainly, { parent: new Platform("platform") });
      create("defender-host", plainly, {});
      create("fabrikam", plainly, {});
    });
    const urns = program.all.map(({ urn }) => urn);
    expect(new Set(urns).size).toBe(urns.length);
    const platform = program.all.find(registration => registration.type === "contoso:index:Platform")!;
    expect(below(platform, program).length * 3).toBe(declared(program).length);
  });

  it("hands to everything below it what it got: providers, protection, transformations, former names", async () => {
    const transformed: string[] = [];
    const transformation: pulumi.ResourceTransformation = ({ type: of, name }) => {
      transformed.push(`${of} ${name}`);
      return undefined;
    };
    const program = await register(() =>
      create("defender", plainly, {
        providers: explicitProviders(),
        protect: true,
        transformations: [transformation],
        aliases: [{ name: "siem" }],
      }),
    );
    const children = below(named("defender", program), program);
    for (const { type: of, name, isCustom, provider, options } of children) {
      if (isCustom) expect(provider, `${of} ${name}`).toContain(`::explicit-${of.split(":")[0]}::`);
      expect(options.protect, `${of} ${name}`).toBe(true);
      // The engine derives the former name of a child from the beginning of its name; a vault's may be cut short.
      expect(name, of).toMatch(/^defender(-|$)/);
      if (of.endsWith(":Vault")) expect(options.aliases.filter(Boolean), name).toHaveLength(1);
    }
    for (const { token, provider } of program.questions)
      expect(provider, token).toContain(`::explicit-${token.split(":")[0]}::`);
    const all = declared(program).map(({ type: of, name }) => `${of} ${name}`);
    expect(transformed.toSorted()).toEqual(all.toSorted());
  });

  it("begins when what it depends on is there", async () => {
    const program = await register(() => {
      const first = new (class extends pulumi.CustomResource {})("test:index:First", "first", {
        waits: later(),
      });
      create("defender", plainly, { dependsOn: first });
    });
    const first = program.all.findIndex(({ name }) => name === "first");
    const others = declared(program).map(registration => program.all.indexOf(registration));
    expect(Math.min(...others)).toBeGreaterThan(first);
    expect(named("defender", program).options.dependencies).toEqual([program.all[first]!.urn]);
  });
});

describe("providers", () => {
  it.each([
    [
      "by package",
      ([azure, entra, dynamic]: pulumi.ProviderResource[]) => ({
        providers: { "azure-native": azure!, azuread: entra!, "pulumi-nodejs": dynamic! },
      }),
    ],
    [
      "through the component above",
      (providers: pulumi.ProviderResource[]) => ({
        parent: new Platform("platform", { providers }),
      }),
    ],
  ])("reach everything %s, questions too", async (_, opts) => {
    const [integration] = EXAMPLES;
    const program = await register(() => integration!.create("defender", plainly, opts(explicitProviders())));
    const custom = declared(program).filter(({ isCustom }) => isCustom);
    for (const { type, provider } of custom)
      expect(provider, type).toContain(`::explicit-${type.split(":")[0]}::`);
    for (const { token, provider } of program.questions)
      expect(provider, token).toContain(`::explicit-${token.split(":")[0]}::`);
  });
});

describe.each(CUSTOM_RESOURCES)("the dynamic resource %s", (_, create) => {
  it("passes the options of a custom resource to the engine", async () => {
    const program = await register(() => {
      const first = new Platform("first");
      const opts: pulumi.CustomResourceOptions = {
        parent: first,
        protect: true,
        retainOnDelete: true,
        aliases: [{ name: "siem" }],
        ignoreChanges: ["cloud"],
        replaceOnChanges: ["tenantId"],
        additionalSecretOutputs: ["tenantId"],
        customTimeouts: { create: "30m" },
        dependsOn: new (class extends pulumi.CustomResource {})("test:index:First", "other"),
      };
      create("defender", opts);
    });
    const { options, parent } = program.all.find(({ name }) => name === "defender")!;
    expect(parent).toContain("contoso:index:Platform::first");
    expect(options).toMatchObject({
      protect: true,
      retainOnDelete: true,
      aliases: ["siem"],
      ignoreChanges: ["cloud"],
      replaceOnChanges: ["tenantId"],
      additionalSecretOutputs: expect.arrayContaining(["tenantId"]),
      createTimeout: "30m",
      dependencies: [expect.stringContaining("test:index:First::other")],
    });
  });
});

function explicitProviders(): pulumi.ProviderResource[] {
  return [
    new AzureProvider("explicit-azure-native", {}),
    new EntraProvider("explicit-azuread", {}),
    new (class extends pulumi.ProviderResource {})("pulumi-nodejs", "explicit-pulumi-nodejs", {}),
  ];
}

/** Known after everything that waits for nothing has been registered. */
function later(): Promise<string> {
  return new Promise(resolve => setImmediate(() => setImmediate(() => resolve("later"))));
}

function urnsOf(program: Registrations): string[] {
  return declared(program)
    .map(({ urn }) => urn)
    .toSorted();
}

/** Not those of components, in which a resource may be given as a whole. */
function childInputs(program: Registrations) {
  const custom = declared(program).filter(({ isCustom }) => isCustom);
  return Object.fromEntries(custom.map(({ urn, inputs }) => [urn, inputs]));
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** A message on the wire as anybody could read it in the state. */
function hidden(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value !== "object" || value === null) return value;
  if ((value as Record<string, unknown>)[SIGNATURE] === SECRET) return "[secret]";
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, hidden(part)]));
}
