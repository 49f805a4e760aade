/** What programs in other languages are told that they can declare. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { GOLDEN_SCHEMA, schemaText } from "../../plugin/schema/goldenSchema.ts";
import { resourceSpec } from "../../plugin/schema/resourceSpecs.ts";
import { readProgram } from "../../plugin/schema/sourceProgram.ts";
import type { ObjectSpec, PackageSpec, PropertySpec, ResourceSpec } from "../../plugin/schema/specs.ts";
import { TypeSpecs } from "../../plugin/schema/typeSpecs.ts";

let text: string;
let schema: PackageSpec;

beforeAll(() => {
  text = schemaText();
  schema = JSON.parse(text);
});

function resource(name: string): ResourceSpec {
  return schema.resources[`defender-siem:index:${name}`]!;
}

describe("the schema of the plugin", () => {
  it("is the one in plugin/schema.json; otherwise run npm run schema", async () => {
    expect(await readFile(GOLDEN_SCHEMA, "utf8")).toBe(text);
  });

  it("serves every class that the npm package exports, the four with providers of ours as what they are", () => {
    const byKind = (isComponent: boolean) =>
      Object.entries(schema.resources)
        .filter(([, spec]) => (spec.isComponent ?? false) === isComponent)
        .map(([token]) => token.replace("defender-siem:index:", ""));
    expect(byKind(true)).toContain("SiemIntegration");
    expect(byKind(false)).toEqual([
      "AuditSubscription",
      "DeployerPrerequisites",
      "FunctionPackage",
      "VaultCertificate",
    ]);
  });

  it("describes every argument and every output", () => {
    const all = Object.entries(schema.resources).flatMap(([token, { inputProperties, properties }]) =>
      [inputProperties, properties].flatMap(specs =>
        Object.entries(specs).map(([name, spec]) => ({ place: `${token} ${name}`, ...spec })),
      ),
    );
    expect(all.filter(({ description = "" }) => description === "").map(({ place }) => place)).toEqual([]);
  });

  it("says what is secret", () => {
    const secrets = Object.entries(schema.resources).flatMap(([token, { inputProperties }]) =>
      Object.keys(inputProperties)
        .filter(name => inputProperties[name]!.secret)
        .map(name => `${token.replace("defender-siem:index:", "")}.${name}`),
    );
    expect(secrets).toEqual([
      "AuditSubscription.webhookAuthId",
      "ManagedTenants.sinkTokens",
      "Poller.sinkTokens",
      "SiemIntegration.sinkTokens",
    ]);
  });

  it("says what has to be known when the program runs, and what may be an output", () => {
    const { inputProperties: inputs } = resource("SiemIntegration");
    expect(inputs.contentTypes).toMatchObject({ plain: true, items: { type: "string", plain: true } });
    expect(inputs.tenantId).not.toHaveProperty("plain");
    const { properties } = schema.types["defender-siem:index:IntegrationMonitoring"] as ObjectSpec;
    expect(properties.alertEmails).toMatchObject({ plain: true, items: { type: "string" } });
    expect(properties.alertEmails!.items).not.toHaveProperty("plain");
  });

  it("lets a sink be told by its kind", () => {
    const { additionalProperties: sink } = resource("SiemIntegration").inputProperties.sinks!;
    expect(sink!.discriminator!.mapping).toEqual({
      eventHubs: "#/types/defender-siem:index:EventHubsSink",
      logsIngestion: "#/types/defender-siem:index:LogsIngestionSink",
      splunkHec: "#/types/defender-siem:index:SplunkHecSink",
    });
    const { properties, required } = schema.types["defender-siem:index:SplunkHecSink"] as ObjectSpec;
    expect(properties.kind).toMatchObject({ type: "string", const: "splunkHec" });
    expect(required).toEqual(["kind", "url"]);
  });

  it("names the words of a choice, with what each means", () => {
    expect(schema.types["defender-siem:index:OnDestroy"]).toMatchObject({
      type: "string",
      enum: [
        { value: "keep", description: "It stays enabled, so that no content is lost." },
        { value: "stop", description: expect.stringContaining("It is stopped.") },
      ],
    });
  });

  it("refers to nothing that is not there", () => {
    const referred = [...text.matchAll(/"#\/types\/([^"]+)"/g)].map(([, token]) => token!);
    expect(new Set(referred)).toEqual(new Set(Object.keys(schema.types)));
  });
});

describe("an argument that another language could not give", () => {
  it.each([
    ["onEvent: () => void", "() => void cannot be given from another language. Use strings, numbers,"],
    ["store: Store", "Store cannot be given from another language. Take its outputs, as an interface"],
    ["sink: Sink", "Sink cannot be given from another language. Give each part a `kind`."],
    [
      "untyped",
      "a property without a written type cannot be given from another language. Write its type down.",
    ],
  ])("is refused: %s", async (argument, message) => {
    await expect(schemaOf(argument)).rejects.toThrow(message);
  });

  it("is named with its place", async () => {
    await expect(schemaOf("nested: { callback: string }")).rejects.toThrow("Broken.nested:");
  });
});

/** Of a component with one argument. */
async function schemaOf(argument: string): Promise<Record<string, PropertySpec>> {
  const folder = await mkdtemp(path.join(tmpdir(), "plugin-schema-"));
  try {
    const file = path.join(folder, "broken.ts");
    await writeFile(
      file,
      `declare namespace pulumi { class ComponentResource {} }
       class Store {}
       interface A { a: string }
       interface B { b: string }
       type Sink = A | B;
       export interface BrokenArgs { ${argument} }
       export class Broken extends pulumi.ComponentResource { constructor(name: string, args: BrokenArgs) { super(); } }`,
    );
    const { checker, exports } = readProgram(file);
    return resourceSpec(exports.get("Broken")!, new TypeSpecs(checker, "siem"), checker).inputProperties;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
