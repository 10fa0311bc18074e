/** The checklist of the configuration: what production wants of the variables themselves. Pure. */
import { isIPv4 } from "node:net";
import type { Config } from "../../platform/config/config.ts";
import type { Variable } from "../../platform/config/variables.ts";
import { windowNames } from "../../platform/config/rate-limits.ts";
import { error, type Finding, warning } from "./finding.ts";

export interface Deployment {
  config: Config;
  /** As the process got them. */
  environment: Readonly<Record<string, string | undefined>>;
  /** How many run `serve` with this configuration. */
  machines: number;
}

/** 32 random bytes have some 30 different ones; fewer than this is a key that somebody typed or repeated. */
const LEAST_DIFFERENT_BYTES = 16;
/** Any address of the internet: who believes it believes everybody. */
const STRANGER = "198.51.100.1";

export function configurationFindings(deployment: Deployment): Finding[] {
  const { config } = deployment;
  return [
    ...environmentFindings(deployment),
    ...keyFindings(config),
    ...databaseTlsFindings(config),
    ...redisFindings(config),
    ...listenerFindings(config),
    ...originFindings(config),
    ...limitFindings(config),
    ...linkFindings(deployment),
    ...storageFindings(deployment),
  ];
}

function environmentFindings({ config, environment }: Deployment): Finding[] {
  return [
    ...(config.production
      ? []
      : [
          error(
            "NODE_ENV",
            "is not production: development's accounts and defaults are allowed. Set NODE_ENV=production.",
          ),
        ]),
    ...(environment["SEED_PASSWORD"] === undefined
      ? []
      : [warning("SEED_PASSWORD", "is for development, and production makes no such accounts. Take it out.")]),
    ...(config.requireMfa === "staff"
      ? []
      : [
          warning(
            "REQUIRE_MFA",
            `is ${config.requireMfa}: a password that leaks opens the shop. Set REQUIRE_MFA=staff.`,
          ),
        ]),
    ...(["trace", "debug"].includes(config.logLevel)
      ? [warning("LOG_LEVEL", `is ${config.logLevel}, which costs speed and room. Set it to info.`)]
      : []),
  ];
}

function keyFindings({ keyEncryptionKey: key }: Config): Finding[] {
  const how = "Make one by: openssl rand -base64 32, and keep it in the secret store.";
  if (key === undefined)
    return [
      error(
        "KEY_ENCRYPTION_KEY",
        `is missing: private signing keys would lie open in the database and its backups. ${how}`,
      ),
    ];
  const isText = key.every((byte) => byte >= 0x20 && byte < 0x7f);
  const isWeak = isText || new Set(key).size < LEAST_DIFFERENT_BYTES;
  return isWeak
    ? [error("KEY_ENCRYPTION_KEY", `is no random bytes but a text or a repetition that can be guessed. ${how}`)]
    : [];
}

function databaseTlsFindings(config: Config): Finding[] {
  const { databaseUrl, databaseReplicaUrls, databaseOwnerUrl, databaseDirectUrl } = config;
  const urls: [Variable, string | undefined][] = [
    ["DATABASE_URL", databaseUrl],
    ["DATABASE_OWNER_URL", databaseOwnerUrl],
    ["DATABASE_DIRECT_URL", databaseDirectUrl],
    ...databaseReplicaUrls.map((url): [Variable, string] => ["DATABASE_REPLICA_URLS", url]),
  ];
  return urls.flatMap(([name, url]) => (url === undefined ? [] : databaseTlsFinding(name, new URL(url))));
}

/** As pg reads it: every mode but `disable` and `no-verify` verifies the server's certificate. */
function databaseTlsFinding(name: Variable, { hostname, searchParams }: URL): Finding[] {
  if (isLoopback(hostname)) return [];
  const mode = searchParams.get("sslmode");
  const how = "Add ?sslmode=verify-full (and &sslrootcert=… for a certificate authority of your own).";
  if (mode === "no-verify")
    return [warning(name, `encrypts and does not verify whom it talks to at ${hostname}. ${how}`)];
  if (mode === null || mode === "disable") return [error(name, `talks to ${hostname} without TLS. ${how}`)];
  return [];
}

function redisFindings({ redisUrl }: Config): Finding[] {
  if (redisUrl === undefined)
    return [
      error(
        "REDIS_URL",
        "is missing: the worker does not start, and limits are counted by each process alone. Set it.",
      ),
    ];
  const { protocol, hostname } = new URL(redisUrl);
  if (protocol === "rediss:" || isLoopback(hostname)) return [];
  return [error("REDIS_URL", `talks to ${hostname} without TLS. Let it begin with rediss://.`)];
}

function listenerFindings({ tls, host, trustedProxies }: Config): Finding[] {
  if (trustedProxies.check(STRANGER)) {
    return [
      error(
        "TRUSTED_PROXIES",
        "believes everybody's x-forwarded-for, so that limits and the audit log can be deceived. Name your proxies alone.",
      ),
    ];
  }
  if (trustedProxies.rules.length > 0 || tls !== undefined) return [];
  const text =
    "nothing encrypts what callers send, and no proxy is named that does. Set TLS_CERT and TLS_KEY, or end TLS in a proxy and set TRUSTED_PROXIES to its address.";
  return [isLoopback(host) ? warning("TLS_CERT", text) : error("TLS_CERT", text)];
}

function originFindings({ corsOrigins }: Config): Finding[] {
  return corsOrigins.flatMap((origin) => {
    const { protocol, hostname } = new URL(origin);
    if (isLoopback(hostname))
      return [
        error(
          "CORS_ORIGINS",
          `lets pages of ${origin} call, which is whatever runs on a visitor's own machine. Take it out.`,
        ),
      ];
    return protocol === "https:"
      ? []
      : [
          error(
            "CORS_ORIGINS",
            `lets pages of ${origin} call, which anybody on the way can change. Take https:// for it.`,
          ),
        ];
  });
}

function limitFindings({ rateLimits: { windows, calls, openHolds, connections } }: Config): Finding[] {
  const others = { calls, "open-holds": openHolds, connections };
  const off = [
    ...windowNames.filter((name) => windows[name] === undefined),
    ...Object.entries(others).flatMap(([name, limit]) => (limit === undefined ? [name] : [])),
  ];
  if (off.length === 0) return [];
  if (off.length === windowNames.length + Object.keys(others).length)
    return [
      error(
        "RATE_LIMITS",
        "is off: passwords and codes can be guessed at full speed. Take it out, or name single limits.",
      ),
    ];
  return [warning("RATE_LIMITS", `switches off ${off.join(", ")}. Make sure that something in front keeps them.`)];
}

function linkFindings({ config: { links }, environment }: Deployment): Finding[] {
  const of: [name: Variable, link: string][] = [
    ["RESET_LINK", links.reset],
    ["VERIFY_LINK", links.verify],
  ];
  const ours = of.filter(([name]) => (environment[name] ?? "") === "");
  if (ours.length > 0 && (environment["PUBLIC_URL"] ?? "") === "")
    return [
      error(
        "PUBLIC_URL",
        "is not set: links in e-mails would lead to this machine's own port. Set it to the address that people open, such as https://shop.example.",
      ),
    ];
  const named: [Variable, string][] = of.map(([name, link]) => [
    ours.some(([own]) => own === name) ? "PUBLIC_URL" : name,
    link,
  ]);
  const open = new Set(named.filter(([, link]) => link.startsWith("http://")).map(([name]) => name));
  return [...open].map((name) =>
    error(name, "makes links that anybody on the way can read, token and all. Let it begin with https://."),
  );
}

function storageFindings({ config: { mediaBucket, smtpUrl }, machines }: Deployment): Finding[] {
  const alone = "MEDIA_URL is not set, so images are files of one machine";
  return [
    ...(mediaBucket !== undefined || machines === 1
      ? []
      : [error("MEDIA_URL", `${alone}, and there are ${machines}. Name a bucket.`)]),
    ...(smtpUrl === undefined
      ? [
          warning(
            "SMTP_URL",
            "is not set: e-mails become files in DATA_DIR/mail, and reach nobody. Name a mail server.",
          ),
        ]
      : []),
  ];
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  return bare === "localhost" || bare === "::1" || (isIPv4(bare) && bare.startsWith("127."));
}
