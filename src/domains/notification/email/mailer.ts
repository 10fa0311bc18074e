/** Sends messages: to a mail server, or without one into files that any mail program opens. */
import { chmod, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { createTransport, type SendMailOptions } from "nodemailer";
import addressparser from "nodemailer/lib/addressparser";
import { makeFolder } from "../../../platform/process/filesystem.ts";
import { StartupError } from "../../../platform/errors/startup-error.ts";
import type { Message } from "./compose/render.ts";

export interface Mailer {
  /** The domain of the sender's address. */
  domain: string;
  /** Comes back when the message is the server's, or on disk. */
  send(message: Message): Promise<void>;
  close(): void;
}

export interface MailerOptions {
  /** undefined: files in `folder`. */
  smtpUrl: string | undefined;
  folder: string;
  from: string;
  /** Connections to the mail server at most. */
  connections: number;
}

/** E-mails are their receivers' alone, also on a machine that others use. */
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
/** For a server that trickles its answers, within every other limit. */
const SEND_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
const GREETING_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 20_000;
/** A message is ours alone: nothing in it may make the server read its own files or fetch addresses. */
const CLOSED = { disableFileAccess: true, disableUrlAccess: true } as const;

/** @throws StartupError when MAIL_FROM holds no address */
export function openMailer(options: MailerOptions): Mailer {
  const domain = domainOf(options.from);
  return options.smtpUrl === undefined ? fileMailer(options, domain) : smtpMailer(options.smtpUrl, options, domain);
}

function smtpMailer(url: string, { from, connections }: MailerOptions, domain: string): Mailer {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: connections,
    // Attempts are counted in one place, and that is not here.
    maxRequeues: 0,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: GREETING_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    ...CLOSED,
  });
  return {
    domain,
    async send(message) {
      await transport.sendMail({ ...toMail(message, from), signal: AbortSignal.timeout(SEND_TIMEOUT_MS) });
    },
    close: () => transport.close(),
  };
}

/** A message's name is its id, and it is renamed into place whole: a repeat takes the place of the first. */
function fileMailer({ folder, from }: MailerOptions, domain: string): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: "windows", ...CLOSED });
  return {
    domain,
    async send(message) {
      const { message: content } = await transport.sendMail(toMail(message, from));
      const file = path.join(folder, `${message.messageId.replace(/[^A-Za-z0-9.@-]/g, "")}.eml`);
      const unfinished = `${file}.${process.pid}.tmp`;
      await makeFolder(folder);
      await chmod(folder, PRIVATE_FOLDER);
      await writeFile(unfinished, content, { mode: PRIVATE_FILE });
      await rename(unfinished, file);
    },
    close: () => transport.close(),
  };
}

function toMail({ messageId, to, subject, text, html }: Message, from: string): SendMailOptions {
  // RFC 3834: nobody's absence note should answer a machine.
  return { from, to, subject, text, html, messageId, headers: { "Auto-Submitted": "auto-generated" } };
}

function domainOf(from: string): string {
  const domain = addressparser(from, { flatten: true })[0]?.address.split("@")[1];
  if (domain !== undefined && domain !== "") return domain;
  throw new StartupError(`MAIL_FROM is "${from}"; it must hold an address, such as Bodega <no-reply@bodega.example>.`);
}
