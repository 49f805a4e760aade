/** docs/security.md: who may do what, held to the roles and permissions in the code. That the text is true is for people to judge. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ActivityFeedRole } from "../../components/application/activityFeedGrants.ts";
import { AzureRole } from "../../components/azure/roleAssignments.ts";
import { deployerNeeds } from "../../components/deployer/needs.ts";

const page = readFileSync(path.join(import.meta.dirname, "../../docs/security.md"), "utf8");
const section = page.split("\n## Who may do what\n")[1]!.split("\n## ")[0]!;
const [, roles = "", permissions = ""] = section.split(/^(?:Roles in Azure|Permissions in Entra):$/m);

describe("The table of Azure roles", () => {
  it("has every role that the program assigns, and no other", () => {
    // As Azure shows them: storageBlobDataOwner is "Storage Blob Data Owner".
    const titles = Object.keys(AzureRole).map(name =>
      name.replaceAll(/([A-Z])/g, " $1").replace(/^./, letter => letter.toUpperCase()),
    );
    expect([...new Set(column(roles, 1))].sort()).toEqual(titles.sort());
  });
});

describe("The table of permissions", () => {
  const named = column(permissions, 1).map(cell => /^`([\w.]+)` of (.*)$/.exec(cell)!.slice(1));

  it("has every application role of the audit feed, and no other", () => {
    expect(namesOf("Office 365 Management APIs")).toEqual(Object.values(ActivityFeedRole));
  });

  it("has what the deployer needs of Microsoft Graph, and nothing else", () => {
    const { graph } = deployerNeeds({ registersApplication: true, grantsConsent: true, assignsRoles: true });
    expect(namesOf("Microsoft Graph")).toEqual(graph.map(({ permissions: [first] }) => first));
  });

  function namesOf(api: string): string[] {
    return named.filter(([, of]) => of === api).map(([name]) => name!);
  }
});

/** Cells of a column of the first table in a text, without its head. */
function column(text: string, index: number): string[] {
  const rows = text.split("\n").filter(line => line.startsWith("|"));
  return rows.slice(2).map(row => row.split("|")[index + 1]!.trim());
}
