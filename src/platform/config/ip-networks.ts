/** Lists of addresses and networks, as configuration variables give them. Pure. */
import { BlockList, isIP, isIPv6 } from "node:net";

/** @param text addresses and networks, comma-separated: `10.0.0.0/8, ::1`. @throws RangeError that names the wrong one */
export function parseNetworks(text: string | undefined): BlockList {
  const networks = new BlockList();
  for (const part of (text ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")) {
    const [address = "", bits] = part.split("/", 2);
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    const longest = family === "ipv6" ? 128 : 32;
    const prefix = bits === undefined ? longest : Number(bits);
    if (isIP(address) === 0 || !/^\d*$/.test(bits ?? "") || bits === "" || prefix > longest) {
      throw new RangeError(`"${part}" is neither an address nor a network such as 10.0.0.0/8`);
    }
    networks.addSubnet(address, prefix, family);
  }
  return networks;
}
