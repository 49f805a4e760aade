/** Publishing against a fake of the publishing site that follows a script, with a clock that does not wait. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { publish } from "../../components/functionPackage/publishing.ts";
import { ScmSite } from "../../components/functionPackage/scmSite.ts";
import { createCertificateAuthority, trustInThisProcess } from "../../local/tls.ts";

const ZIP = Buffer.from("PK the code");
const GET_LATEST = "GET /api/deployments/latest";
const POST = "POST /api/publish?RemoteBuild=false&Deployer=defender-siem";
const GET_NEW = "GET /api/deployments/new-1";

interface Answer {
  status?: number;
  body?: unknown;
}
interface Seen {
  authorization: string | undefined;
  contentType: string | undefined;
  body: string;
}

let folder: string;
let server: Server;
let hostName: string;
/** Answers per request line; the last one is repeated. */
let script: Record<string, Answer[]>;
let requests: string[];
let posted: Seen[];
let waited: number[];
let reported: string[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "publishing-"));
  const tls = await createCertificateAuthority(folder);
  trustInThisProcess(tls.ca);
  server = createServer({ cert: tls.cert, key: tls.key }, async (request, response) => {
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    let body = "";
    for await (const chunk of request) body += chunk;
    if (request.method === "POST")
      posted.push({
        authorization: request.headers.authorization,
        contentType: request.headers["content-type"],
        body,
      });
    const answers = script[line] ?? [];
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 404 };
    response.writeHead(answer.status ?? 200);
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? ""));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  hostName = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  requests = [];
  posted = [];
  waited = [];
  reported = [];
  script = {
    [POST]: [{ status: 202, body: '"new-1"' }],
    [GET_NEW]: [{ body: { id: "new-1", status: 4, status_text: "" } }],
  };
});

async function publishNow(timeoutMinutes = 10, host = hostName): Promise<string> {
  let now = 0;
  const clock = {
    now: () => now,
    sleep: async (milliseconds: number) => {
      waited.push(milliseconds);
      now += milliseconds;
    },
  };
  const site = new ScmSite(host, { getToken: async () => "the-token" });
  return await publish(site, ZIP, { timeoutMinutes, clock, report: line => reported.push(line) });
}

const totalSeconds = () => waited.reduce((sum, milliseconds) => sum + milliseconds, 0) / 1000;

describe("publishing", () => {
  it("sends the zip with the deployer's bearer token and gives the id of the deployment", async () => {
    expect(await publishNow()).toBe("new-1");
    expect(requests).toEqual([GET_LATEST, POST, GET_NEW]);
    expect(posted).toEqual([
      { authorization: "Bearer the-token", contentType: "application/zip", body: "PK the code" },
    ]);
  });

  it("waits while the deployment is pending, building, deploying or not known yet", async () => {
    script[GET_NEW] = [
      { status: 404 },
      ...[-1, 0, 1, 2, 4].map(status => ({ body: { id: "new-1", status } })),
    ];
    expect(await publishNow()).toBe("new-1");
    expect(requests.filter(line => line === GET_NEW)).toHaveLength(6);
    expect(posted).toHaveLength(1);
  });

  it("waits through answers that say nothing, as the site gives them while the app restarts", async () => {
    script[GET_NEW] = [
      { status: 503, body: "<html>Service Unavailable</html>" },
      { body: "<html>starting</html>" },
      { body: { id: "new-1", status: 4 } },
    ];
    expect(await publishNow()).toBe("new-1");
  });

  it("waits for another deployment to end, and for a new site to come up", async () => {
    script[POST] = [{ status: 409 }, { status: 404 }, { status: 503 }, { status: 202, body: '"new-1"' }];
    expect(await publishNow()).toBe("new-1");
    expect(posted).toHaveLength(4);
  });

  it("takes no earlier deployment for its own where the site names no id", async () => {
    script[POST] = [{ status: 202, body: "" }];
    script[GET_LATEST] = [
      { body: { id: "old", status: 4 } },
      { body: { id: "old", status: 4 } },
      { body: { id: "new-7", status: 1 } },
      { body: { id: "new-7", status: 4 } },
    ];
    expect(await publishNow()).toBe("new-7");
  });
});

describe("a role that Azure has not spread yet", () => {
  const notSpread = {
    id: "new-1",
    status: 3,
    status_text:
      "InaccessibleStorageException: BlobUploadFailedException: Response status code does not indicate success: 403",
  };

  it("is waited out by publishing again, and the user is told", async () => {
    script[POST] = [
      { status: 202, body: '"new-1"' },
      { status: 202, body: '"new-2"' },
    ];
    script[GET_NEW] = [{ body: notSpread }];
    script["GET /api/deployments/new-2"] = [{ body: { id: "new-2", status: 4 } }];
    expect(await publishNow()).toBe("new-2");
    expect(waited).toEqual([20_000]);
    expect(reported).toEqual([
      "The app's identity may not write to its deployment container yet; publishing again.",
    ]);
  });

  it("is recognised in the log where the status says nothing", async () => {
    script[POST] = [
      { status: 202, body: '"new-1"' },
      { status: 202, body: '"new-2"' },
    ];
    script[GET_NEW] = [{ body: { id: "new-1", status: 3, status_text: "" } }];
    script["GET /api/deployments/new-1/log"] = [{ body: [{ message: notSpread.status_text }] }];
    script["GET /api/deployments/new-2"] = [{ body: { id: "new-2", status: 4 } }];
    expect(await publishNow()).toBe("new-2");
  });

  it("fails with the missing role when it does not come in time", async () => {
    let deployments = 0;
    script[POST] = [{ status: 202, body: "" }];
    script[GET_LATEST] = Array.from({ length: 200 }, () => ({
      body: { ...notSpread, id: `new-${deployments++}` },
    }));
    await expect(publishNow(2)).rejects.toThrow(
      `The package was not deployed by https://${hostName}: ${notSpread.status_text}\n` +
        "The app's identity needs Storage Blob Data Owner on the storage account of its deployment container, and " +
        "the account's firewall must let the app in: a closed account needs a private endpoint in the app's virtual " +
        "network, with its name in a private DNS zone that the network asks, before the code is published.",
    );
    expect(totalSeconds()).toBeLessThanOrEqual(120);
  });
});

describe("a failure that waiting does not heal", () => {
  it.each([3, 5, 6])("status %i fails with the service's text and the errors of its log", async status => {
    script[GET_NEW] = [{ body: { id: "new-1", status, status_text: "Deployment Failed." } }];
    script["GET /api/deployments/new-1/log"] = [
      {
        body: [
          { message: "[ValidationStep] starting." },
          { message: "Error: the zip is damaged" },
          { message: "" },
        ],
      },
    ];
    await expect(publishNow()).rejects.toThrow(
      `The package was not deployed by https://${hostName}: Deployment Failed.\nError: the zip is damaged`,
    );
    expect(posted).toHaveLength(1);
  });

  it.each([401, 403])("HTTP %i names the action and the role that are missing", async status => {
    script[POST] = [{ status }];
    await expect(publishNow()).rejects.toThrow(
      `The publishing site https://${hostName} refused the deployer (HTTP ${status}). Its identity needs the action ` +
        "Microsoft.Web/sites/publish/Action on the function app: assign the role Website Contributor",
    );
    expect(posted).toHaveLength(1);
  });

  it("HTTP 400 fails with the words of the site", async () => {
    script[POST] = [{ status: 400, body: "Package URI is not\nvalid" }];
    await expect(publishNow()).rejects.toThrow(
      `The publishing site https://${hostName} answered HTTP 400: Package URI is not valid`,
    );
  });

  it("a certificate of an unknown authority says how to trust it", async () => {
    const stranger = await createCertificateAuthority(path.join(folder, "stranger"));
    const untrusted = createServer({ cert: stranger.cert, key: stranger.key });
    untrusted.listen(0, "127.0.0.1");
    await once(untrusted, "listening");
    const { port } = untrusted.address() as AddressInfo;
    try {
      await expect(publishNow(10, `127.0.0.1:${port}`)).rejects.toThrow(
        /was not reached \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)\. Its certificate is not trusted: .* NODE_EXTRA_CA_CERTS/,
      );
    } finally {
      untrusted.close();
    }
  });
});

describe("the time-out", () => {
  it("ends the wait for a deployment that does not finish", async () => {
    script[GET_NEW] = [{ body: { id: "new-1", status: 2, status_text: "Deploying." } }];
    await expect(publishNow(3)).rejects.toThrow(
      `The package was not deployed by https://${hostName}: it has not finished in 3 minutes. Deploying.`,
    );
    expect(totalSeconds()).toBeGreaterThan(170);
    expect(totalSeconds()).toBeLessThanOrEqual(180);
  });

  it("ends the wait for a site that is busy", async () => {
    script[POST] = [{ status: 409 }];
    await expect(publishNow(1)).rejects.toThrow(
      `The publishing site https://${hostName} is busy with another deployment (HTTP 409).`,
    );
  });

  it("ends the wait for a site that nobody listens at", async () => {
    const unused = createServer();
    unused.listen(0, "127.0.0.1");
    await once(unused, "listening");
    const { port } = unused.address() as AddressInfo;
    unused.close();
    await once(unused, "close");
    await expect(publishNow(1, `127.0.0.1:${port}`)).rejects.toThrow(
      `The publishing site https://127.0.0.1:${port} was not reached (ECONNREFUSED).`,
    );
  });
});
