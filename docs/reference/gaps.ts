import type { Documented, ExportedApi, Property } from "./exportedApi.ts";

/**
 * What a reader of the reference would miss, a sentence each: a docstring, the default of an optional argument, why it
 * takes no output, or a type that is named and not exported.
 */
export function gapsOf(api: ExportedApi): string[] {
  const args = argsTypes(api);
  // The arguments of a component are described by the component.
  const types = api.types.filter(({ name }) => !args.has(name));
  return [
    ...withoutText([...api.components, ...api.functions, ...types, ...api.constants]),
    ...api.components.flatMap(({ name, outputs }) => withoutText(outputs, `${name}.`)),
    ...api.types.flatMap(({ name, properties }) => withoutText(properties, `${name}.`)),
    ...api.constants.flatMap(({ name, values }) => withoutText(values, `${name}.`)),
    ...withoutDefault(api),
    ...plainWithoutReason(api),
    ...notExported(api),
  ];
}

/** Names of the types that a component or function takes. */
export function argsTypes(api: ExportedApi): Set<string> {
  return new Set([
    ...api.components.map(({ argsType }) => argsType),
    ...api.functions.flatMap(({ parameters }) => parameters.flatMap(({ type }) => type.names)),
  ]);
}

function withoutText(things: readonly Documented[], owner = ""): string[] {
  return things
    .filter(({ text }) => text === "")
    .map(({ name, at }) => `${owner}${name} has no docstring (${at}).`);
}

/** An optional part of an output has no default: the service leaves it out. */
function withoutDefault(api: ExportedApi): string[] {
  const taken = reachable(api, [...argsTypes(api)]);
  return api.types
    .filter(({ name }) => taken.has(name))
    .flatMap(owner =>
      owner.properties
        .filter(({ optional, text }) => optional && !/\bDefaults to\b/.test(text))
        .map(
          ({ name, at }) =>
            `${owner.name}.${name} is optional, and no sentence of its docstring says "Defaults to …" (${at}).`,
        ),
    );
}

/** Of a shape or a record of shapes, what is in it is looked at; of a choice by a word, there is nothing to give but that. */
function plainWithoutReason(api: ExportedApi): string[] {
  const taken = reachable(api, [...argsTypes(api)]);
  const shapes = new Set(api.types.map(({ name }) => name));
  const isPlain = ({ type }: Property) =>
    !/\bInput</.test(type.written) &&
    !/^"\w+"$/.test(type.written) &&
    !type.names.some(name => shapes.has(name));
  return api.types
    .filter(({ name, text }) => taken.has(name) && !/\bplain\b/i.test(text))
    .flatMap(owner =>
      owner.properties
        .filter(property => isPlain(property) && !/\bplain\b.*\bsince\b/is.test(property.text))
        .map(
          ({ name, type, at }) =>
            `${owner.name}.${name} is a ${type.written}, and its docstring does not say "Plain, since …": an output cannot be given (${at}).`,
        ),
    );
}

function reachable(api: ExportedApi, names: string[], found = new Set<string>()): Set<string> {
  for (const name of names.filter(each => !found.has(each))) {
    found.add(name);
    const type = api.types.find(each => each.name === name);
    if (type) reachable(api, namesIn(type), found);
  }
  return found;
}

function namesIn({ properties, choice }: ExportedApi["types"][number]): string[] {
  return [...properties.flatMap(({ type }) => type.names), ...(choice?.names ?? [])];
}

function notExported(api: ExportedApi): string[] {
  const exported = new Set([...api.components, ...api.types, ...api.constants].map(({ name }) => name));
  const users: { name: string; properties: Property[] }[] = [
    ...api.types,
    ...api.components.map(({ name, outputs }) => ({ name, properties: outputs })),
  ];
  return users.flatMap(owner =>
    owner.properties.flatMap(({ name, type, at }) =>
      type.names
        .filter(each => !exported.has(each))
        .map(
          each => `${owner.name}.${name} is a ${each}, which components/index.ts does not export (${at}).`,
        ),
    ),
  );
}
