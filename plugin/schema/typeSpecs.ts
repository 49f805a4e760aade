import ts from "typescript";
import { description } from "./sourceProgram.ts";
import type { EnumSpec, ObjectSpec, PropertySpec, TypeSpec } from "./specs.ts";

/** Arguments and outputs whose name says that they are secrets, wherever they are. */
export const SECRETS: ReadonlySet<string> = new Set(["sinkTokens", "authId", "webhookAuthId"]);

/** Generated SDKs append `Args` themselves. What is called otherwise would be two types of one name. */
const RENAMED: Record<string, string> = { SubscriptionWebhookArgs: "WantedWebhook" };

/** Says which type a schema cannot hold, and where it is. */
export class InexpressibleTypeError extends Error {
  constructor(place: string, type: string, advice: string) {
    super(`${place}: ${type} cannot be given from another language. ${advice}`);
    this.name = "InexpressibleTypeError";
  }
}

/** Turns the types of arguments and outputs into those of the schema, and gathers the named ones on the way. */
export class TypeSpecs {
  readonly types: Record<string, ObjectSpec | EnumSpec> = {};
  readonly #checker: ts.TypeChecker;
  readonly #packageName: string;

  constructor(checker: ts.TypeChecker, packageName: string) {
    this.#checker = checker;
    this.#packageName = packageName;
  }

  /** The properties of an interface, inherited ones too. */
  propertiesOf(type: ts.Type, place: string): Pick<ObjectSpec, "properties" | "required"> {
    const symbols = this.#checker.getPropertiesOfType(type);
    return {
      properties: Object.fromEntries(
        symbols.map(symbol => [symbol.name, this.property(symbol, `${place}.${symbol.name}`)]),
      ),
      required: symbols.filter(symbol => !isOptional(symbol)).map(({ name }) => name),
    };
  }

  /** A property of an interface or a class, by the type that is written there. */
  property(symbol: ts.Symbol, place: string): PropertySpec {
    const declaration = symbol.declarations?.find(
      node => ts.isPropertySignature(node) || ts.isPropertyDeclaration(node),
    );
    if (declaration?.type === undefined)
      throw new InexpressibleTypeError(place, "a property without a written type", "Write its type down.");
    return {
      ...this.type(declaration.type, place),
      ...(SECRETS.has(symbol.name) ? { secret: true } : {}),
      description: description(symbol, this.#checker),
    };
  }

  type(node: ts.TypeNode, place: string): PropertySpec {
    if (ts.isParenthesizedTypeNode(node)) return this.type(node.type, place);
    if (ts.isTypeOperatorNode(node)) return this.type(node.type, place);
    if (ts.isArrayTypeNode(node)) return plain({ type: "array", items: this.type(node.elementType, place) });
    if (ts.isUnionTypeNode(node)) return this.#union(node, place);
    if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal))
      return plain({ type: "string", const: node.literal.text });
    if (node.kind === ts.SyntaxKind.StringKeyword) return plain({ type: "string" });
    // Every number here counts something: minutes, days, partitions, or the record types by theirs.
    if (node.kind === ts.SyntaxKind.NumberKeyword) return plain({ type: "integer" });
    if (node.kind === ts.SyntaxKind.BooleanKeyword) return plain({ type: "boolean" });
    if (ts.isTypeReferenceNode(node)) return this.#reference(node, place);
    throw new InexpressibleTypeError(
      place,
      node.getText(),
      "Use strings, numbers, booleans, arrays, records and interfaces of them.",
    );
  }

  /** Inputs may be outputs of other resources at this level; what is below says for itself. */
  #reference(node: ts.TypeReferenceNode, place: string): PropertySpec {
    const [first, second] = node.typeArguments ?? [];
    switch (node.typeName.getText()) {
      case "pulumi.Input":
      case "pulumi.Output": {
        const { plain: _, ...eventual } = this.type(first!, place);
        return eventual;
      }
      case "Record":
        return plain({ type: "object", additionalProperties: this.type(second!, place) });
      default:
        return plain(this.#named(node, place));
    }
  }

  #named(node: ts.TypeReferenceNode, place: string): PropertySpec {
    const type = this.#checker.getTypeFromTypeNode(node);
    const symbol = this.#declared(node);
    const words = wordsOf(type);
    if (words !== undefined) return this.#refer(symbol.name, () => this.#enumeration(symbol, words));
    if (type.isUnion()) return this.#discriminated(type, place);
    if (symbol.flags & ts.SymbolFlags.Interface)
      return this.#refer(symbol.name, () => ({
        type: "object",
        description: description(symbol, this.#checker),
        ...this.propertiesOf(type, symbol.name),
      }));
    throw new InexpressibleTypeError(
      place,
      node.getText(),
      "Take its outputs, as an interface of inputs, in place of a resource.",
    );
  }

  #declared(node: ts.TypeReferenceNode): ts.Symbol {
    const symbol = this.#checker.getSymbolAtLocation(node.typeName)!;
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #refer(name: string, make: () => ObjectSpec | EnumSpec): PropertySpec {
    const token = `${this.#packageName}:index:${RENAMED[name] ?? name.replace(/Args$/, "")}`;
    if (!Object.hasOwn(this.types, token)) {
      // Before it is made, since a type may refer to itself.
      this.types[token] = { type: "object", properties: {}, required: [] };
      this.types[token] = make();
    }
    return { $ref: `#/types/${token}` };
  }

  /** The words of a choice, with what the object of the same name says of each. */
  #enumeration(symbol: ts.Symbol, words: string[]): EnumSpec {
    const object = symbol.declarations?.find(ts.isVariableDeclaration);
    const documented = object === undefined ? [] : this.#checker.getTypeAtLocation(object).getProperties();
    const meaning = new Map(
      documented.map(property => {
        const { value } = this.#checker.getTypeOfSymbol(property) as ts.StringLiteralType;
        return [value, description(property, this.#checker)];
      }),
    );
    return {
      type: "string",
      description: description(symbol, this.#checker),
      enum: words.map(value => ({ value, description: meaning.get(value) })),
    };
  }

  #union(node: ts.UnionTypeNode, place: string): PropertySpec {
    const isUndefined = (part: ts.TypeNode) => part.kind === ts.SyntaxKind.UndefinedKeyword;
    const parts = node.types.filter(part => !isUndefined(part));
    if (parts.length === 1) return this.type(parts[0]!, place);
    const isWord = (part: ts.TypeNode) => ts.isLiteralTypeNode(part);
    const others = parts.filter(part => !isWord(part)).map(part => withoutPlain(this.type(part, place)));
    // A word besides those of an enumeration: any string is taken here, and checked by the resource.
    return plain({ oneOf: parts.some(isWord) ? [{ type: "string" }, ...others] : others });
  }

  /** Interfaces that a property `kind` tells apart. */
  #discriminated(type: ts.UnionType, place: string): PropertySpec {
    const mapping: Record<string, string> = {};
    const oneOf = type.types.map(part => {
      const kind = part.getProperty("kind");
      const word = kind && (this.#checker.getTypeOfSymbol(kind) as ts.StringLiteralType).value;
      if (typeof word !== "string")
        throw new InexpressibleTypeError(place, this.#checker.typeToString(type), "Give each part a `kind`.");
      const { $ref } = this.#refer(part.symbol.name, () => ({
        type: "object",
        description: description(part.symbol, this.#checker),
        ...this.propertiesOf(part, part.symbol.name),
      }));
      mapping[word] = $ref!;
      return { $ref, plain: true as const };
    });
    return { oneOf, discriminator: { propertyName: "kind", mapping } };
  }
}

function isOptional(symbol: ts.Symbol): boolean {
  return (symbol.flags & ts.SymbolFlags.Optional) !== 0;
}

function plain(spec: PropertySpec): PropertySpec {
  return { ...spec, plain: true };
}

function withoutPlain({ plain: _, ...spec }: TypeSpec): TypeSpec {
  return spec;
}

/** Of a choice among words. */
function wordsOf(type: ts.Type): string[] | undefined {
  if (!type.isUnion() || !type.types.every(part => part.isStringLiteral())) return undefined;
  return type.types.map(({ value }) => value);
}
