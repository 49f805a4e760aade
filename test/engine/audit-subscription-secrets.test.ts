/** Neither a credential nor anything made with it is written down, be it in the state or in the most verbose log. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CredentialKind } from "../../activity-api/credentialKind.ts";
import type { OperationResult } from "../../local/engine/stack.ts";
import { type DeployerCredentials, deployerCredentials } from "./deployerCredentials.ts";
import { SubscriptionStack, written } from "./subscriptionStack.ts";

const VERBOSE = ["--logtostderr", "--logflow", "-v=9", "--parallel=16"];
const KINDS = Object.values(CredentialKind);

let folder: string;
let stack: SubscriptionStack;
let credentials: DeployerCredentials;
let up: OperationResult;
let failedRefresh: OperationResult;
let kept: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "deployer-"));
  stack = await SubscriptionStack.open();
  credentials = await deployerCredentials(stack.tenant, folder);
  const declarations = KINDS.map(kind => {
    const { clientId } = credentials.byKind[kind];
    return [kind, { contentType: "Audit.General", clientId, credential: kind }];
  });
  stack.declare(Object.fromEntries(declarations));
  useEnvironment("working");
  up = await stack.pulumi.up({ args: VERBOSE });
  useEnvironment("broken");
  failedRefresh = await stack.pulumi.refresh({ args: VERBOSE });
  kept = (await stack.filesKept()).join("\n");
});

afterAll(async () => {
  await credentials.close();
  await stack.close();
  await rm(folder, { recursive: true });
});

function useEnvironment(which: "working" | "broken"): void {
  const { environment } = stack.pulumi;
  const { PATH } = environment;
  for (const kind of KINDS) Object.assign(environment, credentials.byKind[kind][which]);
  environment.PATH = [environment.PATH, PATH].join(path.delimiter);
}

/** The lines that hold anything shaped like a token: access token, assertion or identity token. */
function linesWithToken(text: string): string[] {
  return text.split("\n").filter(line => /eyJ[\w-]{8,}\.[\w-]{8,}/.test(line));
}

describe.each(KINDS)("the credential %s", kind => {
  it("starts a subscription, and fails with an error of its own when it is broken", () => {
    const { clientId } = credentials.byKind[kind];
    expect(stack.tenant.activity.subscriptions()).toContainEqual(
      expect.objectContaining({ clientId, status: "enabled" }),
    );
    expect(written(failedRefresh)).toContain(
      `No token of application ${clientId} in tenant ${stack.feed.tenantId} (credential ${kind}): `,
    );
  });

  it("is in no file that Pulumi keeps, and in nothing that it writes with -v=9, when it works and when it does not", () => {
    for (const text of [kept, written(up), written(failedRefresh)]) {
      expect(text).toContain(credentials.byKind[kind].clientId);
      for (const secret of credentials.byKind[kind].secrets) expect(text.includes(secret)).toBe(false);
    }
  });
});

describe("a token of whatever issuer", () => {
  it("is in no file that Pulumi keeps", () => {
    expect(linesWithToken(kept)).toEqual([]);
  });

  it("is in nothing that Pulumi writes with -v=9, when all goes well and when nothing does", () => {
    expect(up).toMatchObject({ exitCode: 0 });
    expect(linesWithToken(written(up))).toEqual([]);
    expect(failedRefresh).toMatchObject({ exitCode: 1 });
    expect(linesWithToken(written(failedRefresh))).toEqual([]);
  });
});
