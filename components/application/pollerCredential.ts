/** What the poller proves to Entra with, and so which client owns the subscriptions. */
export const PollerCredential = {
  /** An application that trusts the poller's managed identity, which exchanges its token for one of the application. */
  federatedApp: "federatedApp",
  /** The managed identity itself, which holds the roles. There is no application, and nobody else can act as it. */
  managedIdentity: "managedIdentity",
  /** An application with a certificate, whose key stays in a key vault that signs for the managed identity. */
  certificate: "certificate",
} as const;
export type PollerCredential = (typeof PollerCredential)[keyof typeof PollerCredential];

/** @throws Error with the words that are allowed. */
export function parsePollerCredential(value: string): PollerCredential {
  const found = Object.values(PollerCredential).find(word => word === value);
  if (found !== undefined) return found;
  throw new Error(
    `"${value}" is not a credential of the poller. Use "federatedApp" (an application that trusts the poller's identity) ` +
      `"managedIdentity" (the identity itself holds ActivityFeed.Read, and no application is declared) or ` +
      `"certificate" (an application with a certificate, whose key stays in a key vault).`,
  );
}
