import { constants, createHash, createPrivateKey, privateEncrypt, randomBytes } from "node:crypto";

const HASH_BYTES = 32;

/**
 * RSASSA-PSS with SHA-256 over a digest. Node signs messages only, while a vault is given nothing but the digest.
 * https://www.rfc-editor.org/rfc/rfc8017#section-9.1.1
 */
export function signDigest(privateKey: string, digest: Buffer): Buffer {
  const key = createPrivateKey(privateKey);
  const length = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const salt = randomBytes(HASH_BYTES);
  const hash = sha256(Buffer.concat([Buffer.alloc(8), digest, salt]));
  const block = Buffer.concat([Buffer.alloc(length - 2 * HASH_BYTES - 2), Buffer.of(1), salt]);
  const mask = maskOf(hash, block.length);
  const masked = block.map((byte, index) => byte ^ mask[index]!);
  // One bit less than the modulus has.
  masked[0]! &= 0x7f;
  const encoded = Buffer.concat([masked, hash, Buffer.of(0xbc)]);
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded);
}

/** MGF1 */
function maskOf(seed: Buffer, length: number): Buffer {
  const parts = Array.from({ length: Math.ceil(length / HASH_BYTES) }, (_, counter) => {
    const index = Buffer.alloc(4);
    index.writeUInt32BE(counter);
    return sha256(Buffer.concat([seed, index]));
  });
  return Buffer.concat(parts).subarray(0, length);
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
