/**
 * A self-signed certificate for 127.0.0.1, made when a test needs one: a key in the repository would be one that
 * somebody uses, and not every machine has openssl.
 *
 * X.509 (RFC 5280) in DER, with an ECDSA key on P-256 and the address as its one alternative name.
 */
import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

export interface Certificate {
  /** PEM. */
  certificate: string;
  /** The same and its key, in files. */
  certFile: string;
  keyFile: string;
}

const DAY_MS = 24 * 3_600_000;
const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;

/** 1.2.840.10045.4.3.2, 2.5.4.3 and 2.5.29.17. */
const ECDSA_WITH_SHA256 = der(SEQUENCE, der(OBJECT_ID, Buffer.from("2a8648ce3d040302", "hex")));
const COMMON_NAME = der(OBJECT_ID, Buffer.from("550403", "hex"));
const ALTERNATIVE_NAMES = der(OBJECT_ID, Buffer.from("551d11", "hex"));

export async function selfSignedCertificate(): Promise<Certificate> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signed = toBeSigned(publicKey.export({ type: "spki", format: "der" }));
  const signature = sign("sha256", signed, privateKey);
  const certificate = pem(
    "CERTIFICATE",
    der(SEQUENCE, signed, ECDSA_WITH_SHA256, der(BIT_STRING, Buffer.of(0), signature)),
  );
  const folder = await mkdtemp(path.join(process.env["TEST_DATA_DIR"] ?? tmpdir(), "certificate-"));
  const [certFile, keyFile] = [path.join(folder, "cert.pem"), path.join(folder, "key.pem")];
  await Promise.all([
    writeFile(certFile, certificate),
    writeFile(keyFile, privateKey.export({ type: "pkcs8", format: "pem" })),
  ]);
  return { certificate, certFile, keyFile };
}

function toBeSigned(publicKey: Buffer): Buffer {
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from("a test")))));
  const address = der(0x87, Buffer.of(127, 0, 0, 1));
  const extensions = der(SEQUENCE, der(SEQUENCE, ALTERNATIVE_NAMES, der(OCTET_STRING, der(SEQUENCE, address))));
  return der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.of(2))),
    der(INTEGER, Buffer.of(1)),
    ECDSA_WITH_SHA256,
    name,
    der(SEQUENCE, time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    name,
    publicKey,
    der(0xa3, extensions),
  );
}

/** YYMMDDhhmmssZ */
function time(ms: number): Buffer {
  return der(UTC_TIME, Buffer.from(`${new Date(ms).toISOString().replaceAll(/\D/g, "").slice(2, 14)}Z`));
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), content]);
}

function pem(label: string, bytes: Buffer): string {
  return `-----BEGIN ${label}-----\n${(bytes.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n-----END ${label}-----\n`;
}
