/** The words of the e-mails that were given up on. */
export const words = {
  heading: "Dead letters",
  intro: "E-mails that were given up on. A retry sends it once its cause is gone.",
  givenUp: "Given up",
  kind: "Kind",
  to: "To",
  order: "Order",
  attempts: "Attempts",
  reason: "Reason",
  retry: "Retry",
  retried: "Retried",
  retryAll: "Retry all",
  inQueue: (count: string) => `${count} in the queue`,
};
