import ts from "typescript";
import { description } from "./sourceProgram.ts";
import type { PropertySpec, ResourceSpec } from "./specs.ts";
import type { TypeSpecs } from "./typeSpecs.ts";

/** A component, or a resource of a provider of its own, by its class and the interface of its arguments. */
export function resourceSpec(symbol: ts.Symbol, types: TypeSpecs, checker: ts.TypeChecker): ResourceSpec {
  const declaration = symbol.declarations!.find(ts.isClassDeclaration)!;
  const inputs = types.propertiesOf(argumentsOf(declaration, checker), symbol.name);
  const outputs = declaration.members
    .filter(ts.isPropertyDeclaration)
    .filter(({ name }) => ts.isIdentifier(name))
    .map(({ name }) => checker.getSymbolAtLocation(name)!);
  const isComponent = baseOf(declaration) === "pulumi.ComponentResource";
  return {
    ...(isComponent ? { isComponent } : {}),
    type: "object",
    description: description(symbol, checker),
    properties: Object.fromEntries(
      outputs.map(output => [
        output.name,
        withoutPlain(types.property(output, `${symbol.name}.${output.name}`)),
      ]),
    ),
    required: outputs.filter(output => !mayBeUndefined(output)).map(({ name }) => name),
    inputProperties: isComponent ? inputs.properties : eventual(inputs.properties),
    requiredInputs: inputs.required,
    // What the same resource is in the state of a program that uses the npm package.
    ...(isComponent ? {} : { aliases: [{ type: `pulumi-nodejs:dynamic/defender-siem:${symbol.name}` }] }),
  };
}

function baseOf(declaration: ts.ClassDeclaration): string | undefined {
  return declaration.heritageClauses?.[0]?.types[0]?.expression.getText();
}

/** The second parameter of each constructor, after the name. */
function argumentsOf(declaration: ts.ClassDeclaration, checker: ts.TypeChecker): ts.Type {
  const { parameters } = declaration.members.find(ts.isConstructorDeclaration)!;
  return checker.getTypeAtLocation(parameters[1]!);
}

function mayBeUndefined(output: ts.Symbol): boolean {
  const { type } = output.declarations!.find(ts.isPropertyDeclaration)!;
  return /\| undefined\b/.test(type!.getText());
}

/** A provider is asked when everything is known, whatever the class of the npm package wants to know before. */
function eventual(inputs: Record<string, PropertySpec>): Record<string, PropertySpec> {
  return Object.fromEntries(Object.entries(inputs).map(([name, spec]) => [name, withoutPlain(spec)]));
}

function withoutPlain({ plain: _, items, additionalProperties, oneOf, ...spec }: PropertySpec): PropertySpec {
  return {
    ...spec,
    ...(items ? { items: withoutPlain(items) } : {}),
    ...(additionalProperties ? { additionalProperties: withoutPlain(additionalProperties) } : {}),
    ...(oneOf ? { oneOf: oneOf.map(withoutPlain) } : {}),
  };
}
