import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { AuthorityKeyIdentifierExtension, X509Certificate as ParsedCertificate } from "@peculiar/x509";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCertificateAuthority, type LocalTls, trustInThisProcess } from "../../local/tls.ts";

let folder: string;
let tls: LocalTls;
let server: Server;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "local-tls-"));
  tls = await createCertificateAuthority(path.join(folder, "tenant"));
  server = createServer({ key: tls.key, cert: tls.cert }, (_request, response) => response.end("trusted"));
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

describe("the certificate authority of the local tenant", () => {
  it("is unknown to a process that was not told to trust it, and known to it afterwards", async () => {
    const read = async () => (await request(`https://127.0.0.1:${port}/`)).body.text();
    await expect(read()).rejects.toMatchObject({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
    trustInThisProcess(tls.ca);
    expect(await read()).toBe("trusted");
    expect(await (await fetch(`https://localhost:${port}/`)).text()).toBe("trusted");
  });

  it("is trusted by a Node that starts with NODE_EXTRA_CA_CERTS", async () => {
    const program = `process.stdout.write(await (await fetch("https://127.0.0.1:${port}/")).text())`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: tls.caFile },
    });
    expect(stdout).toBe("trusted");
  });

  it("leaves no private key on disk", async () => {
    expect(await readdir(path.join(folder, "tenant"))).toEqual(["ca.pem"]);
  });

  it("differs from that of every other local tenant", async () => {
    const other = await createCertificateAuthority(path.join(folder, "other"));
    expect(new X509Certificate(tls.cert).verify(new X509Certificate(other.ca).publicKey)).toBe(false);
  });
});

describe("the certificate of its servers", () => {
  it("is issued by the authority for loopback only", () => {
    const certificate = new X509Certificate(tls.cert);
    expect(certificate.verify(new X509Certificate(tls.ca).publicKey)).toBe(true);
    expect(certificate.subjectAltName).toBe(
      "IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:localhost",
    );
    expect(certificate.ca).toBe(false);
  });

  it("names the authority's key, as strict verifiers such as Python 3.13 ask", () => {
    const authority = new ParsedCertificate(tls.ca);
    const named = new ParsedCertificate(tls.cert).getExtension(AuthorityKeyIdentifierExtension);
    expect(authority.getExtension("2.5.29.14")).toMatchObject({ keyId: named?.keyId });
  });
});
