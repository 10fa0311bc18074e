/** An API and a worker that send real mail about accounts into a folder, and what a reader finds there. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../../src/platform/config/config.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { log, workerConfig } from "../support/environment.ts";
import { mailFiles, parseMail } from "../support/mail-shop.ts";
import { eventually } from "../support/until.ts";

export const KEY = randomBytes(32).toString("base64");

export interface Mail {
  /** Such as password-reset. */
  kind: string;
  to: string;
  text: string;
  html: string;
}

export interface Post {
  api: TestApi;
  config: Config;
  /** All that arrived so far at an address. */
  mailsTo(address: string): Promise<Mail[]>;
  /** The token of the n-th mail of a kind to an address, waited for. */
  tokenOf(kind: string, address: string, n?: number): Promise<string>;
  stop(): Promise<void>;
}

export async function openPost(name: string, environment: Record<string, string> = {}): Promise<Post> {
  const api = await startTestApi({ KEY_ENCRYPTION_KEY: KEY, ...environment });
  const config = workerConfig(name, { keyEncryptionKey: Buffer.from(KEY, "base64"), links: api.config.links });
  const worker = await startWorker(config, { log });
  const mailsTo = async (address: string) =>
    (await allMails(config)).filter(({ to }) => to.toLowerCase() === address.toLowerCase());
  return {
    api,
    config,
    mailsTo,
    async tokenOf(kind, address, n = 1) {
      const mail = await eventually(`mail ${n} of ${kind} to ${address}`, async () => {
        const found = (await mailsTo(address)).filter((one) => one.kind === kind);
        return found.length >= n ? found[n - 1] : undefined;
      });
      return tokenIn(mail);
    },
    async stop() {
      await Promise.all([api.stop(), worker.stop()]);
    },
  };
}

/** As whoever reads the text part finds it: on a line of its own. */
export function tokenIn({ text }: Pick<Mail, "text">): string {
  const [, token] = /^Token: (\S+)\s*$/m.exec(text) ?? [];
  if (token === undefined) throw new Error("the mail has no line with a token");
  return token;
}

/** In the order in which they were made: their names end in ids of time. */
async function allMails(config: Config): Promise<Mail[]> {
  const names = await mailFiles(config);
  const mails = await Promise.all(
    names.map(async (name) => {
      const [, kind = "", id = ""] = /^(.*?)-([0-9a-f]{8}-.*)@/.exec(name) ?? [];
      const parts = parseMail(await readFile(path.join(config.dataDir, "mail", name), "utf8"));
      const to = /^To: (?:.*<)?([^>\r\n]+)>?\r?$/m.exec(parts.get("header") ?? "")?.[1] ?? "";
      return { id, kind, to, text: parts.get("text/plain") ?? "", html: parts.get("text/html") ?? "" };
    }),
  );
  return mails.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}
