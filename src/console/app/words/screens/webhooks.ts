/** The words of the webhooks. */
export const words = {
  secret: "signing secret",
  address: "Address",
  toldOf: "Told of",
  everything: "everything",
  status: "Status",
  changed: "Changed",
  trial: "Try it",
  deliveries: "What it was told",
  send: "Send a test",
  answered: (status: number) => `Answered with HTTP ${status}.`,
  failed: (error: string, status: number) => `Failed: ${error || `HTTP ${status}`}`,
};
