/**
 * Reads environment variables, each as what it stands for. A variable that is wrong becomes a problem and reads as its
 * default, so that all problems are told at once.
 */
import { SAMPLERS, type TracingOptions } from "./tracing-options.ts";
import { type BucketAddress, parseBucketAddress } from "./bucket-url.ts";
import { type Currency, currencyOf } from "../wire/money.ts";
import type { Variable } from "./variables.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** AES-256. */
const KEY_BYTES = 32;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export class EnvironmentReader {
  readonly #environment: Environment;
  readonly #problems: string[];

  /** @param problems gets a line for each variable that is wrong */
  constructor(environment: Environment, problems: string[]) {
    this.#environment = environment;
    this.#problems = problems;
  }

  text(name: Variable): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === "" ? undefined : value;
  }

  integer(name: Variable, fallback: number, min: number, max: number): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    this.#problems.push(`${name} is "${value}"; it must be a whole number from ${min} to ${max}.`);
    return fallback;
  }

  oneOf<T extends string>(name: Variable, words: readonly T[], fallback: T): T {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) this.#problems.push(`${name} is "${value}"; it must be one of ${words.join(", ")}.`);
    return word ?? fallback;
  }

  /** The value itself may hold a password, so a problem does not repeat it. */
  url(name: Variable, protocols: string[]): string | undefined {
    const value = this.text(name);
    if (value === undefined || isUrlOf(value, protocols)) return value;
    this.#problems.push(`${name} is no URL that begins with ${beginnings(protocols)}.`);
    return undefined;
  }

  /** An address with `{token}`, which an app of any scheme may open. */
  link(name: Variable): string | undefined {
    const value = this.text(name);
    if (value === undefined || (URL.canParse(value) && value.includes("{token}") && !/\s/.test(value))) return value;
    this.#problems.push(`${name} is "${value}"; it must be an address with {token} where the token belongs.`);
    return undefined;
  }

  urls(name: Variable, protocols: string[]): string[] {
    const values = (this.text(name) ?? "")
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "");
    const wrong = values.findIndex((value) => !isUrlOf(value, protocols));
    if (wrong === -1) return values;
    this.#problems.push(`${name}: number ${wrong + 1} is no URL that begins with ${beginnings(protocols)}.`);
    return [];
  }

  /** The value is a secret, so a problem does not repeat it. */
  key(name: Variable): Buffer | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const bytes = Buffer.from(value, "base64");
    if (bytes.length === KEY_BYTES && BASE64.test(value)) return bytes;
    this.#problems.push(`${name} must be ${KEY_BYTES} bytes in base64. Make one by: openssl rand -base64 ${KEY_BYTES}`);
    return undefined;
  }

  bucket(name: Variable): BucketAddress | undefined {
    const value = this.text(name);
    try {
      return value === undefined ? undefined : parseBucketAddress(value);
    } catch (error) {
      this.#problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}.`);
      return undefined;
    }
  }

  tls(): { certFile: string; keyFile: string } | undefined {
    const certFile = this.text("TLS_CERT");
    const keyFile = this.text("TLS_KEY");
    if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
    if (certFile !== undefined || keyFile !== undefined) {
      this.#problems.push("TLS_CERT and TLS_KEY go together: set both, or neither for plain text.");
    }
    return undefined;
  }

  tracing(): TracingOptions | undefined {
    const endpoint = this.url("OTEL_EXPORTER_OTLP_ENDPOINT", ["http:", "https:"]);
    const sampler = this.oneOf("OTEL_TRACES_SAMPLER", SAMPLERS, "parentbased_always_on");
    const ratio = Number(this.text("OTEL_TRACES_SAMPLER_ARG") ?? 1);
    if (!(ratio >= 0 && ratio <= 1)) this.#problems.push("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1.");
    return endpoint === undefined ? undefined : { sampler, ratio };
  }

  currency(): Currency {
    const code = this.text("CURRENCY") ?? "USD";
    try {
      return currencyOf(code);
    } catch {
      this.#problems.push(`CURRENCY is "${code}"; it must be an ISO 4217 code such as USD, EUR or JPY.`);
      return currencyOf("USD");
    }
  }

  /** @param parse throws a RangeError that says what is wrong with the text; reads an absent one as the default */
  parsed<T>(name: Variable, parse: (given: string | undefined) => T): T {
    try {
      return parse(this.text(name));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#problems.push(`${name} has ${error.message}.`);
      return parse(undefined);
    }
  }
}

function isUrlOf(value: string, protocols: string[]): boolean {
  return protocols.includes(URL.parse(value)?.protocol ?? "");
}

function beginnings(protocols: string[]): string {
  return protocols.map((protocol) => `${protocol}//`).join(" or ");
}
