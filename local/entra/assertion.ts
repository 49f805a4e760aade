import {
  type CryptoKey,
  decodeJwt,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  type KeyObject,
} from "jose";
import { type TokenErrorCode, TokenRefusal } from "./tokenErrors.ts";

/** Entra forgives clocks that differ by a few minutes. */
const CLOCK_TOLERANCE_SECONDS = 300;

/** The claims as the client states them: not to be believed before `verifyAssertion`. */
export function readAssertion(assertion: string): JWTPayload {
  try {
    return decodeJwt(assertion);
  } catch {
    throw new TokenRefusal(50027);
  }
}

/**
 * Verifies signature and period of validity.
 * @param refusedSignature what to answer when it is not this key's, or not a signature at all
 * @throws TokenRefusal
 */
export async function verifyAssertion(
  assertion: string,
  key: CryptoKey | KeyObject | JWTVerifyGetKey,
  options: { algorithms: string[]; now: number; refusedSignature: TokenErrorCode },
): Promise<void> {
  const getKey: JWTVerifyGetKey = typeof key === "function" ? key : () => key;
  try {
    await jwtVerify(assertion, getKey, {
      algorithms: options.algorithms,
      currentDate: new Date(options.now),
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ["exp"],
    });
  } catch (error) {
    if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) {
      throw outsideValidity(readAssertion(assertion), options.now);
    }
    throw new TokenRefusal(options.refusedSignature);
  }
}

function outsideValidity({ nbf, exp }: JWTPayload, now: number): TokenRefusal {
  return new TokenRefusal(
    700024,
    `The assertion is not within its valid time range. Current time: ${new Date(now).toISOString()}, ` +
      `valid from: ${time(nbf)}, expires: ${time(exp)}.`,
  );
}

function time(seconds: number | undefined): string {
  return seconds === undefined ? "not stated" : new Date(seconds * 1000).toISOString();
}
