/**
 * Whose address a call comes from: the socket's, or what a trusted proxy in front says. Pure.
 *
 * `x-forwarded-for` is a list to which each proxy adds whom it got the call from; anybody may begin one. So it is read
 * from the right, and the first address that is no proxy of ours is the caller's.
 */
import { type BlockList, isIP, isIPv4, isIPv6 } from "node:net";

/** @param onStrange is told of what a trusted proxy names and is no address */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  proxies: BlockList,
  onStrange?: (hop: string) => void,
): string {
  let address = plain(peer);
  // Most calls: whether to believe a proxy is not asked where none says anything.
  if (forwardedFor === undefined) return address;
  const hops = forwardedFor.split(",").map((one) => one.trim());
  while (isTrusted(address, proxies)) {
    const hop = hops.pop();
    // No further hop, or none that is an address: the proxy itself is the last that we know.
    if (hop === undefined) return address;
    const named = plain(withoutPort(hop));
    if (isIP(named) === 0) {
      onStrange?.(hop);
      return address;
    }
    address = named;
  }
  return address;
}

/** What limits count by: whoever has one address of an IPv6 network has all 2^64 of it. */
export function networkOf(address: string): string {
  return isIPv6(address) ? prefixOf(address, 4) : address;
}

/** For bounds that no number of networks should widen: whoever has a site of IPv6 has its 65,536 networks. */
export function siteOf(address: string): string {
  return isIPv6(address) ? prefixOf(address, 3) : address;
}

/** For shares that neighbours get together: addresses side by side are easily had by one. */
export function neighbourhoodOf(address: string): string {
  return isIPv4(address) ? `${address.slice(0, address.lastIndexOf("."))}.0/24` : siteOf(address);
}

/** @param length of the prefix, in groups of 16 bits */
function prefixOf(address: string, length: number): string {
  const [head = "", tail] = address.split("::", 2);
  const start = head === "" ? [] : head.split(":");
  const end = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - start.length - end.length) }, () => "0");
  const groups = [...start, ...zeros, ...end].slice(0, length).map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.join(":")}::/${16 * length}`;
}

/** Some proxies name the caller's port too, and then IPv6 in brackets: `203.0.113.7:40512`, `[2001:db8::7]:40512`. */
function withoutPort(hop: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
}

/** A socket that listens for both families calls 10.0.0.1 `::ffff:10.0.0.1`. */
function plain(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/** Whether a socket's address is that of a proxy that is believed. */
export function isTrustedProxy(peer: string, proxies: BlockList): boolean {
  return isTrusted(plain(peer), proxies);
}

function isTrusted(address: string, proxies: BlockList): boolean {
  return isIP(address) !== 0 && proxies.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
