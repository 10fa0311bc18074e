/**
 * Keeps webhooks away from what only this machine or its network can reach (server-side request forgery).
 *
 * What is judged is the address that the connection then goes to, never a name: a name is resolved once, every address
 * that it leads to must be permitted, and the connection is made to those. URL parsing turns the other spellings of an
 * IPv4 address (decimal, octal, hexadecimal, full-width) into the plain one before.
 */
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { invalidField } from "../../../platform/errors/failure.ts";

export interface Address {
  address: string;
  family: number;
}

export interface GuardOptions {
  /** What is not public and may be called all the same. */
  allowed: BlockList;
  /** All addresses of a name. Default: the system's, as every other program of the machine gets them. */
  resolve?: (name: string) => Promise<Address[]>;
}

/** From IANA's registry of special IPv4 addresses (RFC 6890), with multicast and what is reserved. */
const SPECIAL_IPV4: [network: string, bits: number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
  // A public address at which one cloud answers its own machines with their keys.
  ["168.63.129.16", 32],
];

/**
 * Everything but 2000::/3, the only unicast addresses that the world routes; in it, what is special and what has an
 * IPv4 address inside. So IPv4-mapped, NAT64, unique local, link-local and multicast ones are all out.
 */
const SPECIAL_IPV6: [network: string, bits: number][] = [
  ["::", 3],
  ["4000::", 2],
  ["8000::", 1],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

// Apart, because a list of both takes an IPv4 address for the IPv6 one that it is mapped to.
const special = { ipv4: listOf("ipv4", SPECIAL_IPV4), ipv6: listOf("ipv6", SPECIAL_IPV6) };

export class AddressGuard {
  readonly #allowed: BlockList;
  readonly #resolve: (name: string) => Promise<Address[]>;

  constructor({ allowed, resolve = (name) => lookup(name, { all: true }) }: GuardOptions) {
    this.#allowed = allowed;
    this.#resolve = resolve;
  }

  /** Refuses what can be told without asking anybody. @throws Failure INVALID_FIELDS */
  requireCallable(url: string, field: string): void {
    const parsed = URL.parse(url);
    if (parsed === null) throw invalidField(field, "is no address that can be called");
    const host = hostOf(parsed);
    const address = /(^|\.)localhost\.?$/.test(host) ? "127.0.0.1" : host;
    if (isIP(address) === 0 || this.permits(address)) return;
    throw invalidField(field, "leads to a private, local or reserved address, which webhooks may not call here");
  }

  /** The addresses to connect to for this URL, and to no others. @throws Error that says which one is not permitted */
  async addressesOf(url: URL): Promise<Address[]> {
    const host = hostOf(url);
    const family = isIP(host);
    const addresses = family === 0 ? await this.#resolve(host) : [{ address: host, family }];
    if (addresses.length === 0) throw new Error(`${host} has no address`);
    const wrong = addresses.find(({ address }) => !this.permits(address));
    if (wrong === undefined) return addresses;
    throw new Error(`${host} leads to ${wrong.address}, which webhooks may not call`);
  }

  permits(address: string): boolean {
    const version = isIP(address);
    // An address with a zone is of this machine's own links.
    if (version === 0 || address.includes("%")) return false;
    const family = version === 6 ? "ipv6" : "ipv4";
    return this.#allowed.check(address, family) || !special[family].check(address, family);
  }
}

/** Without the brackets of an IPv6 address. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

function listOf(family: "ipv4" | "ipv6", networks: [network: string, bits: number][]): BlockList {
  const list = new BlockList();
  for (const [network, bits] of networks) list.addSubnet(network, bits, family);
  return list;
}
