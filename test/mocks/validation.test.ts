/** What a component does with an argument before it uses it, whether the value is there or comes later. */
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { checked, checkedEach } from "../../components/pulumi/validation.ts";
import { azureMocks } from "./declare.ts";

let component: pulumi.ComponentResource;

beforeAll(async () => {
  await pulumi.runtime.setMocks(azureMocks);
  component = new pulumi.ComponentResource("test:index:Fan", "fan");
});

function parseUrl(value: string): string {
  if (value.startsWith("https:")) return value;
  throw new Error(`"${value}" of ${URL.parse(value)?.host} is not https. Use https.`);
}

/** What is not in the public type: the value, for which `apply` would swallow a rejection, and what rejects beside it. */
interface Inside<T> {
  promise(): Promise<T>;
  isKnown: Promise<boolean>;
  isSecret: Promise<boolean>;
  allResources(): Promise<unknown>;
}

function settled<T>(output: pulumi.Output<T>): Promise<T> {
  const inside = output as unknown as Inside<T>;
  for (const beside of [inside.isKnown, inside.isSecret, inside.allResources()]) beside.catch(() => {});
  return inside.promise();
}

const url = (value: pulumi.Input<string>) => checked(component, "url", value, parseUrl);
const urls = (values: pulumi.Input<pulumi.Input<string>[]>) =>
  checkedEach(component, "urls", values, parseUrl);
const later = <T>(value: T) => pulumi.output(Promise.resolve(value)) as unknown as pulumi.Input<T>;

describe("a value that cannot be meant", () => {
  it("is refused at once when it is there, with its place in a list", () => {
    expect(() => url("http://fan.example")).toThrow(
      'url: "http://fan.example" of fan.example is not https. Use https.',
    );
    expect(() => urls(["https://fan.example", "http://fan.example"])).toThrow(
      'urls[1]: "http://fan.example"',
    );
  });

  it("is refused as soon as it is known otherwise", async () => {
    await expect(settled(url(later("http://fan.example")))).rejects.toThrow('url: "http://fan.example" of');
    await expect(settled(urls(later(["https://fan.example", "http://fan.example"])))).rejects.toThrow(
      "urls[1]: ",
    );
  });

  it("is refused without being shown when it is a secret", async () => {
    const refusal = 'url: "[secret]" of [secret] is not https. Use https.';
    await expect(settled(url(pulumi.secret("http://fan.example")))).rejects.toThrow(refusal);
    await expect(settled(urls(pulumi.secret(["http://fan.example"])))).rejects.toThrow(
      'urls[0]: "[secret]" of [secret] is not https.',
    );
  });
});

describe("a value that is meant", () => {
  it("stays the secret that it is", async () => {
    const value = url(pulumi.secret("https://fan.example"));
    expect([await settled(value), await pulumi.isSecret(value)]).toEqual(["https://fan.example", true]);
    const values = urls(["https://fan.example", pulumi.secret("https://other.example")]);
    expect(await pulumi.isSecret(values)).toBe(true);
  });
});
