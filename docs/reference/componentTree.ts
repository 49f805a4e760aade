import { SiemIntegration } from "../../components/index.ts";
import { declare, TENANT_ID } from "../../test/mocks/declare.ts";

interface Child {
  parentType: string;
  type: string;
}

/** What a `SiemIntegration` without any choice declares, as a tree of components and resources. */
export async function componentTree(): Promise<string> {
  const { urns } = await declare(
    () => new SiemIntegration("defender", { tenantId: TENANT_ID, location: "westeurope" }),
  );
  const children = urns.map(childOf);
  const top = children.find(({ parentType }) => parentType === "")!;
  return ["```", shown(top.type), ...branches(top.type, children, ""), "```"].join("\n");
}

/** `urn:pulumi:<stack>::<project>::<type of the parent>$<type>::<name>` */
function childOf(urn: string): Child {
  const types = urn.split("::")[2]!.split("$");
  return { parentType: types.at(-2) ?? "", type: types.at(-1)! };
}

/** Components first, and each type once with how many there are. */
function branches(parentType: string, children: readonly Child[], indentation: string): string[] {
  const own = Map.groupBy(
    children.filter(child => child.parentType === parentType),
    ({ type }) => type,
  );
  const types = [...own.keys()].sort(
    (one, other) => rank(one) - rank(other) || shown(one).localeCompare(shown(other), "en"),
  );
  return types.flatMap((type, index) => {
    const isLast = index === types.length - 1;
    const count = own.get(type)!.length;
    return [
      `${indentation}${isLast ? "└─" : "├─"} ${shown(type)}${count > 1 ? ` (${count})` : ""}`,
      ...branches(type, children, `${indentation}${isLast ? "   " : "│  "}`),
    ];
  });
}

function rank(type: string): number {
  if (type.startsWith("defender-siem:")) return 0;
  return type.startsWith("pulumi-nodejs:dynamic/") ? 1 : 2;
}

/** `AppRegistration`, `AuditSubscription`, `azuread Application`, `azure-native storage BlobContainer` */
function shown(type: string): string {
  const [provider = "", module = "", name = ""] = type.split(":");
  if (rank(type) < 2) return name;
  return [provider, ...(module.startsWith("index") ? [] : [module]), name].join(" ");
}
