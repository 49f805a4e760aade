import type {
  Documented,
  ExportedApi,
  ExportedConstant,
  ExportedType,
  Property,
  ShownType,
} from "./exportedApi.ts";
import { argsTypes } from "./gaps.ts";
import { table } from "./markdown.ts";

const TYPES_PAGE = "types.md";
const WRITTEN_BY = "<!-- Written by `npm run docs` from the docstrings: change those. -->";

/** The pages of `docs/api/` by file name: an index, one for each component and function, one for all other types. */
export function referencePages(api: ExportedApi): Map<string, string> {
  const pages = new Map<string, string>();
  const links = linksOf(api);
  pages.set("README.md", indexPage(api));
  for (const { name, text, argsType, outputs } of api.components)
    pages.set(
      `${name}.md`,
      page(name, text, ...argumentsOf(api, argsType, links), ...outputsOf(outputs, links)),
    );
  for (const { name, text, parameters, returns } of api.functions)
    pages.set(
      `${name}.md`,
      page(
        name,
        text,
        ...parameters.flatMap(({ type }) => argumentsOf(api, type.written, links)),
        `## Result\n\n${link(returns, links)}`,
      ),
    );
  pages.set(TYPES_PAGE, typesPage(api, links));
  return pages;
}

/** Where each type is described, seen from any page. */
type Links = ReadonlyMap<string, string>;

function linksOf(api: ExportedApi): Links {
  const shared = [...otherTypes(api), ...api.constants].map(({ name }) => name);
  return new Map([
    ...api.components.map(({ name }) => [name, `${name}.md`] as const),
    ...shared.map(name => [name, `${TYPES_PAGE}#${name.toLowerCase()}`] as const),
  ]);
}

/** Those that are not the arguments of one component, which are on its page. */
function otherTypes(api: ExportedApi): ExportedType[] {
  const args = argsTypes(api);
  return api.types.filter(({ name }) => !args.has(name));
}

function indexPage(api: ExportedApi): string {
  const rows = (items: Documented[], target: (name: string) => string) =>
    items.map(({ name, text }) => [`[\`${name}\`](${target(name)})`, firstSentence(text)]);
  const onTypesPage = (name: string) => `${TYPES_PAGE}#${name.toLowerCase()}`;
  return page(
    "API reference",
    "What `defender-siem` exports. An argument of the type `Input<T>` takes a `T` or an output of one; any other has to be " +
      "known when the program runs. An output of the type `Output<T>` is known once the resource exists. Both are " +
      "[Pulumi's](https://www.pulumi.com/docs/iac/concepts/inputs-outputs/). Every component also takes a name before its " +
      "arguments and Pulumi's resource options after them.",
    `## Components\n\n${table(
      ["Component", "What it is"],
      rows(api.components, name => `${name}.md`),
    )}`,
    `## Functions\n\n${table(
      ["Function", "What it does"],
      rows(api.functions, name => `${name}.md`),
    )}`,
    `## Constants\n\n${table(["Constant", "What it chooses"], rows(api.constants, onTypesPage))}`,
    `## Types\n\n${table(["Type", "What it describes"], rows(otherTypes(api), onTypesPage))}`,
  );
}

/** To the first full stop that ends a sentence. */
function firstSentence(text: string): string {
  return /^.*?[.:](?=\s|$)/s.exec(text)?.[0].replace(/:$/, ".") ?? text;
}

function typesPage(api: ExportedApi, links: Links): string {
  return page(
    "Constants and types",
    "What arguments and outputs of the [components](README.md) are made of.",
    "## Constants",
    ...api.constants.map(constantSection),
    "## Types",
    ...otherTypes(api).map(type => typeSection(type, links)),
  );
}

function constantSection({ name, text, values }: ExportedConstant): string {
  const rows = values.map(value => [`\`${name}.${value.name}\``, `\`${value.value}\``, value.text]);
  return `### ${name}\n\n${text}\n\n${table(["Constant", "Value", "Meaning"], rows)}`;
}

function typeSection({ name, text, properties, choice }: ExportedType, links: Links): string {
  const sections = [`### ${name}`, text];
  if (choice)
    sections.push(
      `One of ${choice.names.map(each => link({ written: each, names: [each] }, links)).join(", ")}.`,
    );
  if (properties.length > 0) sections.push(propertyTable(properties, links));
  return sections.join("\n\n");
}

function argumentsOf(api: ExportedApi, argsType: string, links: Links): string[] {
  const type = api.types.find(({ name }) => name === argsType);
  if (type === undefined) return [];
  return [
    `## Arguments`,
    `Of the type \`${argsType}\`.`,
    propertyTable(requiredFirst(type.properties), links),
  ];
}

function requiredFirst(properties: Property[]): Property[] {
  return [...properties].sort((a, b) => Number(a.optional) - Number(b.optional));
}

function propertyTable(properties: Property[], links: Links): string {
  const rows = properties.map(({ name, type, optional, text }) => [
    `\`${name}\``,
    link(type, links),
    optional ? "no" : "yes",
    text,
  ]);
  return table(["Name", "Type", "Required", "Meaning"], rows);
}

function outputsOf(outputs: Property[], links: Links): string[] {
  const rows = outputs.map(({ name, type, text }) => [`\`${name}\``, link(type, links), text]);
  return rows.length === 0 ? [] : ["## Outputs", table(["Name", "Type", "Meaning"], rows)];
}

/** The type as it is written, leading to the one type of this package in it; behind it, to each of several. */
function link({ written, names }: ShownType, links: Links): string {
  const targets = names.flatMap(name => {
    const target = links.get(name);
    return target === undefined ? [] : [{ name, target }];
  });
  const [only] = targets;
  if (only === undefined) return `\`${written}\``;
  if (targets.length === 1) return `[\`${written}\`](${only.target})`;
  return `\`${written}\` (${targets.map(({ name, target }) => `[${name}](${target})`).join(", ")})`;
}

function page(title: string, ...sections: string[]): string {
  return `${[WRITTEN_BY, `# ${title}`, ...sections].join("\n\n")}\n`;
}
