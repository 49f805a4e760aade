/** That nothing of the local storage outlives the process that started it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, vi } from "vitest";

vi.setConfig({ testTimeout: 20_000 });

const azurite = fileURLToPath(new URL("../../local/storage/azurite.ts", import.meta.url));
const tls = fileURLToPath(new URL("../../local/tls.ts", import.meta.url));

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

it("Azurite ends when the process that started it is killed", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "local-storage-process-"));
  const tenant = spawn(process.execPath, [
    "--input-type=module",
    "-e",
    `import { startAzurite } from ${JSON.stringify(azurite)};
     import { createCertificateAuthority } from ${JSON.stringify(tls)};
     const folder = ${JSON.stringify(folder)};
     console.log((await startAzurite(await createCertificateAuthority(folder), folder)).url);`,
  ]);
  try {
    const [line] = await once(tenant.stdout, "data");
    const port = Number(new URL(String(line)).port);
    expect(await isListening(port)).toBe(true);

    tenant.kill("SIGKILL");
    await vi.waitFor(async () => expect(await isListening(port)).toBe(false), 10_000);
  } finally {
    tenant.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
});
