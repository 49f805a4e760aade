import * as pulumi from "@pulumi/pulumi";
import { azureMocks } from "./declare.ts";

/** A resource as the SDK sends it to the engine: with its options, and with its inputs on the wire. */
export interface Registration {
  urn: string;
  type: string;
  name: string;
  isCustom: boolean;
  parent: string;
  /** URN and id of an explicit provider; empty for the default one. */
  provider: string;
  inputs: Record<string, unknown>;
  /** What the component passed to `registerOutputs`. */
  outputs?: Record<string, unknown>;
  options: {
    protect: boolean;
    retainOnDelete: boolean;
    dependencies: string[];
    ignoreChanges: string[];
    replaceOnChanges: string[];
    additionalSecretOutputs: string[];
    createTimeout: string | undefined;
    /** Former names. */
    aliases: string[];
  };
}

/** A question to a provider. */
export interface Question {
  token: string;
  provider: string;
}

/** What a program registered, in the order of registration, and asked. */
export interface Registrations {
  all: Registration[];
  questions: Question[];
}

/** A value that nobody knows before an update. */
export function unknown<T>(): pulumi.Output<T> {
  const Unknown = pulumi.Output as unknown as new (...parts: unknown[]) => pulumi.Output<T>;
  const nothing = Promise.resolve(new Set());
  return new Unknown(
    new Set(),
    Promise.resolve(undefined),
    Promise.resolve(false),
    Promise.resolve(false),
    nothing,
  );
}

/**
 * Runs a program under Pulumi's mocks and listens on the way to the engine. What the engine makes of options (inherited
 * aliases, protection) is not proved here.
 */
export async function register(
  program: () => unknown,
  { isPreview = false }: { isPreview?: boolean } = {},
): Promise<Registrations> {
  await pulumi.runtime.setMocks(azureMocks, "defender-siem", "test", isPreview);
  const heard: Registrations = { all: [], questions: [] };
  try {
    listen(pulumi.runtime.getMonitor() as unknown as Monitor, heard);
    program();
    await pulumi.runtime.disconnect();
    return heard;
  } finally {
    // Registrations still under way would otherwise reach the mocks of the next program.
    await pulumi.runtime.disconnect();
  }
}

/** What of the mock is listened to; requests are of the SDK's own protocol, for which it has no types. */
interface Monitor {
  newUrn(parent: string, type: string, name: string): string;
  registerResource(request: Message, answer: unknown): Promise<void>;
  registerResourceOutputs(request: Message, answer: unknown): void;
  invoke(request: Message, answer: unknown): Promise<void>;
}
type Message = object;

/** A field of a message, or undefined where there is no message. */
function field<T>(message: Message | undefined, name: string): T {
  return (message as Record<string, () => T> | undefined)?.[`get${name}`]?.() as T;
}

function values(struct: unknown): Record<string, unknown> | undefined {
  return (struct as { toJavaScript(): Record<string, unknown> } | undefined)?.toJavaScript();
}

function listen(monitor: Monitor, { all, questions }: Registrations): void {
  const { registerResource, registerResourceOutputs, invoke } = monitor;
  // The mock's own hold the type of the parent alone, so that they may not be unique.
  monitor.newUrn = fullUrn;
  monitor.registerResource = (request, answer) => {
    all.push(read(request));
    return registerResource.call(monitor, request, answer);
  };
  monitor.registerResourceOutputs = (request, answer) => {
    const registration = all.find(({ urn }) => urn === field(request, "Urn"));
    if (registration) registration.outputs = values(field(request, "Outputs"));
    return registerResourceOutputs.call(monitor, request, answer);
  };
  monitor.invoke = (request, answer) => {
    questions.push({ token: field(request, "Tok"), provider: field(request, "Provider") });
    return invoke.call(monitor, request, answer);
  };
}

function fullUrn(parent: string, type: string, name: string): string {
  const above =
    parent === "" || parent.includes("::pulumi:pulumi:Stack::") ? "" : `${parent.split("::")[2]}$`;
  return `urn:pulumi:test::defender-siem::${above}${type}::${name}`;
}

function read(request: Message): Registration {
  const text = (name: string) => field<string>(request, name);
  const yes = (name: string) => field<boolean>(request, name);
  const list = (name: string) => field<string[]>(request, `${name}List`);
  return {
    urn: fullUrn(text("Parent"), text("Type"), text("Name")),
    type: text("Type"),
    name: text("Name"),
    isCustom: yes("Custom"),
    parent: text("Parent"),
    provider: text("Provider"),
    inputs: values(field(request, "Object")) ?? {},
    options: {
      protect: yes("Protect"),
      retainOnDelete: yes("Retainondelete"),
      dependencies: list("Dependencies"),
      ignoreChanges: list("Ignorechanges"),
      replaceOnChanges: list("Replaceonchanges"),
      additionalSecretOutputs: list("Additionalsecretoutputs"),
      createTimeout: field(field(request, "Customtimeouts"), "Create"),
      aliases: field<Message[]>(request, "AliasesList").map(
        alias => field<string | undefined>(field(alias, "Spec"), "Name") ?? field<string>(alias, "Urn"),
      ),
    },
  };
}
