/** The words of the service keys. */
export const words = {
  heading: "Service keys",
  secret: "service key",
  name: "Name",
  beginsWith: "Begins with",
  callsPerSecond: "Calls a second",
  any: "any",
  lastUsed: "Last used",
  status: "Status",
  revoked: "Revoked",
  good: "Good",
  revoke: "Revoke",
  revokeLabel: (name: string) => `Revoke ${name}`,
  revokeTitle: (name: string) => `Revoke “${name}”?`,
  revokeGo: "Revoke the key",
  revokeText: "Whoever signs in with it is refused within a second. This cannot be undone.",
};
