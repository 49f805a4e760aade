import path from "node:path";
import {
  Application,
  Comment,
  type DeclarationReflection,
  makeRecursiveVisitor,
  type ProjectReflection,
  ReflectionKind,
  type SignatureReflection,
  type SomeType,
} from "typedoc";

/** What the package exports, as its reader meets it: with the text of every docstring. */
export interface ExportedApi {
  components: ExportedComponent[];
  functions: ExportedFunction[];
  /** Shapes of arguments and outputs, and names for a choice of such shapes. */
  types: ExportedType[];
  constants: ExportedConstant[];
}

export interface Documented {
  name: string;
  /** The docstring as Markdown; empty where there is none. */
  text: string;
  /** File and line, for whoever has to mend it. */
  at: string;
}

export interface Property extends Documented {
  optional: boolean;
  type: ShownType;
}

export interface ShownType {
  /** As it is written, such as `Input<string>[]`. */
  written: string;
  /** Names of this project's types in it. */
  names: string[];
}

export interface ExportedComponent extends Documented {
  /** Name of the type of its arguments. */
  argsType: string;
  outputs: Property[];
}

export interface ExportedFunction extends Documented {
  parameters: Property[];
  returns: ShownType;
}

export interface ExportedType extends Documented {
  properties: Property[];
  /** For a choice of shapes: the choice. */
  choice?: ShownType;
}

export interface ExportedConstant extends Documented {
  /** Each with what a program writes for it. */
  values: (Documented & { value: string })[];
}

const root = path.join(import.meta.dirname, "../..");

/** Reads `components/index.ts` and what it exports. Takes some seconds: the compiler loads Azure's types. */
export async function readExportedApi(): Promise<ExportedApi> {
  const entry = path.join(root, "components/index.ts");
  const app = await Application.bootstrap({
    entryPoints: [entry],
    tsconfig: path.join(root, "tsconfig.json"),
    excludePrivate: true,
    excludeProtected: true,
    // What a component inherits from Pulumi is in Pulumi's own reference.
    excludeExternals: true,
    sort: ["source-order"],
    // `npm run check` checks the types, and everything else that tsconfig.json includes is not asked for.
    skipErrorChecking: true,
    logLevel: "Error",
  });
  app.options.setCompilerOptions([entry], app.options.getCompilerOptions(app.logger), undefined);
  const project = await app.convert();
  if (project === undefined) throw new Error(`TypeDoc could not read ${entry}; its messages are above.`);
  return describe(project);
}

function describe(project: ProjectReflection): ExportedApi {
  const all = [...(project.children ?? [])].sort((a, b) => a.name.localeCompare(b.name, "en"));
  const ofKind = (kind: ReflectionKind) => all.filter(reflection => reflection.kind === kind);
  const constants = ofKind(ReflectionKind.Variable);
  const isConstant = (name: string) => constants.some(constant => constant.name === name);
  return {
    components: ofKind(ReflectionKind.Class).map(component),
    functions: ofKind(ReflectionKind.Function).map(exportedFunction),
    types: all
      .filter(({ kind }) => kind === ReflectionKind.Interface || kind === ReflectionKind.TypeAlias)
      // The type of a constant's values has the constant's name, and is described with it.
      .filter(({ name }) => !isConstant(name))
      .map(exportedType),
    constants: constants.map(constant),
  };
}

function component(reflection: DeclarationReflection): ExportedComponent {
  const constructed = reflection.children?.find(({ kind }) => kind === ReflectionKind.Constructor);
  const args = constructed?.signatures?.[0]?.parameters?.[1];
  return {
    ...documented(reflection),
    argsType: args?.type === undefined ? "" : shown(args.type).written,
    outputs: propertiesOf(reflection),
  };
}

function exportedFunction(reflection: DeclarationReflection): ExportedFunction {
  const signature = reflection.signatures![0]!;
  return {
    ...documented(signature),
    at: placeOf(reflection),
    parameters: (signature.parameters ?? []).map(property),
    returns: shown(signature.type!),
  };
}

function exportedType(reflection: DeclarationReflection): ExportedType {
  const { type } = reflection;
  return {
    ...documented(reflection),
    properties: propertiesOf(type?.type === "reflection" ? type.declaration : reflection),
    ...(type === undefined || type.type === "reflection" ? {} : { choice: shown(type) }),
  };
}

function constant(reflection: DeclarationReflection): ExportedConstant {
  const values = reflection.type?.type === "reflection" ? reflection.type.declaration.children : undefined;
  return {
    ...documented(reflection),
    values: (values ?? []).map(value => ({ ...documented(value), value: value.type!.toString() })),
  };
}

function propertiesOf(reflection: DeclarationReflection): Property[] {
  return (reflection.children ?? []).filter(({ kind }) => kind === ReflectionKind.Property).map(property);
}

type Described = DeclarationReflection | SignatureReflection;

function property(reflection: Parameters<typeof documented>[0] & { type?: SomeType }): Property {
  return {
    ...documented(reflection),
    optional: reflection.flags.isOptional,
    type: shown(reflection.type!),
  };
}

function documented(reflection: Pick<Described, "name" | "comment" | "flags" | "sources">): Documented {
  const { name, comment } = reflection;
  return { name, text: Comment.combineDisplayParts(comment?.summary).trim(), at: placeOf(reflection) };
}

function placeOf({ sources }: Pick<Described, "sources">): string {
  const [source] = sources ?? [];
  return source === undefined ? "" : `${source.fileName}:${source.line}`;
}

function shown(type: SomeType): ShownType {
  const names = new Set<string>();
  type.visit(
    makeRecursiveVisitor({
      reference(reference) {
        if (reference.package === "defender-siem") names.add(reference.name);
      },
      // TypeDoc leaves some unions inside of other types as they are written.
      unknown({ name }) {
        for (const [word] of name.replaceAll(/"[^"]*"/g, "").matchAll(/\b[A-Z]\w*/g)) names.add(word);
      },
    }),
  );
  return { written: type.toString(), names: [...names] };
}
