import { TOKEN_ERRORS, type TokenErrorCode } from "./tokenErrors.ts";

/** Faults that a test orders, per client id. They play what happens while a change spreads through Entra. */
export class TokenFaults {
  readonly #refusals = new Map<string, TokenErrorCode[]>();
  readonly #tokensWithoutRoles = new Map<string, number>();

  /** Lets the next `count` token requests of the client fail with AADSTS`code`. */
  failNext(clientId: string, count: number, code: TokenErrorCode): void {
    if (!(code in TOKEN_ERRORS)) {
      throw new Error(
        `The local Entra does not know AADSTS${code}. It knows ${Object.keys(TOKEN_ERRORS).join(", ")}.`,
      );
    }
    this.#refusals.set(clientId, Array(count).fill(code));
  }

  /** Leaves the roles out of the next `count` tokens of the client. */
  delayRoles(clientId: string, count: number): void {
    this.#tokensWithoutRoles.set(clientId, count);
  }

  takeRefusal(clientId: string): TokenErrorCode | undefined {
    return this.#refusals.get(clientId)?.shift();
  }

  takeRoleDelay(clientId: string): boolean {
    const remaining = this.#tokensWithoutRoles.get(clientId) ?? 0;
    this.#tokensWithoutRoles.set(clientId, Math.max(0, remaining - 1));
    return remaining > 0;
  }
}
