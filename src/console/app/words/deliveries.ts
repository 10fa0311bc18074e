/** The words of the deliveries to webhooks. */
export const words = {
  webhook: "Webhook",
  status: "Status",
  made: "Created",
  message: "Message",
  order: "Order",
  attempts: "Attempts",
  answer: "Answer",
  noAnswer: "none yet",
  next: "Next attempt",
  resend: "Resend",
};
