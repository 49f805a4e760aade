import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type SplunkServer, startSplunk } from "../../local/splunk/server.ts";
import { createCertificateAuthority, type LocalTls, trustInThisProcess } from "../../local/tls.ts";

export const hecToken = "6d5ac42f-0000-4000-8000-0123456789ab";

export interface SplunkFixture extends SplunkServer {
  tls: LocalTls;
}

/** Splunk with an index `defender`, and a token for it that has indexer acknowledgement. */
export async function startSplunkFixture(): Promise<SplunkFixture> {
  const folder = await mkdtemp(path.join(tmpdir(), "splunk-"));
  const tls = await createCertificateAuthority(folder);
  trustInThisProcess(tls.ca);
  const server = await startSplunk({ tls });
  server.splunk.setToken({ value: hecToken, indexes: ["defender"], hasAcknowledgement: true });
  return {
    ...server,
    tls,
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}
