/** Composes an e-mail: from its content and a template to a message, without sending it. */
import type { EmailContent } from "./email-content.ts";
import { renderHtml, renderText, type Template } from "./templates.ts";

export interface Message {
  /** With its angle brackets. Every attempt at one e-mail has the same, so that a repeat is known as one. */
  messageId: string;
  to: { name: string; address: string };
  subject: string;
  text: string;
  html: string;
}

export interface RenderOptions {
  template: Template;
  /** The domain of the sender's address. */
  domain: string;
}

export function renderEmail({ key, to, values }: EmailContent, { template, domain }: RenderOptions): Message {
  const [subject = "", ...body] = renderText(template.text, values).split("\n");
  return {
    messageId: `<${key}@${domain}>`,
    to,
    subject: subject.replace(/^Subject:\s*/, ""),
    text: body.join("\n").trimStart(),
    html: renderHtml(template.html, values),
  };
}
